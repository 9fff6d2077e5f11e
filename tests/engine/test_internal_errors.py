"""A 500 is a beat's own only while the model answers others: an outage fails no beat, and such a beat ends."""

import random
from collections.abc import Callable, Sequence

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, want_all
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.simulation import Answer, SimulatedRun, Simulation
from shotmill.gemini.outcome import Fate, Outcome, Rest, Scope, Until

INTERNAL = Outcome(Fate.AGAIN, "internal", "500", Scope.MODEL, Rest(Until.SECONDS, 5.0), counts=True, tries=3)
HOUR, DAY = 3600.0, 86_400.0


class Failing(CalmProvider):
    """Answers 500 when `minds` says so of the beat and the seconds since the start."""

    def __init__(self, minds: Callable[[Beat, float], bool]) -> None:
        super().__init__({"p": (9, 5000)}, Latency(8.0, 0.3), PRICE, random.Random(1))
        self.minds = minds

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        if self.minds(dispatch.beat, now - NOON):
            return Answer(INTERNAL, 2.0)
        return super().arrive(dispatch, now)


def drawn_by(minds: Callable[[Beat, float], bool], *styles: Sequence[str]) -> tuple[Board, SimulatedRun]:
    board = make_board(*styles)
    want_all(board)
    pools = {style.name: [make_key("one", "p")] for style in board.styles}
    scheduler = Scheduler(board, pools, make_book({"p": (9, 5000)}), MODEL, Terms(PRICE), Money())
    simulation = Simulation(scheduler.book, Failing(minds), NOON)
    run = simulation.start(scheduler)
    assert simulation.proceed(NOON + 4 * DAY)
    return board, run


@pytest.mark.parametrize(("beats", "begins", "hours"), [(1, 0, 0.5), (3, 0, 2), (10, 0, 4), (30, 60, 4), (30, 200, 12)])
def test_an_outage_fails_no_beat(beats: int, begins: float, hours: float) -> None:
    board, run = drawn_by(lambda _, since: begins <= since < begins + hours * HOUR, "H" * beats)
    assert run.end == ("finished", "") and board.drawn == beats


def test_a_beat_that_is_all_there_is_is_given_up_after_a_day() -> None:
    board, run = drawn_by(lambda *_: True, "H")
    assert board.styles[0].beats[0].state is BeatState.FAILED
    assert run.end == ("finished", "") and DAY / 2 < run.ended_at - NOON < 2 * DAY


def test_a_beat_beside_which_others_were_drawn_is_given_up_within_hours() -> None:
    board, run = drawn_by(lambda beat, _: beat.id == "1.2", "HH")
    assert [beat.state for beat in board.styles[0].beats] == [BeatState.DONE, BeatState.FAILED]
    assert run.ended_at - NOON < 2 * HOUR


def test_after_a_day_of_nothing_else_a_style_waits_for_a_person_and_no_beat_is_failed() -> None:
    board, run = drawn_by(lambda *_: True, "HHH")
    assert run.end == ("stopped", 'for a day no image, and "500"') and DAY / 2 < run.ended_at - NOON < 2 * DAY
    assert all(beat.state is BeatState.PENDING for beat in board.styles[0].beats)
