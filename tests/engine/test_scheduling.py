from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, want_all
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.dispatch import Dispatch, Settlement
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.verdict import ALONE_TRIES, counts
from shotmill.gemini.outcome import Fate, Nudge, Outcome, Rest, Scope, Until
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.consequences import MINUTE_JITTER_S
from shotmill.quota.guard import FIRST_GUARD
from shotmill.quota.resting import Resting

IMAGE = Outcome(Fate.IMAGE, "image", billed=True)
BLOCKED = Outcome(Fate.BLOCKED, "safety", "refused", counts=True)
LOST = Outcome(Fate.IN_DOUBT, "timed_out", "no answer", billed=None)
NO_IMAGE = Outcome(Fate.AGAIN, "no_image", "words", counts=True, tries=2, nudge=Nudge.IMAGE_ONLY)
INTERNAL = Outcome(Fate.AGAIN, "internal", "500", Scope.MODEL, Rest(Until.SECONDS, 5.0), counts=True, tries=3)
BUSY = Outcome(Fate.AGAIN, "overloaded", "busy", Scope.MODEL, Rest(Until.SECONDS, 5.0))


def make_run(*styles: str, rpm: int = 60, money: Money | None = None, **terms: Any) -> Scheduler:
    board = make_board(*styles)
    want_all(board)
    return over(board, rpm=rpm, money=money, **terms)


def over(board: Board, *, rpm: int = 60, money: Money | None = None, **terms: Any) -> Scheduler:
    pools = {style.name: [make_key(f"k-{style.name}")] for style in board.styles}
    return Scheduler(board, pools, make_book((rpm, 5000)), MODEL, Terms(PRICE, **terms), money or Money())


def send(run: Scheduler, now: float = NOON) -> list[Dispatch]:
    found = []
    while (dispatch := run.next(now)) is not None:
        run.book.sent(dispatch.lease, now)
        found.append(dispatch)
    return found


def land(run: Scheduler, dispatch: Dispatch, outcome: Outcome, now: float = NOON, cost: float = 0.0) -> Settlement:
    return run.settle(dispatch, outcome, NOON if now == NOON else now - 1, now, cost)


def ids(sent: Sequence[Dispatch]) -> list[str]:
    return [dispatch.beat.id for dispatch in sent]


def beat(run: Scheduler, name: str) -> Beat:
    found = run.board.find("style0", name)
    assert found is not None
    return found


def test_the_longest_chain_leaves_first_then_the_order_of_the_prompts() -> None:
    run = make_run("HHHCCHC")
    assert ids(send(run)) == ["1.3", "1.6", "1.1", "1.2"]
    assert beat(run, "1.4").state is BeatState.WAITING


def test_a_chain_goes_on_with_the_image_before_it() -> None:
    run = make_run("HCC")
    (first,) = send(run)
    assert first.after is None
    land(run, first, IMAGE)
    (second,) = send(run)
    assert second.beat.id == "1.2" and second.after is first.beat


@pytest.mark.parametrize("outcome", [BLOCKED, Outcome(Fate.FAILED, "bad", counts=True)])
def test_behind_a_beat_that_can_not_be_had_the_last_drawn_one_of_the_shot_is_used(outcome: Outcome) -> None:
    run = make_run("HHC")
    first, second = sorted(send(run), key=lambda dispatch: dispatch.beat.index)
    land(run, first, IMAGE)
    land(run, second, outcome)
    (third,) = send(run)
    assert third.beat.id == "1.3" and third.after is first.beat


def test_where_nothing_of_the_shot_was_drawn_it_is_a_hard_cut() -> None:
    run = make_run("HC")
    (first,) = send(run)
    land(run, first, BLOCKED)
    (second,) = send(run)
    assert second.after is None


def test_a_beat_in_doubt_holds_its_followers_and_not_the_run() -> None:
    run = make_run("HCH", in_doubt_usd=0.0)
    chain, single = send(run)
    land(run, chain, LOST)
    land(run, single, IMAGE)
    assert send(run) == [] and run.ended() == ("finished", "")
    assert [each.state for each in run.board.styles[0].beats] == [
        BeatState.IN_DOUBT,
        BeatState.WAITING,
        BeatState.DONE,
    ]


def test_a_doubt_that_a_person_settles_frees_its_followers_in_the_running_run() -> None:
    run = make_run("HCH", in_doubt_usd=0.0)
    chain, single = send(run)
    land(run, chain, LOST)
    land(run, single, NO_IMAGE)
    run.board.set(chain.beat, BeatState.FAILED, "left out")
    (again,) = send(run, NOON + 10)
    land(run, again, IMAGE, NOON + 12)
    (follower,) = send(run, NOON + 12)
    assert follower.beat.id == "1.2"


def test_what_was_perhaps_paid_is_drawn_again_within_its_allowance_as_another_take() -> None:
    run = make_run("H", in_doubt_usd=PRICE)
    (first,) = send(run)
    assert land(run, first, LOST).redrawn_in_doubt
    (second,) = send(run, NOON + 5)
    assert (first.take, second.take) == (1, 2)
    assert land(run, second, LOST, NOON + 9).state is BeatState.IN_DOUBT
    assert run.next(NOON + 9) is None and run.ended() == ("finished", "")


def test_doubts_of_every_kind_pause_a_style_but_those_that_a_stop_made() -> None:
    stopped = Outcome(Fate.IN_DOUBT, "stopped_now", "stopped", billed=None)
    fault = Outcome(Fate.IN_DOUBT, "fault", "a fault of ours", billed=None)
    for outcome, paused in ((stopped, False), (fault, True), (LOST, True)):
        run = make_run("HHHH", in_doubt_usd=0.0, pause_after=3)
        for dispatch in send(run):
            land(run, dispatch, outcome)
        assert bool(run.lanes["style0"].paused) is paused, outcome.code


def test_stale_beats_of_a_chain_are_made_again_one_after_the_other() -> None:
    board = make_board("HC")
    for each in board.styles[0].beats:
        board.set(each, BeatState.STALE)
        each.wanted = True
    run = over(board)
    (first,) = send(run)
    assert first.beat.id == "1.1"
    land(run, first, IMAGE)
    (second,) = send(run)
    assert second.beat.id == "1.2" and second.after is first.beat


def test_a_further_take_that_can_not_be_had_leaves_the_beat_as_it_was() -> None:
    board = make_board("H")
    board.set(board.styles[0].beats[0], BeatState.DONE)
    run = over(board)
    run.add(board.styles[0].beats)
    (again,) = send(run)
    assert land(run, again, BLOCKED).state is BeatState.DONE and run.ended() == ("finished", "")


def test_a_beat_that_is_added_twice_is_sent_once() -> None:
    run = make_run("H")
    run.add(run.board.styles[0].beats)
    run.add(run.board.styles[0].beats)
    (only,) = send(run)
    run.add([only.beat])
    assert send(run) == []


def test_an_answer_is_taken_in_once() -> None:
    run = make_run("HH")
    first, _ = send(run)
    land(run, first, IMAGE)
    assert land(run, first, LOST).state is BeatState.DONE
    assert run.in_flight == 1 and first.beat.state is BeatState.DONE


def test_attempts_are_used_up_by_the_beats_own_failures_only() -> None:
    run, now = make_run("H", attempts=3, pause_after=99), NOON
    for _ in range(3):
        (only,) = send(run, now)
        assert land(run, only, BUSY, now + 2).state is BeatState.PENDING
        now += 200
    other = Outcome(Fate.AGAIN, "conflict", "409", counts=True)
    for expected in (BeatState.PENDING, BeatState.PENDING, BeatState.FAILED):
        (only,) = send(run, now)
        assert land(run, only, other, now + 2).state is expected
        now += 200


def test_an_answer_with_a_limit_of_its_own_ends_as_its_row_says_and_asks_for_the_image_only() -> None:
    run, now, asked = make_run("H"), NOON, []
    for _ in range(3):
        (only,) = send(run, now)
        asked.append(only.nudge)
        land(run, only, NO_IMAGE, now + 2)
        now += 200
    assert asked == [Nudge.NONE, Nudge.IMAGE_ONLY, Nudge.IMAGE_ONLY] and beat(run, "1.1").state is BeatState.FAILED


def test_a_beat_that_always_brings_500_starves_nobody_and_is_failed_at_last() -> None:
    run, now, tries = make_run("HCHHH"), NOON, 0
    run.book.model(MODEL).limit = 1
    while run.ended() is None and tries < 200:
        for dispatch in send(run, now):
            tries += 1
            poisoned = dispatch.beat.id == "1.1"
            run.settle(dispatch, INTERNAL if poisoned else IMAGE, now, now + 5)
        now += 130
    assert run.ended() == ("finished", "")
    assert [each.state.value for each in run.board.styles[0].beats] == ["failed", "done", "done", "done", "done"]


def test_an_early_error_or_two_leave_the_head_of_a_long_chain_its_turn() -> None:
    run, now, heads = make_run("HHHHCCC", rpm=1), NOON, []
    for _ in range(4):
        (only,) = send(run, now)
        heads.append(only.beat.id)
        land(run, only, INTERNAL, now + 2)
        now += 200
    assert heads == ["1.4", "1.4", "1.4", "1.1"]


def test_equal_failures_pause_their_style_and_say_why() -> None:
    run = make_run("H" * 10, "H" * 3, pause_after=4)
    for dispatch in send(run):
        land(run, dispatch, BLOCKED if dispatch.beat.style == "style0" else IMAGE)
        if dispatch.beat.style == "style0" and dispatch.beat.index < 3:
            assert run.lanes["style0"].paused == ""
    assert run.lanes["style0"].paused == '4 times the same answer, "refused"' and run.lanes["style1"].paused == ""
    assert run.next(NOON) is None and run.ended() == ("finished", "")


def test_a_paused_style_stops_the_run_when_nothing_else_is_left_and_can_be_taken_up_again() -> None:
    run = make_run("H" * 8, rpm=4, pause_after=4)
    for dispatch in send(run):
        land(run, dispatch, BLOCKED)
    assert send(run, NOON + 61) == []
    end = run.ended()
    assert end is not None and end[0] == "stopped" and "4 times" in end[1]
    run.resume_style("style0")
    assert len(send(run, NOON + 61)) == 4


def test_an_image_in_between_begins_the_count_anew() -> None:
    run = make_run("H" * 9, pause_after=5)
    for number, dispatch in enumerate(send(run)):
        land(run, dispatch, IMAGE if number == 4 else BLOCKED)
    assert run.lanes["style0"].paused == ""


def test_the_budget_is_reserved_before_anything_leaves_and_never_overshot() -> None:
    run = make_run("H" * 9, money=Money(spent=1.0), budget_usd=1.0 + 3 * PRICE)
    sent = send(run)
    assert len(sent) == 3 and run.purse.money.reserved == pytest.approx(3 * PRICE) and run.ended() is None
    for dispatch in sent:
        run.purse.money.spent += PRICE
        land(run, dispatch, IMAGE, cost=PRICE)
    assert send(run) == [] and run.ended() == ("stopped", "budget") and run.purse.money.reserved == 0


def test_a_dearer_image_raises_what_later_ones_reserve() -> None:
    run = make_run("HHH", rpm=1)
    (first,) = send(run)
    land(run, first, IMAGE, cost=3 * PRICE)
    (second,) = send(run, NOON + 61)
    assert second.reserved_usd == pytest.approx(3 * PRICE)


def test_requests_that_are_out_together_have_room_for_the_dearest_reply_each() -> None:
    run = make_run("H" * 9, budget_usd=7 * PRICE, dearest_usd=3 * PRICE)
    sent = send(run)
    assert len(sent) == 2 and run.purse.money.reserved == pytest.approx(6 * PRICE) and run.ended() is None
    for dispatch in sent:
        run.purse.money.spent += 3 * PRICE
        land(run, dispatch, IMAGE, cost=3 * PRICE)
    assert send(run) == [] and run.ended() == ("stopped", "budget") and run.purse.money.gone <= 7 * PRICE


@pytest.mark.parametrize("budget", ["budget_usd", "run_budget_usd"])
def test_the_rest_of_a_budget_is_used_one_after_the_other(budget: str) -> None:
    terms: dict[str, Any] = {budget: 3.5 * PRICE, "dearest_usd": 3 * PRICE}
    run, drawn = make_run("H" * 9, **terms), 0
    while sent := send(run):
        (only,) = sent
        drawn += 1
        run.purse.money.spent += PRICE
        land(run, only, IMAGE, cost=PRICE)
    assert drawn == 3 and run.ended() == ("stopped", "budget") and run.purse.money.reserved == 0


def test_the_dearest_of_earlier_runs_is_kept_for_the_last_of_a_budget_too() -> None:
    prices: dict[str, Any] = {"dearest_usd": 2.5 * PRICE, "seen_usd": 3 * PRICE, "budget_usd": 5 * PRICE}
    run = make_run("HHH", **prices)
    (only,) = send(run)
    assert only.reserved_usd == pytest.approx(3 * PRICE)
    run.purse.money.spent += 3 * PRICE
    land(run, only, IMAGE, cost=3 * PRICE)
    assert send(run) == [] and run.ended() == ("stopped", "budget")


def test_without_a_budget_an_image_reserves_its_price() -> None:
    run = make_run("HH", dearest_usd=3 * PRICE)
    send(run)
    assert run.purse.money.reserved == pytest.approx(2 * PRICE)


def test_what_is_in_doubt_counts_against_the_runs_own_budget() -> None:
    run = make_run("HHH", rpm=1, run_budget_usd=2 * PRICE, in_doubt_usd=0.0)
    land(run, send(run)[0], LOST)
    land(run, send(run, NOON + 61)[0], LOST, NOON + 63)
    assert send(run, NOON + 125) == [] and run.ended() == ("stopped", "budget")


def test_a_request_that_was_not_sent_after_all_is_to_do_again() -> None:
    run = make_run("HC")
    (first,) = send(run)
    assert run.in_flight == 1
    fresh = make_run("HC")
    dispatch = fresh.next(NOON)
    assert dispatch is not None
    fresh.give_back(dispatch, NOON)
    fresh.give_back(dispatch, NOON)
    assert fresh.in_flight == 0 and fresh.purse.money.reserved == 0 and ids(send(fresh)) == ["1.1"]
    assert first.beat is not dispatch.beat


def test_what_no_wait_mends_stops_the_run_and_what_a_person_mends_too() -> None:
    run = make_run("HH", rpm=1)
    (first,) = send(run)
    land(run, first, Outcome(Fate.AGAIN, "location", "not here", Scope.RUN, Rest(Until.MENDED)))
    assert run.next(NOON) is None and run.ended() == ("stopped", "not here")
    run = make_run("HH", rpm=1)
    (first,) = send(run)
    land(run, first, Outcome(Fate.AGAIN, "key_invalid", "bad key", Scope.KEY, Rest(Until.MENDED)))
    assert run.next(NOON) is None and run.ended() == ("stopped", "bad key")


def test_a_run_that_waits_for_tomorrow_waits() -> None:
    run = make_run("HH", rpm=1)
    (first,) = send(run)
    land(run, first, Outcome(Fate.AGAIN, "day_quota", "spent", Scope.QUOTA_PROJECT, Rest(Until.MIDNIGHT)))
    assert run.next(NOON) is None and run.ended() is None
    assert run.wake_at() == NOON + 12 * 3600


def test_held_means_nothing_leaves_and_nothing_ends() -> None:
    run = make_run("HH")
    run.held = "disk"
    assert send(run) == [] and run.ended() is None
    run.held = ""
    assert len(send(run)) == 2


def test_the_last_slots_of_a_minute_are_kept_for_a_chain_that_would_end_last() -> None:
    run = make_run("HCCCCCC" + "H" * 16, rpm=9)
    sent = send(run)
    assert len(sent) == 6 and sent[0].beat.id == "1.1"
    wait = run.lanes["style0"].wait
    assert wait is not None and "kept" in wait.reason and wait.until == NOON + 60 + FIRST_GUARD
    land(run, sent[0], IMAGE, NOON + 8)
    second = send(run, NOON + 8)
    assert ids(second) == ["1.2"]
    land(run, second[0], IMAGE, NOON + 16)
    assert ids(send(run, NOON + 16)) == ["1.3"]


def test_where_nothing_is_to_spare_a_chain_draws_as_much_in_this_minute_as_in_the_next() -> None:
    run = make_run("HCCCC" + "H" * 7, rpm=6)
    (first, *singles), drawn = send(run), []
    assert len(singles) == 3
    for seconds in range(8, 60, 8):
        land(run, first, IMAGE, NOON + seconds)
        drawn.append(first.beat.id)
        if not (more := send(run, NOON + seconds)):
            break
        (first,) = more
    assert drawn == ["1.1", "1.2", "1.3"]
    assert len(send(run, NOON + 61)) == 4  # what the chain used late comes late


def test_slots_are_kept_from_shorter_chains_too() -> None:
    run = make_run("HCCCCCC" + "HCC", rpm=5)
    long, short = send(run)
    assert (long.beat.id, short.beat.id) == ("1.1", "1.8")
    land(run, short, IMAGE, NOON + 4)
    assert send(run, NOON + 4) == []
    land(run, long, IMAGE, NOON + 8)
    assert ids(send(run, NOON + 8)) == ["1.2"]


def test_a_quota_project_whose_only_key_rests_has_no_slots_for_a_chain() -> None:
    board = make_board("HCCCCCC" + "H" * 16)
    want_all(board)
    pools = {"style0": [make_key("well"), make_key("dead")]}
    run = Scheduler(board, pools, make_book((9, 5000)), MODEL, Terms(PRICE), Money())
    run.book.key(pools["style0"][1]).resting = Resting("key_invalid", "not valid", None)
    assert len(send(run)) == 6


def test_nothing_is_kept_from_a_style_that_has_a_quota_project_of_its_own_which_nobody_asked_yet() -> None:
    board = make_board("H" * 5, ("H" + "C" * 24) * 3, shot=25)
    want_all(board)
    own, shared = make_key("own", "p"), make_key("shared", "q")
    pools = {"style0": [own, shared], "style1": [shared]}
    run = Scheduler(board, pools, make_book({"p": (9, 5000), "q": (9, 5000)}), MODEL, Terms(PRICE), Money())
    sent = Counter(dispatch.beat.style for dispatch in send(run))
    assert sent == {"style0": 5, "style1": 3}


def test_nothing_is_kept_while_a_limit_is_being_found() -> None:
    board = make_board("HCCCCCC" + "HHH")
    want_all(board)
    limits = {"k": AccountLimits("auto", 5000)}
    run = Scheduler(board, {"style0": [make_key("k")]}, make_book(limits), MODEL, Terms(PRICE), Money())
    assert ids(send(run)) == ["1.1"] and ids(send(run, NOON + 3)) == ["1.8"]


def test_nothing_is_kept_while_far_more_is_left_than_the_longest_chain() -> None:
    run = make_run("HCC" + "H" * 60, rpm=6)
    assert len(send(run)) == 6


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (Outcome(Fate.AGAIN, "minute_quota", "full", Scope.QUOTA_PROJECT, Rest(Until.SECONDS, 30.0, exact=True)), 30),
        (Outcome(Fate.AGAIN, "day_quota", "spent", Scope.QUOTA_PROJECT, Rest(Until.MIDNIGHT)), 12 * 3600),
        (Outcome(Fate.AGAIN, "spend_rate", "full", Scope.BILLING_ACCOUNT, Rest(Until.SECONDS, 120.0)), 120),
    ],
)
def test_a_refusal_says_when_the_beat_goes_again_and_the_wait_says_the_same(outcome: Outcome, seconds: float) -> None:
    run = make_run("HH", rpm=1)
    (first,) = send(run)
    settlement = land(run, first, outcome)
    assert settlement.again_at is not None
    assert NOON + seconds <= settlement.again_at <= NOON + seconds + MINUTE_JITTER_S
    assert run.next(NOON) is None
    wait = run.lanes["style0"].wait
    assert wait is not None and wait.until == max(settlement.again_at, NOON + 60 + FIRST_GUARD)
    assert "exceeded" not in wait.reason and wait.reason


def test_with_one_key_for_tomorrow_and_one_for_later_the_run_wakes_at_the_earlier() -> None:
    board = make_board("HHHH")
    want_all(board)
    pools = {"style0": [make_key("a"), make_key("b")]}
    run = Scheduler(board, pools, make_book((2, 500)), MODEL, Terms(PRICE), Money())
    day = Outcome(Fate.AGAIN, "day_quota", "spent", Scope.QUOTA_PROJECT, Rest(Until.MIDNIGHT))
    soon = Outcome(Fate.AGAIN, "spend_rate", "full", Scope.BILLING_ACCOUNT, Rest(Until.SECONDS, 600.0))
    for dispatch in send(run):
        land(run, dispatch, day if dispatch.lease.key.name == "a" else soon)
    assert run.next(NOON) is None and run.ended() is None
    assert run.wake_at() == NOON + 600 and run.lanes["style0"].wait is not None
    assert "spend window" in run.lanes["style0"].wait.reason


GATEWAY = Outcome(
    Fate.AGAIN, "not_the_api", "403 Forbidden", Scope.NETWORK, Rest(Until.SECONDS, 5.0), counts=True, tries=3
)


def test_a_gateway_that_answers_every_request_fails_no_beat() -> None:
    run, now = make_run("HHH", rpm=60), NOON
    for _ in range(40):
        for dispatch in send(run, now):
            run.settle(dispatch, GATEWAY, now, now + 0.1)
        now = (run.wake_at() or now) + 1
    assert run.ended() is None and run.pending == 3


def test_a_gateway_that_minds_one_beat_only_fails_that_one() -> None:
    run, now, settlements = make_run("HHH", rpm=600), NOON, []
    while run.pending:
        for dispatch in send(run, now):
            minded = dispatch.beat.id == "1.1"
            took = 0.1 if minded else 8.0
            settlements.append(run.settle(dispatch, GATEWAY if minded else IMAGE, now, now + took))
        now += 70
    assert beat(run, "1.1").state is BeatState.FAILED
    assert sum(one.counted for one in settlements) == 4


def test_a_page_counts_when_others_got_through_since_the_last_one() -> None:
    run = make_run("HHH", rpm=600)
    minded, drawn, out = send(run)
    assert not run.settle(minded, GATEWAY, NOON, NOON + 0.1).counted
    run.settle(drawn, IMAGE, NOON, NOON + 8)
    (minded,) = send(run, NOON + 9)
    assert run.settle(minded, GATEWAY, NOON + 9, NOON + 9.1).counted
    (minded,) = send(run, NOON + 20)
    assert not run.settle(minded, GATEWAY, NOON + 20, NOON + 20.1).counted
    run.settle(out, IMAGE, NOON, NOON + 21)
    page = beat(make_run("HH"), "1.1")
    assert not counts(page, GATEWAY, "")
    assert counts(page, GATEWAY, "now")
    page.setbacks = ALONE_TRIES
    assert not counts(page, GATEWAY, "") and not counts(page, GATEWAY, "since")
    assert counts(page, GATEWAY, "", alone=True) and counts(page, GATEWAY, "since", alone=True)


def test_nothing_is_kept_for_a_chain_whose_keys_a_person_has_to_mend() -> None:
    board = make_board("H" + "C" * 29, "HHH")
    want_all(board)
    keys = [make_key("dead", "shared"), make_key("well", "shared")]
    pools = {style.name: [key] for style, key in zip(board.styles, keys, strict=True)}
    run = Scheduler(board, pools, make_book({"shared": (10, 5000)}), MODEL, Terms(PRICE), Money())
    first = run.next(NOON)
    assert first is not None
    run.book.sent(first.lease, NOON)
    while first.beat.style != board.styles[0].name:
        land(run, first, IMAGE)
        first = run.next(NOON)
        assert first is not None
        run.book.sent(first.lease, NOON)
    invalid = Outcome(Fate.AGAIN, "key_invalid", "not valid", Scope.KEY, Rest(Until.MENDED))
    land(run, first, invalid)
    later = NOON + 120
    for dispatch in send(run, later):
        land(run, dispatch, IMAGE, later + 1)
    for dispatch in send(run, later + 2):
        land(run, dispatch, IMAGE, later + 3)
    assert board.styles[1].drawn == 3
