"""What stands in a screen's first two lines."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill_tui.model.hints import Hint


@dataclass(frozen=True, slots=True)
class Told:
    """`state` names the sign and its colour, `word` stands behind it, `long` and `short` are the second line for
    wide screens and for 80 columns; `hints` are the keys that end it. `ticks` is whether the words change by the clock
    alone."""

    state: str
    word: str
    long: str
    short: str
    ticks: bool = False
    hints: tuple[Hint, ...] = ()


def sentence(text: str) -> str:
    """With a full stop, once."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."
