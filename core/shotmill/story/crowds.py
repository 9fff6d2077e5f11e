"""How much a prompts file may hold, told before it costs memory: a value of three bytes takes a hundred once it is
parsed, and the parser lets nobody else run meanwhile."""

from __future__ import annotations

import re
from itertools import islice

from shotmill.story.problems import Problem, UnreadableError

MOST_ROWS = 200_000
"""Prompts of one file: twice as many as the largest project that Shotmill is made for."""
MOST_VALUES = 2_000_000
"""Values of one JSON text: ten for each of the most prompts."""
_UP_TO_A_SIGN = re.compile(r'(?:[^",\[{]++|"(?:[^"\\]++|\\.)*+"?)*+(?:[,\[{]|\Z)', re.DOTALL)


def refuse_crowd(text: str) -> None:
    """Raises `UnreadableError`, with the line, where a JSON text holds more than `MOST_VALUES`. Only a text with many
    signs has its strings told from its values: prose has commas too."""
    if sum(text.count(sign) for sign in ",[{") <= MOST_VALUES:
        return
    beyond = next(islice(_UP_TO_A_SIGN.finditer(text), MOST_VALUES, None), None)
    if beyond is not None:
        line = text.count("\n", 0, beyond.end()) + 1
        raise UnreadableError(Problem(line, f"found more than {MOST_VALUES:,} values, expected prompts"))


def too_many(line: int) -> UnreadableError:
    """The refusal of a file with more than `MOST_ROWS`, of which the first one too many stands in `line`."""
    return UnreadableError(Problem(line, f"found more than {MOST_ROWS:,} prompts, expected fewer in one file"))
