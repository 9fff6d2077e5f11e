import pytest

from quota.quota_world import IMAGE, MODEL, NOON, Past, answer, make_book, make_key, refused, take
from shotmill.gemini.client import CONNECT_S
from shotmill.gemini.outcome import Fate, NamedLimit, Outcome, Rest, Scope, Until, Window
from shotmill.quota.consequences import MINUTE_JITTER_S
from shotmill.quota.day import next_month, next_reset
from shotmill.quota.guard import FIRST_GUARD
from shotmill.quota.learned import Learned
from shotmill.quota.lease import Binding, Lease, Wait
from shotmill.quota.overload import Capacity
from shotmill.quota.pool import KeyPool
from shotmill.quota.replay import REPLAY_SLACK
from shotmill.quota.resting import EARLY_REST_S, Resting
from shotmill.quota.throttle import THROTTLED_REST
from shotmill.quota.turns import Claim

MINUTE = answer("minute_quota", Scope.QUOTA_PROJECT, Until.SECONDS, 7.0)
DAY = answer("day_quota", Scope.QUOTA_PROJECT, Until.MIDNIGHT)
BAD_KEY = answer("key_invalid", Scope.KEY, Until.MENDED)
BARE = Outcome(Fate.AGAIN, "throttled", "no", Scope.QUOTA_PROJECT, Rest(Until.SECONDS, 5))
AWAY = Outcome(Fate.NOT_SENT, "dns", "no address", Scope.NETWORK, Rest(Until.SECONDS, 5.0))
LOST = Outcome(Fate.IN_DOUBT, "connection_lost", "it broke", billed=None)
BUSY = answer("overloaded", Scope.MODEL, Until.SECONDS)


def test_keys_of_one_quota_project_share_its_slots_and_take_turns() -> None:
    book, pool = make_book(rpm=4), KeyPool([make_key("a", "p"), make_key("b", "p")])
    names = [take(book, pool, NOON).key.name for _ in range(4)]
    assert sorted(names) == ["a", "a", "b", "b"]
    wait = refused(book, pool, NOON)
    assert wait.binding is Binding.MINUTE and wait.until == NOON + 60 + FIRST_GUARD


def test_two_runs_with_one_key_share_one_window() -> None:
    book = make_book(rpm=3)
    one, two = KeyPool([make_key("a")]), KeyPool([make_key("a")])
    leases = [book.lease(pool, MODEL, NOON, Claim()) for pool in (one, two, one, two)]
    assert sum(isinstance(lease, Lease) for lease in leases) == 3


def test_what_is_leased_stands_in_both_figures_of_a_meter() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a")])
    take(book, pool, NOON)
    assert isinstance(book.lease(pool, MODEL, NOON, Claim()), Lease)
    account = book.accounts["a", MODEL]
    assert (account.minute(NOON), account.taken_today(NOON), account.today(NOON)) == (2, 2, 1)


def test_a_slot_that_only_this_style_can_use_goes_first() -> None:
    book = make_book(rpm=2)
    both, only = KeyPool([make_key("a"), make_key("b")]), KeyPool([make_key("a")])
    rival = Claim()
    take(book, only, NOON, rival)
    rival.left = 5
    assert [take(book, both, NOON).key.name for _ in range(2)] == ["b", "b"]


def test_requests_of_earlier_daemons_count_also_those_of_a_key_that_moved() -> None:
    key = make_key("a", "new")
    past = Past([(NOON - 10, "old", key.fingerprint), (NOON - 5, "new", "another"), (NOON - 100, "new", "another")])
    book = make_book(rpm=3, past=past)
    pool = KeyPool([key])
    take(book, pool, NOON)
    assert refused(book, pool, NOON).binding is Binding.MINUTE
    assert book.accounts["new", MODEL].today(NOON) == 4
    late = make_key("late", "new")
    past.sends.append((NOON - 1, "elsewhere", late.fingerprint))
    book.lease(KeyPool([key, late]), MODEL, NOON, Claim())
    assert book.accounts["new", MODEL].today(NOON) == 5


def test_a_second_key_of_a_quota_project_does_not_count_its_requests_twice() -> None:
    a, b = make_key("a", "p"), make_key("b", "p")
    book = make_book(past=Past([(NOON - 9, "p", a.fingerprint), (NOON - 8, "p", b.fingerprint)]))
    for pool in (KeyPool([a]), KeyPool([a, b])):
        book.lease(pool, MODEL, NOON, Claim())
    assert book.accounts["p", MODEL].today(NOON) == 2


def test_a_refusal_rests_the_quota_project_and_not_others() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a"), make_key("b")])
    lease = take(book, pool, NOON)
    book.settle(lease, NOON, DAY, NOON + 1)
    other = take(book, pool, NOON + 1)
    assert other.key is not lease.key
    book.settle(other, NOON + 1, MINUTE, NOON + 2)
    wait = refused(book, pool, NOON + 2)
    assert wait.binding is Binding.COOLING and wait.until is not None
    assert NOON + 9 < wait.until <= NOON + 9 + MINUTE_JITTER_S


def test_of_several_levels_that_rest_the_longest_counts_and_of_keys_the_first_that_returns() -> None:
    a, b = make_key("a", "p", "bank"), make_key("b", "q", "bank")
    book = make_book(rpm=9)
    lease = take(book, KeyPool([a]), NOON)
    book.settle(lease, NOON, MINUTE, NOON)
    book.billing["bank"] = Resting("spend_rate", "spent", NOON + 120)
    wait = refused(book, KeyPool([a]), NOON + 1)
    assert (wait.binding, wait.until, wait.reason) == (Binding.SPEND, NOON + 120, "ten-minute spend window full")
    book.key(b).resting = Resting("forbidden", "no", None)
    wait = refused(book, KeyPool([a, b]), NOON + 1)
    assert wait.until == NOON + 120
    found = book.resting(b, MODEL, NOON + 1)
    assert found is not None and found.until is None
    assert refused(book, KeyPool([b]), NOON + 1).binding is Binding.PERSON


def test_a_bad_key_is_tried_again_with_one_request_after_it_was_mended() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a")])
    book.settle(take(book, pool, NOON), NOON, BAD_KEY, NOON)
    assert refused(book, pool, NOON).binding is Binding.PERSON
    book.mended(pool.keys)
    probe = take(book, pool, NOON)
    assert refused(book, pool, NOON).reason == "one request first"
    book.settle(probe, NOON, IMAGE, NOON + 8)
    take(book, pool, NOON + 8)
    take(book, pool, NOON + 8)


def test_a_rest_that_an_earlier_daemon_saw_is_mended_too() -> None:
    pool, none = KeyPool([make_key("a", "p")]), Resting("no_quota", "none", None)
    for seen_before in (True, False):
        book = make_book()
        book.remember("quota_project", "p", MODEL, none)
        if seen_before:
            assert refused(book, pool, NOON).binding is Binding.PERSON
        book.mended(pool.keys)
        take(book, pool, NOON)


def test_a_named_limit_corrects_the_one_in_use_and_is_told_once() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a", "film")])
    named = answer("minute_quota", Scope.QUOTA_PROJECT, Until.SECONDS, 1.0, NamedLimit(Window.REQUESTS_A_MINUTE, 5))
    first, second = take(book, pool, NOON), take(book, pool, NOON)
    _, note = book.settle(first, NOON, named, NOON)
    assert "film" in note and "5 requests a minute" in note
    assert "limit is" not in book.settle(second, NOON, named, NOON)[1]
    assert book.accounts["film", MODEL].rpm == 5


def test_bare_refusals_rest_longer_each_time_and_then_for_ten_minutes() -> None:
    book, pool, now = make_book(rpm=60), KeyPool([make_key("a")]), NOON
    rests = []
    for _ in range(8):
        lease = take(book, pool, now)
        book.settle(lease, now, BARE, now)
        until = refused(book, pool, now).until
        assert until is not None
        rests.append(until - now)
        now = until
    assert rests == [5, 10, 20, 40, 60, 60, THROTTLED_REST, THROTTLED_REST]
    book.settle(take(book, pool, now), now, IMAGE, now + 8)
    lease = take(book, pool, now + 8)
    book.settle(lease, now + 8, BARE, now + 8)
    assert refused(book, pool, now + 8).until == now + 13


def test_a_day_that_is_refused_just_after_midnight_is_tried_again_soon() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a")])
    midnight = next_reset(NOON)
    lease = take(book, pool, midnight + 1)
    book.settle(lease, midnight + 1, DAY, midnight + 2)
    until = refused(book, pool, midnight + 2).until
    assert until is not None and until < midnight + 600


def test_a_refusal_for_a_day_that_is_over_when_it_lands_does_not_rest_the_next_one() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a")])
    midnight = next_reset(NOON)
    lease = take(book, pool, midnight - 2)
    book.settle(lease, midnight - 2, DAY, midnight + 1)
    assert refused(book, pool, midnight + 1).until == midnight + 1 + EARLY_REST_S
    book, pool = make_book(rpm=9, rpd=2), KeyPool([make_key("b")])  # also where the count alone would not tell
    leases = [take(book, pool, midnight - 2) for _ in range(2)]
    book.settle(leases[1], midnight - 2, DAY, midnight + 1)
    resting = book.accounts["b", MODEL].resting
    assert resting is not None and resting.until == midnight + 1 + EARLY_REST_S


def test_a_cap_that_was_reached_in_the_month_before_does_not_rest_the_whole_next_one() -> None:
    cap = answer("spend_cap", Scope.BILLING_ACCOUNT, Until.MONTH)
    first = next_month(NOON)
    for sent_at in (first - 2, first + 60):  # before the reset, and so soon after it that clocks may differ
        book, pool = make_book(rpm=9), KeyPool([make_key("a")])
        book.settle(take(book, pool, sent_at), sent_at, cap, first + 61)
        assert refused(book, pool, first + 61).until == first + 61 + EARLY_REST_S
    book, pool = make_book(rpm=9), KeyPool([make_key("a")])
    book.settle(take(book, pool, first + 7200), first + 7200, cap, first + 7201)
    assert refused(book, pool, first + 7201).until == next_month(first + 1)


@pytest.mark.parametrize(("scope", "others_go_on"), [(Scope.QUOTA_PROJECT, True), (Scope.BILLING_ACCOUNT, False)])
def test_the_cap_of_a_project_leaves_the_others_of_its_account(scope: Scope, others_go_on: bool) -> None:
    book = make_book(rpm=9)
    capped, other = (KeyPool([make_key(name, name, "bank")]) for name in ("a", "b"))
    resting, _ = book.settle(take(book, capped, NOON), NOON, answer("spend_cap", scope, Until.MONTH), NOON + 1)
    assert resting is not None and resting.until == next_month(NOON)
    for model in (MODEL, "another"):
        held = book.lease(capped, model, NOON + 2, Claim())
        assert isinstance(held, Wait) and (held.until, held.code) == (next_month(NOON), "spend_cap")
        assert isinstance(book.lease(other, model, NOON + 2, Claim()), Lease) is others_go_on


def test_refused_though_every_count_had_room_says_which_projects_behave_like_one() -> None:
    book = make_book(rpm=6)
    a, b = KeyPool([make_key("a", "film-1")]), KeyPool([make_key("b", "film-2")])
    now = NOON
    for _ in range(3):
        leases = [take(book, pool, now) for pool in (a, b, a, b, a, b, a, b)]
        _, note = book.settle(leases[-1], now, MINUTE, now)
        assert "had room" in note
        for lease in leases[:-1]:
            book.settle(lease, now, IMAGE, now + 5)
        now += 100
    assert book.behaving_like_one() == [("film-1", "film-2")]


def test_only_jitter_doubles_the_guard() -> None:
    book, pool = make_book(rpm=3), KeyPool([make_key("a")])
    for _ in range(3):
        book.settle(take(book, pool, NOON), NOON, IMAGE, NOON + 5)
    again = NOON + 60 + FIRST_GUARD
    _, note = book.settle(take(book, pool, again), again, MINUTE, again)
    account = book.accounts["a", MODEL]
    assert note == "" and account.guard.seconds == 2 * FIRST_GUARD and account.refused_with_room == 0


def test_what_jitter_taught_in_one_quota_project_holds_in_all_since_the_line_is_one() -> None:
    book, late, refusals = make_book(rpm=3), NOON + 60 + FIRST_GUARD, 0
    pools = [KeyPool([make_key(name)]) for name in "abcdef"]
    for pool in pools:
        for _ in range(3):
            book.settle(take(book, pool, NOON), NOON, IMAGE, NOON + 5)
    asked = [book.accounts[name, MODEL].wait(late) for name in "abcdef"]
    assert asked == [None] * 6
    for pool in pools:
        lease = book.lease(pool, MODEL, late, Claim())
        if isinstance(lease, Lease):
            book.sent(lease, late)
            book.settle(lease, late, answer("minute_quota", Scope.QUOTA_PROJECT, Until.SECONDS, 1.0), late + 0.1)
            refusals += 1
    assert refusals == 1


def test_of_what_earlier_daemons_learned_of_the_line_the_longest_guard_holds() -> None:
    book = make_book()
    for name, seconds, ago in (("a", 1.0, 60.0), ("b", 4.0, 60.0), ("c", 2.0, 60.0), ("d", 4.0, 9 * 3600.0)):
        book.remember_learned(name, MODEL, [Learned("guard", seconds, NOON - ago)])
        book.account(name, MODEL, [], NOON)
    assert {account.guard.at(NOON) for account in book.accounts.values()} == {4.0}
    assert make_book().account("a", MODEL, [], NOON).guard.at(NOON) == FIRST_GUARD


def test_while_the_network_is_away_one_request_at_a_time_goes_out_and_nothing_is_counted() -> None:
    book, pool, now = make_book(rpm=9), KeyPool([make_key("a")]), NOON
    together = [take(book, pool, now) for _ in range(4)]
    for lease in together:
        book.settle(lease, now, AWAY, now)
    assert book.accounts["a", MODEL].minute(now) == 0 == book.accounts["a", MODEL].today(now)
    pauses = []
    for _ in range(8):
        wait = refused(book, pool, now)
        assert wait.binding is Binding.NETWORK and wait.until is not None
        pauses.append(wait.until - now)
        now = wait.until
        probe = take(book, pool, now)
        assert refused(book, pool, now).until is None
        book.settle(probe, now, AWAY, now)
    assert pauses == sorted(pauses) and pauses[0] == 2 and pauses[-1] == 60
    now = refused(book, pool, now).until or 0.0
    book.settle(take(book, pool, now), now, MINUTE, now)  # any whole answer proves the line
    assert refused(book, pool, now).binding is Binding.COOLING


def test_answers_that_get_lost_one_after_another_hold_everything_and_a_lost_probe_does_not_hang() -> None:
    book, pool, now = make_book(rpm=30), KeyPool([make_key("a")]), NOON
    leases = [take(book, pool, now) for _ in range(6)]
    for lease in leases[:5]:
        book.settle(lease, now, LOST, now + 1)
    wait = refused(book, pool, now + 1)
    assert wait.binding is Binding.NETWORK and wait.until == now + 16
    probe = take(book, pool, now + 16)
    book.settle(probe, now + 16, LOST, now + 17)
    wait = refused(book, pool, now + 17)
    assert wait.until == now + 17 + 30
    book.settle(leases[5], now, IMAGE, now + 20)
    take(book, pool, now + 20)


def test_a_request_that_we_stopped_ourselves_tells_nothing_of_the_line() -> None:
    book, pool = make_book(rpm=30), KeyPool([make_key("a")])
    for _ in range(10):
        stopped = Outcome(Fate.IN_DOUBT, "stopped_now", "stopped", billed=None)
        book.settle(take(book, pool, NOON), NOON, stopped, NOON)
    take(book, pool, NOON)


def test_a_key_that_can_not_be_sent_rests_itself_and_not_the_network() -> None:
    book, pool = make_book(), KeyPool([make_key("a"), make_key("b")])
    bad = Outcome(Fate.NOT_SENT, "bad_key", "odd characters", Scope.KEY, Rest(Until.MENDED))
    lease = take(book, pool, NOON)
    book.settle(lease, NOON, bad, NOON)
    assert take(book, pool, NOON).key is not lease.key
    assert book.network.away_since is None


def test_an_overloaded_model_is_left_alone_for_growing_pauses_and_comes_back_gently() -> None:
    book, pool, now = make_book(rpm=99), KeyPool([make_key("a")]), NOON
    leases = [take(book, pool, now) for _ in range(8)]
    for lease in leases:
        book.settle(lease, now, BUSY, now + 1)  # one overload, not eight
    wait = refused(book, pool, now + 1)
    assert wait.binding is Binding.OVERLOAD and wait.until is not None and 5.0 <= wait.until - now - 1 <= 6.0
    now = wait.until
    sent = [take(book, pool, now) for _ in range(3)]  # half of the seven that were still out at the first refusal
    assert refused(book, pool, now).binding is Binding.OVERLOAD
    limits = []
    for lease in sent[:2]:
        book.settle(lease, now, IMAGE, now + 8)
        limits.append(book.model(MODEL).limit)
    assert limits == [3, 4] and book.model(MODEL).in_flight == 1


def test_images_of_requests_that_were_out_with_the_refused_one_let_no_more_out_than_there_were() -> None:
    book, pool = make_book(rpm=99), KeyPool([make_key("a")])
    refused_one, *others = [take(book, pool, NOON) for _ in range(41)]
    book.settle(refused_one, NOON, BUSY, NOON + 1)
    for lease in others:
        book.settle(lease, NOON, IMAGE, NOON + 8)
    assert book.model(MODEL).limit == 40


def test_of_a_model_that_bears_ten_at_once_soon_not_many_more_are_asked() -> None:
    model, now, bears, asked = Capacity(), NOON, 10, []
    for _ in range(12):
        model.in_flight = model.limit or 60
        asked.append(model.in_flight)
        for _ in range(model.in_flight - bears):
            model.in_flight -= 1
            model.overloaded(now, now + 1)
        for _ in range(min(bears, model.in_flight)):
            model.in_flight -= 1
            model.drew(now, now + 8)
        now = max(now + 8, model.ready_at)
    assert asked[0] == 60 and asked == sorted(asked[:4], reverse=True) + asked[4:]
    assert min(asked) >= 8 and max(asked[4:]) <= 15


def test_the_pauses_of_an_overload_grow_from_five_seconds_to_two_minutes() -> None:
    model, now, pauses = Capacity(), NOON, []
    for _ in range(9):
        ready = model.overloaded(now, now)
        pauses.append(ready - now)
        now = ready
    assert 5 <= pauses[0] <= 6 and 100 <= pauses[-1] <= 120 and pauses[:5] == sorted(pauses[:5])


def test_an_error_that_counts_against_its_beat_is_no_overload_while_the_model_draws_others() -> None:
    book, pool = make_book(rpm=99), KeyPool([make_key("a")])
    internal = Outcome(Fate.AGAIN, "internal", "500", Scope.MODEL, Rest(Until.SECONDS, 5.0), counts=True, tries=3)
    poisoned, fine = take(book, pool, NOON), take(book, pool, NOON)
    book.settle(fine, NOON, IMAGE, NOON + 8)
    book.settle(poisoned, NOON, internal, NOON + 9)
    take(book, pool, NOON + 9)
    alone = take(book, pool, NOON + 10)
    book.settle(alone, NOON + 10, internal, NOON + 12)
    assert refused(book, pool, NOON + 12).binding is Binding.OVERLOAD


def test_a_lease_is_settled_once_and_given_back_without_a_trace() -> None:
    book, pool = make_book(rpm=1), KeyPool([make_key("a")])
    lease = book.lease(pool, MODEL, NOON, Claim())
    assert isinstance(lease, Lease)
    book.give_back(lease, NOON)
    again = take(book, pool, NOON)
    book.settle(again, NOON, IMAGE, NOON + 1)
    with pytest.raises(KeyError):
        book.settle(again, NOON, IMAGE, NOON + 1)
    assert book.model(MODEL).in_flight == 0 == book.key(again.key).in_flight == book.accounts["a", MODEL].in_flight


def test_two_claims_on_one_project_get_its_slots_evenly() -> None:
    book, pool = make_book(rpm=10), KeyPool([make_key("a")])
    greedy, late, had = Claim(), Claim(), {"greedy": 0, "late": 0}
    now = NOON
    for _ in range(10):
        take(book, pool, now, greedy)
    book.lease(pool, MODEL, now, greedy)
    book.lease(pool, MODEL, now + 1, late)  # it comes when all is taken
    for _ in range(30):
        now += 60 + FIRST_GUARD
        for name, claim in (("greedy", greedy), ("late", late), ("greedy", greedy)):
            while isinstance(lease := book.lease(pool, MODEL, now, claim), Lease):
                book.sent(lease, now)
                book.settle(lease, now, IMAGE, now)
                had[name] += 1
    assert abs(had["greedy"] - had["late"]) <= 10 and sum(had.values()) == 300


def test_listeners_hear_of_room_until_they_leave() -> None:
    book, pool = make_book(), KeyPool([make_key("a")])
    heard: list[int] = []
    leave = book.listen(lambda: heard.append(1))
    book.settle(take(book, pool, NOON), NOON, IMAGE, NOON)
    leave()
    book.settle(take(book, pool, NOON), NOON, IMAGE, NOON)
    assert heard == [1]


def test_what_was_replayed_may_have_left_later_than_it_was_recorded() -> None:
    key = make_key("a")
    book, pool = make_book(rpm=1, past=Past([(NOON - 61, "a", key.fingerprint)])), KeyPool([key])
    wait = refused(book, pool, NOON)
    assert wait.until == pytest.approx(NOON - 61 + REPLAY_SLACK + 60 + FIRST_GUARD)
    take(book, pool, NOON - 61 + REPLAY_SLACK + 60 + FIRST_GUARD)


def test_a_request_whose_connection_took_as_long_as_it_may_is_still_counted() -> None:
    key = make_key("a")
    recorded = NOON - 60 - CONNECT_S  # and left, at the latest, a minute ago
    book, pool = make_book(rpm=1, past=Past([(recorded, "a", key.fingerprint)])), KeyPool([key])
    until = refused(book, pool, NOON).until
    assert until is not None and until >= recorded + CONNECT_S + 60 + FIRST_GUARD


def test_what_was_recorded_a_moment_ago_counts_from_now_and_not_from_later() -> None:
    key = make_key("a")
    book, pool = make_book(rpm=1, past=Past([(NOON - 1, "a", key.fingerprint)])), KeyPool([key])
    assert refused(book, pool, NOON).until == NOON + 60 + FIRST_GUARD


@pytest.mark.parametrize("met", ["before", "after", "by an earlier daemon"])
def test_a_suspended_project_rests_for_every_model_until_a_person_mends_it(met: str) -> None:
    book, pool, other = make_book(rpm=9), KeyPool([make_key("a", "p")]), "another-model"
    if met == "before":
        lease = book.lease(KeyPool([make_key("a", "p")]), other, NOON, Claim())
        assert isinstance(lease, Lease)
        book.give_back(lease, NOON)
    if met == "by an earlier daemon":
        book.remember("quota_project", "p", MODEL, Resting("suspended", "suspended", None))
    else:
        suspended = answer("suspended", Scope.QUOTA_PROJECT, Until.MENDED)
        book.settle(take(book, pool, NOON), NOON, suspended, NOON + 1)
    asked = KeyPool([make_key("a", "p")])
    wait = book.lease(asked, other, NOON + 2, Claim())
    assert isinstance(wait, Wait) and wait.binding is Binding.PERSON
    assert isinstance(book.lease(KeyPool([make_key("b", "q")]), other, NOON + 2, Claim()), Lease)
    book.mended([make_key("a", "p")])
    assert isinstance(book.lease(asked, other, NOON + 3, Claim()), Lease)


def test_a_project_without_quota_for_one_model_draws_with_another() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a", "p")])
    book.settle(take(book, pool, NOON), NOON, answer("no_quota", Scope.QUOTA_PROJECT, Until.MENDED), NOON + 1)
    assert isinstance(book.lease(KeyPool([make_key("a", "p")]), "another-model", NOON + 2, Claim()), Lease)
