"""The log of all styles, or of one: level, words, search, wrap, follow."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.loglines import log_lines
from shotmill_tui.model import words
from shotmill_tui.model.lens import Lens
from shotmill_tui.model.pieces import Line, fit, spread
from shotmill_tui.question import Entry
from shotmill_tui.reasons import Context
from shotmill_tui.screens.logs import LogActions


class LogScreen(LogActions):
    """Only the lines that are seen are laid out. `held_at` is the last seen line while the reader holds still."""

    kind: ClassVar[str] = "log"

    def __init__(self) -> None:
        super().__init__()
        self._style = ""
        self.held_at: int | None = None

    def log_style(self) -> str:
        return self._style

    def context(self) -> Context:
        session = self.mill.session
        return Context(self.kind, session.view, session.link, held=self.held_at is not None, **self.log_context())

    def head_lines(self, room: int) -> list[Line]:
        log, lens = self.mill.session.log, self.reading.lens
        held = self.held_at is not None
        number = len(log.of(self._style, lens))
        newer = f"held, {words.thousands(log.newer(self._style, self.held_at, lens))} newer" if held else "follows"
        left: Line = ((" Log", "title"), ("   ", ""), (self._style or "all styles", "text"), ("   ", ""), *lens.told())
        if lens.search:
            left = (*left, ("   search ", "dim"), (lens.search, "accent"))
        right: Line = (
            (words.count(number, "line"), "dim"),
            ("   ", ""),
            (newer, "again" if held else "dim"),
            (" ", ""),
        )
        return [spread(left, right, room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        names = 0 if self._style else self._style_room()
        look, log = self.mill.look(), self.mill.session.log
        lines = log_lines(log, self._style, self.held_at, self.reading, look, max(1, room - 2), height, names)
        rows = [fit(((" ", ""), *line), room) for line in lines]
        if not rows:
            rows = [fit(((" Nothing has happened yet.", "dim"),), room)]
        return [Block(0, room, [*rows, *(fit((), room) for _ in range(height - len(rows)))])]

    def _style_room(self) -> int:
        view = self.mill.session.view
        return min(16, max((len(one.name) for one in view.styles), default=0)) if view else 0

    def move(self, key: str) -> None:
        page = max(1, self.size.height - 4)
        steps = {"up": 1, "pageup": page, "home": 1_000_000, "down": -1, "pagedown": -page, "end": -1_000_000}
        log, lens = self.mill.session.log, self.reading.lens
        self.held_at = log.moved(self._style, self.held_at, steps.get(key, 0), page, lens)
        self.redraw()

    def digit(self, number: int) -> None:
        view = self.mill.session.view
        if view is not None and number <= len(view.styles):
            self._style, self.held_at = view.styles[number - 1].name, None
            self.redraw()

    def do_all(self) -> None:
        self._style, self.held_at = "", None
        self.redraw()

    def do_find(self) -> None:
        self.ask(Entry("search:", self.reading.lens.search, self._typed, self._searched, "goes there"))

    def _typed(self, value: str) -> None:
        self.held_at = None
        if value.strip():
            lens = replace(self.reading.lens, search=value.strip())
            found = self.mill.session.log.found(self._style, None, -1, lens)
            self.held_at = found.n if found else None
        self.look_through(replace(self.reading.lens, search=value.strip()))

    def _searched(self, value: str) -> None:
        if value.strip() and not self.search(value):
            self.mill.notice(f"No line has {value}")
        elif not value.strip():
            self._typed("")

    def do_back(self) -> None:
        """First the search, then the filter go; then the screen."""
        lens = self.reading.lens
        if lens.search:
            self._typed("")
        elif not lens.clear:
            self.held_at = None
            self.look_through(Lens())
        else:
            super().do_back()

    def copied(self) -> list[str]:
        return self.log_text(self._style_room())
