"""A beat that failed or was refused says what to do about its own last answer."""

from __future__ import annotations

import pytest

from engine.simulated_world import NOON, make_board
from shotmill.engine.beat import BeatState
from shotmill.engine.for_you import beats_for_you
from shotmill.takes.entries import End, Settled
from shotmill.takes.record import ProjectRecord


@pytest.mark.parametrize(
    ("code", "state", "cure"),
    [
        ("request_too_large", BeatState.FAILED, "smaller references, then: shotmill start --retry-failed"),
        ("input_blocked", BeatState.BLOCKED, "look at the style's references"),
        ("safety", BeatState.BLOCKED, "Reword the beat's prompt"),
        ("a code of another version", BeatState.BLOCKED, "reword the prompt in its file, then: shotmill start"),
        ("", BeatState.FAILED, "shotmill start --retry-failed"),
    ],
)
def test_the_cure_is_that_of_the_last_answer(code: str, state: BeatState, cure: str) -> None:
    board, record = make_board("HH"), ProjectRecord()
    beat = board.styles[0].beats[1]
    board.set(beat, state, "the provider's words")
    if code:
        record.apply(End(NOON, "a1", beat.style, beat.id, state.value, code, "the provider's words", True, 0.0, 1.0))
    (found,) = beats_for_you(board, record, "m")
    assert found["what"] == "the provider's words" and cure in found["cure"] and ".," not in found["cure"]


def test_what_a_person_left_out_is_not_for_them_until_another_attempt_of_it_fails() -> None:
    board, record = make_board("HH"), ProjectRecord()
    beat = board.styles[0].beats[1]
    board.set(beat, BeatState.FAILED, "left out")
    record.apply(End(NOON, "a1", beat.style, beat.id, "in_doubt", "interrupted", "it was out", False, None, 1.0))
    record.apply(Settled(NOON, "a1", beat.style, beat.id, "skip"))
    assert beats_for_you(board, record, "m") == []
    record.apply(End(NOON, "a2", beat.style, beat.id, "failed", "safety", "refused", True, 0.0, 1.0))
    assert [one["kind"] for one in beats_for_you(board, record, "m")] == ["failed"]
