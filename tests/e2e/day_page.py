"""`make day`: docs/day.md, what a real terminal showed while somebody worked in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HEAD = """# A day at the mill

What a terminal of 120x36 showed, step by step: start, watch, zoom, filter, stop, take the stop back, stop, go on,
detach, attach, the end. Written by `make day`, which plays `tests/e2e/test_play_the_day.py`: a real shell in tmux, the
real daemon, and a provider that holds each answer until the step is over. The text alone is kept, not its colours.
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was typed, and the screen that was waited for after it."""

    typed: tuple[str, ...]
    screen: str


def page(moments: Iterable[Moment], hidden: Sequence[tuple[str, str]]) -> str:
    """As Markdown; of `hidden` the first, a path of the machine that played it, reads as the second."""
    parts = [_HEAD]
    for number, moment in enumerate(moments, 1):
        screen = "\n".join(row.rstrip() for row in moment.screen.rstrip().splitlines())
        typed = " ".join(f"`{one}`" for one in moment.typed) or "nothing typed: it goes on"
        parts.append(f"## {number}. {typed}\n\n```\n{screen}\n```\n")
    told = "\n".join(parts)
    for path, name in hidden:
        told = told.replace(path, name)
    return told
