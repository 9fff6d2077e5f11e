import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quota.quota_world import MODEL, NOON, make_book, make_key, take
from shotmill.quota.care import Care
from shotmill.quota.departures import Departure, Departures
from shotmill.quota.guard import FIRST_GUARD, FORGET_S, Guard
from shotmill.quota.limit_search import LimitSearch
from shotmill.quota.pool import KeyPool
from shotmill.quota.window import LONGEST_GUARD, MinuteWindow

gaps = st.lists(st.floats(0, 30), min_size=1, max_size=120)


@given(gaps, st.integers(1, 20), st.floats(0, 2))
def test_no_sixty_seconds_ever_hold_more_than_the_limit(gaps: list[float], limit: int, guard: float) -> None:
    window, now, sent = MinuteWindow(), 1000.0, []
    for gap in gaps:
        now += gap
        while (free := window.free_at(now, limit, guard)) is not None and free <= now:
            window.lease()
            window.sent(now)
            sent.append(now)
        assert free is not None and free > now
        assert window.used(now, guard) <= limit
    for first, beyond in zip(sent, sent[limit:], strict=False):
        assert beyond - first >= 60 + guard - 1e-6


@given(gaps, st.integers(1, 20), st.lists(st.floats(0, FIRST_GUARD), min_size=200, max_size=200))
def test_travel_times_within_the_guard_never_break_the_window_at_the_other_end(
    gaps: list[float], limit: int, travels: list[float]
) -> None:
    window, now = MinuteWindow(), 1000.0
    arrivals: list[float] = []
    for gap in gaps:
        now += gap
        if window.free_at(now, limit, FIRST_GUARD) == now:
            window.lease()
            window.sent(now)
            arrivals.append(now + travels[len(arrivals)])
    arrivals.sort()
    for first, beyond in zip(arrivals, arrivals[limit:], strict=False):
        assert beyond - first >= 60 - 1e-6


def test_a_leased_slot_is_taken_until_its_request_left_or_was_given_back() -> None:
    window = MinuteWindow()
    window.lease()
    assert window.free_at(0.0, 1, 0.0) is None
    assert window.sent(5.0) == 1
    assert window.free_at(5.0, 1, 0.0) == 65.0
    window.withdraw(5.0)
    assert window.free_at(5.0, 1, 0.0) == 5.0
    window.lease()
    window.give_back()
    assert window.used(5.0, 0.0) == 0 == window.open


@given(st.lists(st.tuples(st.floats(-200_000, 200_000), st.integers(0, 3)), max_size=40))
def test_a_clock_that_jumps_never_opens_a_window_early_nor_shuts_it_for_long(jumps: list[tuple[float, int]]) -> None:
    window, now, true = MinuteWindow(), 1e9, 0.0
    sent: list[float] = []
    for jump, wanted in jumps:
        true += 1.0
        now += 1.0 + min(jump, 0.0)  # forward, our steady clock counts only what passed
        for _ in range(wanted):
            if window.free_at(now, 3, 0.0) == now:
                window.lease()
                window.sent(now)
                sent.append(true)
    for first, beyond in zip(sent, sent[3:], strict=False):
        assert beyond - first >= 59.999
    free = window.free_at(now, 3, 0.0)
    assert free is not None and free <= now + 60


def test_the_guard_doubles_once_for_one_burst_and_is_forgotten_in_hours() -> None:
    guard = Guard()
    guard.too_short(sent_at=100.0, now=100.5)
    guard.too_short(sent_at=100.1, now=100.6)
    assert guard.at(101.0) == 2 * FIRST_GUARD
    guard.too_short(sent_at=161.0, now=161.5)
    assert guard.at(162.0) == 4 * FIRST_GUARD
    assert guard.at(162.0 + 3600) == 2 * FIRST_GUARD
    assert guard.at(162.0 + 9000) == FIRST_GUARD
    for n in range(20):
        guard.too_short(1e6 + n, 1e6 + n)
    assert guard.seconds == LONGEST_GUARD


@pytest.mark.parametrize("heard_after", [0.2, 8.0, 30.0, 60.0])
def test_what_was_taken_with_one_that_is_refused_is_known_also_when_that_is_heard_late(heard_after: float) -> None:
    window, left_at = MinuteWindow(), 1059.0
    for second in range(120):
        at = 1000.0 + second
        if at <= left_at + heard_after:
            window.lease()
            window.sent(at)
    window.used(left_at + heard_after, FIRST_GUARD)
    left = Departure(left_at, held=60, surely=60, certain=60, limit=60)
    assert Departures().took(left, window, FIRST_GUARD) == 60


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 300), st.integers(1, 40))
def test_the_true_limit_is_found_at_the_cost_of_few_refusals(true: int, start: int) -> None:
    search, window, refusals, now = LimitSearch(start), MinuteWindow(), [], 0.0
    accepted = MinuteWindow()
    while now < 7200.0:
        used = window.used(now, 0.0)
        if search.free(used, now) > 0:
            search.leased(used, now)
            window.lease()
            held = window.sent(now)
            if accepted.used(now, 0.0) < true:
                accepted.record(now)
                search.accepted(held, held, now, now)
            else:
                refusals.append(now)
                search.refused(held, now)
        else:
            free = window.free_at(now, search.proven, 0.0)
            now = min(free if free is not None else now + 1, search.try_at(now))
    assert len([at for at in refusals if at >= 3600]) <= 2
    assert len(refusals) <= max(4, start - true + 3)
    assert search.proven == true


def test_a_wait_ends_sooner_when_the_guard_is_forgotten_meanwhile() -> None:
    """Found by a simulated storm of 100,000 beats."""
    book, key = make_book(rpm=1), make_key("anna")
    take(book, KeyPool([key]), NOON + FORGET_S - 60 - 1.5 * FIRST_GUARD)
    account = book.accounts[key.quota_project, MODEL]
    account.guard.too_short(sent_at=NOON, now=NOON)
    account.changed()
    before = account.wait(NOON + FORGET_S - 0.01)
    assert before is not None and before.until is not None and before.until > NOON + FORGET_S
    assert account.wait(NOON + FORGET_S) is None


def test_after_a_refusal_the_next_request_waits_longer_than_it_took_to_hear_of_it() -> None:
    care = Care()
    care.refused(100.0, 105.0)
    care.leased(110.0)
    assert 115.5 < care.not_before < 120, "what left just as a refusal comes would be refused too"
    care.refused(200.0, 300.0)
    care.leased(300.0)
    assert care.not_before == 310.0, "one that took very long is no rule"
    care.drew(300.0)
    assert care.not_before == float("-inf")
