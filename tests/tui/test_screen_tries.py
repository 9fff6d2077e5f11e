"""A beat's tries: what the provider said of each stands there whole, at every width."""

from __future__ import annotations

from datetime import UTC

import pytest

from shotmill_tui.drawing.look import Look
from shotmill_tui.model.pieces import plain_text
from shotmill_tui.screens.beat import _tries, beat_lines
from tui.sample import NOW

SAID = "Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage billing."


@pytest.mark.parametrize("room", [120, 80, 60])
def test_what_the_provider_said_of_a_try_is_whole(room: int) -> None:
    """Behind the try's figures or below them, never cut at the edge."""
    one = {"at": "2026-11-23T12:00:00Z", "key": "anna", "fate": "again", "message": SAID, "seconds": 2.1}
    lines = [plain_text(line) for line in _tries({"attempts": [one, {**one, "fate": "image"}]}, look(), room)]
    assert all(len(line) <= room for line in lines)
    said = "".join(SAID.split())
    assert said in "".join(line[14:] for line in lines[1:]).replace(" ", "") or said in beside(lines)


@pytest.mark.parametrize(
    ("state", "told"),
    [("pending", "not drawn yet: a/b.png"), ("in_flight", "not drawn yet: a/b.png"), ("done", "a/b.png")],
)
def test_a_file_that_is_still_to_come_is_told_as_such(state: str, told: str) -> None:
    text = [plain_text(line).strip() for line in beat_lines({"state": state, "file": "a/b.png"}, look(), 80)]
    assert [line.removeprefix("file").strip() for line in text if line.startswith("file")] == [told]


def beside(lines: list[str]) -> str:
    """The last column of the first try, in one piece."""
    start = lines[0].index("Your") if "Your" in lines[0] else 0
    return "".join(line[start:] for line in lines).replace(" ", "")


def look() -> Look:
    return Look(NOW, UTC, plain=True)
