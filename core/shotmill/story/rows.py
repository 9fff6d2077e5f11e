"""What every reader hands on: the rows of a file with their lines, and what was wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from shotmill.story.problems import Problem


class Row(NamedTuple):
    """One entry of a file as it stands there; `line` is 1-based, `fields` belongs to whoever holds the row."""

    line: int
    fields: dict[str, Any]


Reader = Callable[[str, list[Problem]], Iterator[Row]]
"""A reader yields the rows of a text and puts what is wrong into the list; where it can't go on, it raises
UnreadableError. Row by row, so that a large file is not held twice."""

HOLDERS = ("prompts", "beats", "rows", "storyboard", "scenes", "shots", "frames", "panels", "items")
"""Keys under which an object holds the array of prompts, the most telling first."""

ARRAY_EXPECTED = 'expected an array of prompts, or an object with one under "prompts"'
ROW_EXPECTED = "expected a prompt: an object with beat_number and ai_prompt"
