"""The last line: what can be used now, most needed first. It measures itself; what doesn't fit is under `:`."""

from __future__ import annotations

from collections.abc import Sequence

from shotmill_tui.model.pieces import Line, Piece, fit, width

Hint = tuple[str, str, str]  # key, label, a shorter label
ALWAYS: tuple[Hint, ...] = ((":", "all", "all"), ("?", "help", "help"))


def footer(hints: Sequence[Hint], room: int) -> Line:
    """Hints in their order while they fit; `: all  ? help` always stay."""
    short = [(key, brief, brief) for key, _, brief in hints]
    for offered, gap in ((hints, "   "), (hints, "  "), (short, "   ")):
        line = _line([*offered, *ALWAYS], gap)
        if width(line) + 2 <= room:
            return fit(((" ", ""), *line), room)
    hints = short
    kept: list[Hint] = []
    for hint in hints:
        if width(_line([*kept, hint, *ALWAYS], "  ")) + 2 > room:
            break
        kept.append(hint)
    return fit(((" ", ""), *_line([*kept, *ALWAYS], "  ")), room)


def _line(hints: Sequence[Hint], gap: str) -> Line:
    pieces: list[Piece] = []
    for key, label, _ in hints:
        if pieces:
            pieces.append((gap, ""))
        pieces.extend(((key, "key"), (f" {label}", "dim")))
    return tuple(pieces)
