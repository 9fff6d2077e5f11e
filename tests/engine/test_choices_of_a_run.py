"""What a start's options choose, what chains do that a choice cuts, and what the status says of such a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key
from shotmill.engine.ahead import work_of
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.clock_watch import ClockWatch
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.selection import Options, select
from shotmill.engine.status import View
from shotmill.engine.waiting import Waiting
from shotmill.errors import UsageError
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.quota.account_limits import AccountLimits
from shotmill.takes.entries import Intent, Run, RunState
from shotmill.takes.record import BeatRecord, ProjectRecord

IMAGE = Outcome(Fate.IMAGE, "image", billed=True)
LOST = Outcome(Fate.IN_DOUBT, "timed_out", "no answer", billed=None)


def chosen(board: Board, **options: Any) -> Scheduler:
    for beat in select(board, Options(**options)).beats:
        beat.wanted = True
    return over(board)


def over(board: Board, in_doubt_usd: float = 0.0) -> Scheduler:
    pools = {style.name: [make_key(f"k-{style.name}")] for style in board.styles}
    terms = Terms(PRICE, in_doubt_usd=in_doubt_usd)
    return Scheduler(board, pools, make_book((60, 5000)), MODEL, terms, Money())


def send(run: Scheduler) -> list[Dispatch]:
    found = []
    while (dispatch := run.next(NOON)) is not None:
        run.book.sent(dispatch.lease, NOON)
        found.append(dispatch)
    return found


def beats(board: Board) -> list[Beat]:
    return board.styles[0].beats


def view_of(board: Board, run: object = None, record: ProjectRecord | None = None) -> View:
    settings = SimpleNamespace(gemini=SimpleNamespace(model=MODEL))
    disk = SimpleNamespace(trouble=None)
    project = SimpleNamespace(board=board, settings=settings, record=record or ProjectRecord(), disk=disk)
    project.clock_watch = ClockWatch()
    return View(cast(Any, project), cast(Any, run), None, {}, (), NOON)


def test_a_run_that_is_stopping_ends_with_what_is_out_whatever_is_left_of_the_project() -> None:
    flights = SimpleNamespace(to_come_s=lambda now: 7.0, out={})
    run = SimpleNamespace(active=True, state="stopping", flights=flights)
    assert view_of(make_board("HHHH"), run)._seconds_left() == 7.0


def test_a_chain_that_the_choice_cuts_goes_on_from_the_last_drawn_beat_of_its_shot() -> None:
    board = make_board("HCCC")
    board.set(beats(board)[0], BeatState.DONE)
    board.settle_all()
    run = chosen(board, beats=("1.3", "1.4"))
    (third,) = send(run)
    assert third.beat.id == "1.3" and third.after is beats(board)[0]
    run.settle(third, IMAGE, NOON, NOON)
    (fourth,) = send(run)
    assert fourth.beat.id == "1.4" and fourth.after is third.beat
    run.settle(fourth, IMAGE, NOON, NOON)
    assert run.ended() == ("finished", "") and beats(board)[1].state is BeatState.PENDING


def test_where_nothing_of_the_shot_is_drawn_a_cut_chain_begins_with_the_references() -> None:
    run = chosen(make_board("HC"), beats=("1.2",))
    (only,) = send(run)
    assert only.beat.id == "1.2" and only.after is None


def test_behind_a_beat_in_doubt_a_chosen_one_waits() -> None:
    board = make_board("HC")
    board.set(beats(board)[0], BeatState.IN_DOUBT)
    run = chosen(board, beats=("1.2",))
    assert send(run) == [] and run.ended() == ("finished", "")


def test_a_further_take_in_doubt_leaves_the_beat_with_its_image_and_is_told() -> None:
    board = make_board("HC")
    for beat in beats(board):
        board.set(beat, BeatState.STALE)
    run = chosen(board, stale=True)
    (first,) = send(run)
    settlement = run.settle(first, LOST, NOON, NOON)
    assert settlement.state is BeatState.STALE and not settlement.redrawn_in_doubt
    (second,) = send(run)
    assert second.after is first.beat
    intent = Intent(NOON, "a1", "style0", "1.1", 2, "", "", MODEL, PRICE, "")
    record = ProjectRecord(beats={("style0", "1.1"): BeatRecord(doubts={"a1": intent})})
    (entry,) = view_of(board, record=record).for_you()
    assert (entry["kind"], entry["beat"], entry["what"]) == ("in_doubt", "1.1", "no answer")
    assert view_of(board).for_you() == []  # settled by now


def left_and_chain(run: Scheduler) -> tuple[int, int, int]:
    (work,) = work_of(run.board, {}, run.lanes)
    return work.beats, work.in_flight, work.chain


def test_what_is_left_of_a_limited_run_is_counted_and_not_the_project() -> None:
    run = chosen(make_board("HCCC" + "H" * 6), limit=2)
    assert left_and_chain(run) == (2, 0, 2)
    (first,) = send(run)
    assert left_and_chain(run) == (2, 1, 2)
    run.settle(first, IMAGE, NOON, NOON)
    assert left_and_chain(run) == (1, 0, 1)
    run.settle(send(run)[0], IMAGE, NOON, NOON)
    assert left_and_chain(run) == (0, 0, 0)
    assert work_of(run.board, {}, None)[0].beats == 8


def test_no_slots_are_kept_for_what_is_not_part_of_the_run() -> None:
    board = make_board("HCCCCCCC" + "H" * 7)
    run = chosen(board, beats=("1.1", *(beat.id for beat in beats(board)[8:])))
    run.book.account("k-style0", MODEL, run.lanes["style0"].keys, NOON).use(AccountLimits(8, 5000))
    assert len(send(run)) == 8
    assert board.styles[0].longest_chain() == 8  # of the project: as before


def test_what_is_left_of_a_run_for_stale_beats_is_not_only_what_is_out() -> None:
    board = make_board("HCCH")
    for beat in beats(board):
        board.set(beat, BeatState.STALE)
    run = chosen(board, stale=True)
    assert left_and_chain(run) == (4, 0, 3)
    assert work_of(board, {}, None)[0].beats == 0


@pytest.mark.parametrize(("held", "code", "said"), [("disk", "disk_full", ["disk"]), ("quiet", "quiet", [])])
def test_a_disk_without_room_is_for_the_user_before_anything_failed(held: str, code: str, said: list[str]) -> None:
    run = SimpleNamespace(active=True, scheduler=SimpleNamespace(held=held), state="waiting", reason="", id="r")
    run.waiting = Waiting(code, "too little room")
    assert [entry["kind"] for entry in view_of(make_board("H"), run).for_you()] == said


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [("stopped", "budget", ["budget"]), ("stopped", "asked", []), ("finished", "", [])],
)
def test_a_budget_that_was_reached_is_known_after_the_daemons_end(
    state: RunState, reason: str, said: list[str]
) -> None:
    record = ProjectRecord(last_run=Run(NOON, "r", state, reason, {}))
    assert [entry["kind"] for entry in view_of(make_board("H"), record=record).for_you()] == said


@pytest.mark.parametrize(
    "body",
    [
        {"budget_usd": float("nan")},
        {"budget_usd": float("inf")},
        {"budget_usd": 10**400},
        {"budget_usd": True},
        {"budget_usd": 0},
        {"retry_failed": "no"},
        {"retry_failed": 1},
        {"stale": "false"},
        {"stale": None},
    ],
)
def test_options_that_can_not_be_meant_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Options.from_json(body)


def test_options_that_are_meant_are_taken() -> None:
    options = Options.from_json({"budget_usd": 2, "stale": True, "retry_failed": False})
    assert (options.budget_usd, options.stale, options.retry_failed) == (2.0, True, False)
