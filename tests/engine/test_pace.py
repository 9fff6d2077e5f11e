import pytest

from shotmill.engine.pace import estimate, to_come_s
from shotmill.engine.rooms import QuotaRoom, StyleWork

NOW = 1_795_464_000.0
MIDNIGHT = NOW + 12 * 3600


def room(
    name: str = "p", rpm: int = 10, free: int = 10, left: int = 500, rpd: int = 500, at_once: int = 0
) -> QuotaRoom:
    return QuotaRoom(name, rpm, free, left, MIDNIGHT, rpd, at_once)


def work(beats: int, *quotas: str, chain: int = 1, name: str = "ink") -> StyleWork:
    return StyleWork(name, beats, chain, quotas or ("p",))


@pytest.mark.parametrize(
    ("beats", "free", "minutes"),
    [(1, 10, 0), (10, 10, 0), (11, 10, 1), (20, 10, 1), (21, 10, 2), (10, 0, 1), (11, 4, 1)],
)
def test_what_does_not_fit_now_leaves_in_whole_minutes(beats: int, free: int, minutes: int) -> None:
    found = estimate([work(beats)], {"p": room(free=free)}, 8.0, NOW)
    assert found.seconds == minutes * 60 + 8
    assert found.pace.limit == ("minute_quota" if minutes else "latency")


def test_nothing_left_takes_no_time() -> None:
    assert estimate([work(0)], {"p": room()}, 8.0, NOW).seconds == 0
    assert estimate([], {}, 8.0, NOW).pace.limit == "nothing"


def test_a_chain_takes_its_latencies_one_after_the_other() -> None:
    found = estimate([work(5, chain=5), work(9, "q", name="oil")], {"p": room(), "q": room("q")}, 20.0, NOW)
    assert found.seconds == 100 and (found.pace.limit, found.pace.style, found.pace.beats) == ("chain", "ink", 5)


def test_styles_on_one_quota_project_share_it_and_others_do_not() -> None:
    rooms = {"p": room(), "q": room("q")}
    shared = estimate([work(15), work(15, name="oil")], rooms, 8.0, NOW)
    apart = estimate([work(15), work(15, "q", name="oil")], rooms, 8.0, NOW)
    assert shared.seconds == 2 * 60 + 8 and apart.seconds == 60 + 8
    joined = estimate([work(15), work(15, "q", name="oil"), work(10, "p", "q", name="wash")], rooms, 8.0, NOW)
    assert joined.seconds == 60 + 8 and joined.pace.quota_projects == 2


def test_what_may_be_out_at_once_sets_the_pace_where_the_quota_does_not() -> None:
    found = estimate([work(40)], {"p": room(rpm=1000, free=1000, at_once=1)}, 12.0, NOW)
    assert found.seconds == 480 and (found.pace.limit, found.pace.per_minute) == ("in_flight", 5)
    assert found.pace.saves_s == 240
    assert estimate([work(40)], {"p": room(rpm=1000, free=1000, at_once=8)}, 12.0, NOW).seconds == 60
    wide = estimate([work(40)], {"p": room(at_once=40)}, 12.0, NOW)
    assert wide.pace.limit == "minute_quota" and wide.seconds == 3 * 60 + 12


def test_what_is_out_already_needs_no_slot_any_more() -> None:
    flying = StyleWork("ink", 12, 1, ("p",), in_flight=10)
    assert estimate([flying], {"p": room(free=0, left=2)}, 8.0, NOW).seconds == 60 + 8
    alone = estimate([StyleWork("ink", 3, 1, ("p",), in_flight=3)], {"p": room(free=0, left=0, rpd=0)}, 8.0, NOW)
    assert alone.seconds == 8 and alone.pace.limit == "latency"


def test_what_is_out_is_waited_for_as_long_as_an_answer_takes_less_what_it_took_already() -> None:
    assert to_come_s([NOW - 10, NOW - 4], 12.0, NOW) == 8
    assert to_come_s([NOW - 100], 12.0, NOW) == 0
    assert to_come_s([], 12.0, NOW) == 0


def test_one_more_quota_project_saves_what_its_slots_would_carry() -> None:
    found = estimate([work(40)], {"p": room()}, 8.0, NOW)
    assert found.seconds == 188 and found.pace.saves_s == 120


def test_what_the_day_has_no_room_for_comes_on_later_days_with_all_of_theirs() -> None:
    tomorrow = estimate([work(20)], {"p": room(left=5, rpd=100)}, 8.0, NOW)
    assert tomorrow.pace.limit == "day_quota" and tomorrow.pace.until == MIDNIGHT
    assert tomorrow.seconds == 12 * 3600 + 60 + 8  # ten at midnight, five a minute later
    later = estimate([work(5 + 100 + 1)], {"p": room(left=5, rpd=100)}, 8.0, NOW)
    assert later.seconds == 36 * 3600 + 8
    spent = estimate([work(100)], {"p": room(left=0, rpd=100)}, 8.0, NOW)
    assert spent.seconds == 12 * 3600 + 9 * 60 + 8


def test_a_spent_quota_project_gives_no_slots_beside_one_that_is_not() -> None:
    rooms = {"p": room(left=0), "q": room("q", rpm=5, free=5)}
    assert estimate([work(10, "p", "q")], rooms, 8.0, NOW).seconds == 60 + 8


@pytest.mark.parametrize("rooms", [{}, {"p": room(left=0, rpd=0)}])
def test_without_any_quota_only_a_person_helps(rooms: dict[str, QuotaRoom]) -> None:
    found = estimate([work(3)], rooms, 8.0, NOW)
    assert found.seconds is None and found.pace.limit == "person"


def test_a_style_with_one_key_waits_for_it_whatever_the_keys_of_others_give() -> None:
    """Ink has p alone; oil has q beside it, and half of p as long as it draws."""
    rooms = {"p": room(free=0), "q": room("q", free=0)}
    found = estimate([work(200), work(60, "p", "q", name="oil")], rooms, 8.0, NOW)
    assert found.seconds == pytest.approx(22 * 60 + 8)  # four minutes of which it had half
    assert found.pace.per_minute == 10 and found.pace.quota_projects == 1


def test_another_run_has_its_half_of_what_is_shared_until_it_ends() -> None:
    other = StyleWork("wash", 50, 1, ("p",), run=1)
    assert estimate([work(100), other], {"p": room(free=0)}, 8.0, NOW).seconds == 15 * 60 + 8
    assert estimate([work(30), other], {"p": room(free=0)}, 8.0, NOW).seconds == 6 * 60 + 8
    assert estimate([other], {"p": room(free=0)}, 8.0, NOW).pace.limit == "nothing"


def test_many_days_are_counted_like_few() -> None:
    found = estimate([work(7 + 100 * 3_000 + 1)], {"p": room(left=7, rpd=100)}, 8.0, NOW)
    assert found.seconds == pytest.approx(12 * 3600 + 3_000 * 86_400 + 8)


def test_days_without_number_are_carried_on_at_the_pace_so_far() -> None:
    both, later = [StyleWork("a", 100_000, 1, ("q", "r"))], QuotaRoom("r", 9, 9, 20, 1500.0, 20)
    together = estimate(both, {"q": QuotaRoom("q", 9, 9, 20, 1500.0, 20), "r": later}, 10.0, 0.0).seconds
    apart = estimate(both, {"q": QuotaRoom("q", 9, 9, 20, 1000.0, 20), "r": later}, 10.0, 0.0).seconds
    assert together is not None and apart is not None
    assert apart == pytest.approx(together, rel=0.02)


def test_quotas_that_let_nothing_through_come_to_no_end_and_an_answer_in_no_time_to_one() -> None:
    ten = [StyleWork("a", 10, 1, ("q",))]
    assert estimate(ten, {"q": QuotaRoom("q", 0, 0, 100, 1000.0, 100)}, 10.0, 0.0).seconds is None
    assert estimate(ten, {"q": QuotaRoom("q", 9, 9, 100, 1000.0, 100, 2)}, 0.0, 0.0).seconds is not None
