"""What every drawing needs beside the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo

from shotmill_tui.actions import USUAL
from shotmill_tui.model.hints import Keys
from shotmill_tui.model.marks import Mark
from shotmill_tui.model.pieces import Line, Piece


@dataclass(frozen=True, slots=True)
class Look:
    """`now` in epoch seconds, `zone` the user's (None: the machine's), `plain` for the marks without UTF-8;
    `keys` are those that lines name; `is_gone` while no daemon is there, so that nothing is on its way."""

    now: float
    zone: tzinfo | None
    plain: bool = False
    keys: Keys = field(default_factory=lambda: USUAL)
    is_gone: bool = False

    def hint(self, action: str, words: str) -> Line:
        """`k to mend`; nothing where the action has no key."""
        key = self.keys.get(action)
        return ((key, "key"), (f" {words}", "dim")) if key else ()

    def mark(self, mark: Mark) -> Piece:
        return mark.plain if self.plain else mark.drawn, mark.role
