"""A panel's box: round, dim, in the accent where the focus is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shotmill_tui.model.pieces import Line, crop, fit, width


@dataclass(frozen=True, slots=True)
class Frame:
    """Draws lines of exactly `room` cells, two of them the sides and two the margins beside the sides."""

    room: int
    focused: bool = False
    plain: bool = False

    @property
    def inner(self) -> int:
        return max(0, self.room - 4)

    @property
    def _role(self) -> str:
        return "focus" if self.focused else "line"

    def row(self, content: Iterable[tuple[str, str]] = ()) -> Line:
        side = "|" if self.plain else "│"
        return ((side, self._role), (" ", ""), *fit(content, self.inner), (" ", ""), (side, self._role))

    def top(self, title: Line) -> Line:
        return self._rule("++" if self.plain else "╭╮", title)

    def section(self, title: Line) -> Line:
        return self._rule("++" if self.plain else "├┤", title)

    def bottom(self, title: Line = ()) -> Line:
        return self._rule("++" if self.plain else "╰╯", title)

    def _rule(self, corners: str, title: Line) -> Line:
        thin = "-" if self.plain else "─"
        kept = crop(title, max(0, self.room - 4))
        used = width(kept) + 2 if kept else 0
        named: Sequence[tuple[str, str]] = ((" ", ""), *kept, (" ", "")) if kept else ()
        fill = max(0, self.room - 2 - used)
        return ((corners[0], self._role), *named, (thin * fill + corners[1], self._role))
