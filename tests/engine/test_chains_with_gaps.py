"""Chains of which a beat is no part of the run, or can't be had: what is left waits for what it will continue from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.simulated_world import NOON, make_board, want_all
from engine.test_scheduling import BLOCKED, IMAGE, LOST, land, over, send
from shotmill.engine.beat import TO_DO, Beat, BeatState
from shotmill.engine.bound import Arrival, bound_s
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.redraws import held_back, told_left
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.selection import Options

PENDING, DONE, STALE, DOUBT = BeatState.PENDING, BeatState.DONE, BeatState.STALE, BeatState.IN_DOUBT
NOT_HAD = BeatState.BLOCKED


def gap(transitions: str, wanted: str, *states: BeatState, shot: int = 10) -> tuple[Scheduler, list[Beat]]:
    """A run of the beats with a `w`."""
    board = make_board(transitions, shot=shot)
    beats = board.styles[0].beats
    for beat, state, mark in zip(beats, states, wanted, strict=True):
        board.set(beat, state)
        beat.wanted = mark == "w"
    board.settle_all()
    return over(board, in_doubt_usd=0.0), beats


def told(sent: list[Dispatch]) -> list[tuple[str, str | None]]:
    return [(one.beat.id, one.after.id if one.after else None) for one in sent]


@pytest.mark.parametrize("transitions", ["HCC", "HHC"])
@pytest.mark.parametrize("between", [PENDING, NOT_HAD, BeatState.FAILED])
@pytest.mark.parametrize("first", [PENDING, STALE])
def test_over_a_gap_a_beat_waits_for_the_one_that_it_will_continue_from(
    transitions: str, between: BeatState, first: BeatState
) -> None:
    run, _ = gap(transitions, "w.w", first, between, PENDING)
    (head,) = send(run)
    assert head.beat.id == "1.1" and head.beat.tail == 1, "what waits for it hangs on it"
    land(run, head, IMAGE)
    assert told(send(run)) == [("1.3", "1.1")]


def test_over_a_gap_of_which_nothing_is_still_to_come_it_goes_at_once() -> None:
    run, _ = gap("HCCC", "...w", DONE, PENDING, NOT_HAD, PENDING)
    assert told(send(run)) == [("1.4", "1.1")]
    run, _ = gap("HCC", "..w", PENDING, NOT_HAD, PENDING)
    assert told(send(run)) == [("1.3", None)]
    run, _ = gap("HHC", "w.w", PENDING, DONE, PENDING)
    assert sorted(told(send(run))) == [("1.1", None), ("1.3", "1.2")]


@pytest.mark.parametrize("between", [PENDING, NOT_HAD])
def test_over_a_gap_it_waits_for_a_doubt_and_the_run_does_not(between: BeatState) -> None:
    run, (_, doubtful, _, _) = gap("HCCC", "...w", DONE, DOUBT, between, PENDING)
    assert send(run) == [] and run.ended() == ("finished", "")
    run.board.set(doubtful, NOT_HAD)
    assert told(send(run)) == [("1.4", "1.1")]


@pytest.mark.parametrize(
    ("transitions", "chosen", "states", "held"),
    [
        ("HCCC", "..ww", (DONE, DOUBT, PENDING, PENDING), "1.3 1.4"),
        ("HCCC", "...w", (DONE, DOUBT, PENDING, PENDING), "1.4"),
        ("HCCC", ".w.w", (DONE, PENDING, DOUBT, PENDING), "1.4"),
        ("HCCC", "...w", (DOUBT, PENDING, DONE, PENDING), ""),
        ("HCHC", "..ww", (DONE, DOUBT, PENDING, PENDING), ""),
        ("HCCC", "wwww", (STALE, DOUBT, PENDING, PENDING), ""),
        ("HCCC", "..ww", (DONE, NOT_HAD, PENDING, PENDING), ""),
    ],
)
def test_what_a_doubt_holds_is_known_before_a_run(
    transitions: str, chosen: str, states: tuple[BeatState, ...], held: str
) -> None:
    run, beats = gap(transitions, chosen, *states)
    of_run = [beat for beat in beats if beat.wanted]
    assert " ".join(sorted(beat.id for beat in held_back(of_run, run.board))) == held


@settings(deadline=None)
@given(
    st.text("HC", min_size=2, max_size=8).map("H{}".format),
    st.lists(st.tuples(st.sampled_from([PENDING, DONE, DOUBT, NOT_HAD, STALE]), st.booleans()), min_size=9, max_size=9),
    st.sampled_from([2, 3, 10]),
)
def test_of_whatever_board_a_run_draws_all_but_what_a_doubt_holds_and_ends(
    transitions: str, drawn: list[tuple[BeatState, bool]], shot: int
) -> None:
    board = make_board(transitions, shot=shot)
    chosen = []
    for beat, (state, wanted) in zip(board.styles[0].beats, drawn, strict=False):
        board.set(beat, state)
        beat.wanted = wanted and state in (PENDING, STALE)
        chosen += [beat] if beat.wanted else []
    board.settle_all()
    held = held_back(chosen, board)
    run, now = over(board, in_doubt_usd=0.0), NOON
    while sent := send(run, now):
        for dispatch in sent:
            chosen.remove(dispatch.beat)
            land(run, dispatch, IMAGE, now)
        now += 61
    assert set(chosen) == held and run.ended() == ("finished", "")


def test_a_start_of_nothing_says_what_is_left_and_what_draws_it() -> None:
    run, (first, second, *_) = gap("HHHH", "....", DONE, DONE, DONE, DONE)
    assert told_left(run.board, Options(), 0) == ()
    run.board.set(first, DOUBT)
    run.board.set(second, NOT_HAD)
    doubt, gaps = told_left(run.board, Options(), 0)
    assert doubt.startswith("1 in doubt: shotmill doubt") and gaps.startswith("1 failed or blocked: shotmill start")
    assert told_left(run.board, Options(beats=("1.2",)), 0) == (gaps,)
    assert told_left(run.board, Options(), 2)[0].startswith("2 images wait")


def test_one_that_falls_out_in_the_run_does_not_let_what_is_behind_it_go_before_the_rest() -> None:
    run, _ = gap("HHCC", "ww.w", PENDING, PENDING, PENDING, PENDING)
    first, second = sorted(send(run), key=lambda sent: sent.beat.index)
    land(run, second, BLOCKED)
    assert send(run) == [], "the first of its shot is still out"
    land(run, first, IMAGE, NOON + 1)
    assert told(send(run, NOON + 1)) == [("1.4", "1.1")]


def test_a_chain_that_comes_to_wait_for_a_hard_cut_takes_it_forward() -> None:
    board = make_board("H" * 8 + "HHCC", shot=8)
    want_all(board)
    run = over(board, rpm=1)
    (head,) = send(run)
    assert head.beat.id == "2.2"
    land(run, head, BLOCKED)
    assert told(send(run, NOON + 61)) == [("2.1", None)]


def test_a_doubt_of_this_run_holds_what_is_behind_a_gap() -> None:
    run, _ = gap("HCC", "w.w", PENDING, PENDING, PENDING)
    (head,) = send(run)
    land(run, head, LOST)
    assert send(run) == [] and run.ended() == ("finished", "")


def test_the_first_of_a_shot_waits_only_for_the_beat_before_it() -> None:
    run, _ = gap("HCC", "w.w", PENDING, PENDING, PENDING, shot=2)
    assert sorted(told(send(run))) == [("1.1", None), ("2.1", None)]


def test_behind_what_can_not_be_had_a_beat_is_shown_as_waiting_for_the_one_before_that() -> None:
    board = make_board("HCC")
    first, second, third = board.styles[0].beats
    board.settle_all()
    board.set(second, NOT_HAD)
    assert third.state is BeatState.WAITING
    board.set(first, DONE)
    assert third.state is PENDING


@pytest.mark.parametrize(
    ("transitions", "states", "longest"),
    [
        ("HCCC", (PENDING, NOT_HAD, PENDING, PENDING), 3),
        ("HHCC", (PENDING, NOT_HAD, PENDING, PENDING), 3),
        ("HHCC", (PENDING, PENDING, PENDING, PENDING), 3),
        ("HCCC", (DONE, NOT_HAD, PENDING, PENDING), 2),
        ("HCCC", (PENDING, DONE, NOT_HAD, PENDING), 1),
        ("HCCC", (NOT_HAD, NOT_HAD, NOT_HAD, PENDING), 1),
    ],
)
def test_a_chain_is_as_long_as_what_is_to_come_one_after_the_other(
    transitions: str, states: tuple[BeatState, ...], longest: int
) -> None:
    board = make_board(transitions)
    for beat, state in zip(board.styles[0].beats, states, strict=True):
        board.set(beat, state)
    board.settle_all()
    assert board.styles[0].longest_chain() == longest
    for beat in board.styles[0].beats:
        beat.wanted = beat.state in TO_DO
    assert over(board).lanes["style0"].longest_chain() == longest


def test_what_comes_to_wait_for_one_that_is_out_makes_its_chain_longer() -> None:
    run, _ = gap("HHCC", "wwww", PENDING, PENDING, PENDING, PENDING)
    first, second = sorted(send(run), key=lambda sent: sent.beat.index)
    land(run, second, BLOCKED)
    lane = run.lanes["style0"]
    assert lane.chains == [(2, 1)] and lane.longest_chain() == 3
    land(run, first, IMAGE, NOON + 1)
    assert lane.chains == [(2, 1)] and not lane.tails_out, "one is ready, the other hangs on it"


@pytest.mark.parametrize(
    ("transitions", "second", "seconds"),
    [("HCC", NOT_HAD, 43.0), ("HHC", NOT_HAD, 32.0), ("HHC", DONE, 23.0), ("HCC", None, 32.0)],
)
def test_the_bound_adds_up_what_had_to_wait_over_a_gap(
    transitions: str, second: BeatState | None, seconds: float
) -> None:
    board = make_board(transitions)
    sent = []
    for beat, state, took in zip(board.styles[0].beats, (DONE, second, DONE), (20.0, 11.0, 12.0), strict=True):
        if state is not None:
            board.set(beat, state)
            sent.append(Arrival(beat, took))
    assert bound_s(sent, {"style0": ["p"]}, {"p": 100}) == seconds
