"""The last line: what can be used now, most needed first. It measures itself; what doesn't fit is under `:`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shotmill_tui.model.pieces import Line, Piece, fit, width

Hint = tuple[str, str, str]  # key, label, a shorter label
ALWAYS: tuple[Hint, ...] = ((":", "all", "all"), ("?", "help", "help"))


class Offered(Protocol):
    """An action, as the footer needs it."""

    @property
    def id(self) -> str: ...

    @property
    def shown(self) -> str: ...


def always(actions: Sequence[Offered]) -> tuple[Hint, ...]:
    """The two that always stay, with the keys that they have here."""
    keys = {one.id: one.shown for one in actions}
    named = ((keys.get("palette", ""), "all", "all"), (keys.get("help", ""), "help", "help"))
    return tuple(hint for hint in named if hint[0])


def footer(
    hints: Sequence[Hint], room: int, always: Sequence[Hint] = ALWAYS, keep: str = "", spare: Sequence[Hint] = ()
) -> Line:
    """Hints in their order while they fit; `: all  ? help` always stay, and so does the hint with the key `keep`.
    `spare` ones fill what room is left."""
    short = [(key, brief, brief) for key, _, brief in hints]
    for offered, gap in ((hints, "   "), (hints, "  "), (short, "   ")):
        if width(_line([*offered, *always], gap)) + 2 <= room:
            filled = _filled(offered, spare, always, gap, room)
            return fit(((" ", ""), *_line([*filled, *always], gap)), room)
    kept = [hint for hint in short if keep and hint[0] == keep]
    for at, hint in enumerate(short):
        if hint in kept:
            continue
        more = [one for index, one in enumerate(short) if index <= at or one in kept]
        if width(_line([*more, *always], "  ")) + 2 > room:
            break
        kept = more
    return fit(((" ", ""), *_line([*kept, *always], "  ")), room)


def _filled(hints: Sequence[Hint], spare: Sequence[Hint], always: Sequence[Hint], gap: str, room: int) -> list[Hint]:
    kept = list(hints)
    for hint in spare:
        if width(_line([*kept, hint, *always], gap)) + 2 <= room:
            kept.append(hint)
    return kept


def _line(hints: Sequence[Hint], gap: str) -> Line:
    pieces: list[Piece] = []
    for key, label, _ in hints:
        if pieces:
            pieces.append((gap, ""))
        pieces.extend(((key, "key"), (f" {label}", "dim")))
    return tuple(pieces)
