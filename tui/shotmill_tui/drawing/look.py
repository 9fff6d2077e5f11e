"""What every drawing needs beside the picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from shotmill_tui.model.marks import Mark
from shotmill_tui.model.pieces import Piece


@dataclass(frozen=True, slots=True)
class Look:
    """`now` in epoch seconds, `zone` the user's (None: the machine's), `plain` for the marks without UTF-8."""

    now: float
    zone: tzinfo | None
    plain: bool = False

    def mark(self, mark: Mark) -> Piece:
        return mark.plain if self.plain else mark.drawn, mark.role
