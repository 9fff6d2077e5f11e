"""The last line: what can be used now, most needed first. It measures itself; what doesn't fit is under `:`."""

from __future__ import annotations

from collections.abc import Sequence

from shotmill_tui.model.pieces import Line, Piece, fit, width

Hint = tuple[str, str]  # key, label
ALWAYS: tuple[Hint, ...] = ((":", "all"), ("?", "help"))


def footer(hints: Sequence[Hint], room: int) -> Line:
    """Hints in their order while they fit; `: all  ? help` always stay."""
    for gap in ("   ", "  "):
        line = _line([*hints, *ALWAYS], gap)
        if width(line) + 2 <= room:
            return fit(((" ", ""), *line), room)
    kept: list[Hint] = []
    for hint in hints:
        if width(_line([*kept, hint, *ALWAYS], "  ")) + 2 > room:
            break
        kept.append(hint)
    return fit(((" ", ""), *_line([*kept, *ALWAYS], "  ")), room)


def _line(hints: Sequence[Hint], gap: str) -> Line:
    pieces: list[Piece] = []
    for key, label in hints:
        if pieces:
            pieces.append((gap, ""))
        pieces.extend(((key, "key"), (f" {label}", "dim")))
    return tuple(pieces)
