"""What every reader hands on: the rows of a file with their lines, and what was wrong on the way."""

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """One entry of a file as it stands there; `line` is 1-based, `fields` belongs to whoever holds the row."""

    line: int
    fields: dict[str, Any]


HOLDERS = ("prompts", "beats", "rows", "storyboard", "scenes", "shots", "frames", "panels", "items")
"""Keys under which an object holds the array of prompts, the most telling first."""

ARRAY_EXPECTED = 'expected an array of prompts, or an object with one under "prompts"'
ROW_EXPECTED = "expected a prompt: an object with beat_number and ai_prompt"
