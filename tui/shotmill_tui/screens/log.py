"""The log of all styles, or of one: filter, wrap, follow."""

from __future__ import annotations

from collections import deque
from itertools import islice, takewhile
from typing import ClassVar

from shotmill_tui.actions import Context
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.loglines import log_block, log_line
from shotmill_tui.model import words
from shotmill_tui.model.logbook import HELD
from shotmill_tui.model.logbook import Entry as LogEntry
from shotmill_tui.model.pieces import Line, fit, plain_text, spread
from shotmill_tui.question import Entry
from shotmill_tui.screens.mill import MillScreen


class LogScreen(MillScreen):
    """Only the lines that are seen are laid out. `_anchor` is the last seen line while the reader holds still."""

    kind: ClassVar[str] = "log"

    def __init__(self) -> None:
        super().__init__()
        self._style = ""
        self._wanted = ""
        self._wrap = False
        self._anchor: int | None = None
        self._matched: deque[LogEntry] = deque(maxlen=HELD)
        self._matched_for: tuple[str, str] | None = None
        self._matched_to = 0

    def context(self) -> Context:
        session = self.mill.session
        return Context(self.kind, session.view, session.link, held=self._anchor is not None)

    def head_lines(self, room: int) -> list[Line]:
        held = self._anchor is not None
        number = len(self._lines())
        state = "held" if held else "follows"
        left: Line = ((" Log", "title"), ("   ", ""), (self._style or "all styles", "text"))
        if self._wanted:
            left = (*left, ("   lines with ", "dim"), (self._wanted, "accent"))
        right: Line = (
            (words.count(number, "line"), "dim"),
            ("   ", ""),
            (state, "again" if held else "dim"),
            (" ", ""),
        )
        return [spread(left, right, room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        names = 0 if self._style else self._style_room()
        look = self.mill.look()
        rows: list[Line] = []
        for entry in self._seen(height):
            block = log_block(entry, look, room - 2, names) if self._wrap else [log_line(entry, look, room - 2, names)]
            rows.extend(fit(((" ", ""), *line), room) for line in block)
        rows = rows[-height:]
        if not rows:
            text = "No line has it." if self._wanted else "Nothing has happened yet."
            rows = [fit(((f" {text}", "dim"),), room)]
        return [Block(0, room, [*rows, *(fit((), room) for _ in range(height - len(rows)))])]

    def _style_room(self) -> int:
        view = self.mill.session.view
        return min(16, max((len(one.name) for one in view.styles), default=0)) if view else 0

    def _lines(self) -> deque[LogEntry]:
        """All that match, oldest first. A filter looks at each line once; news are looked at as they come."""
        log = self.mill.session.log
        if self._matched_for != (self._style, self._wanted):
            self._matched_for, self._matched_to = (self._style, self._wanted), 0
            self._matched.clear()
        news = takewhile(lambda one: one.n > self._matched_to, reversed(log.of(self._style)))
        self._matched.extend(one for one in list(news)[::-1] if one.matches(self._wanted))
        self._matched_to = log.last
        return self._matched

    def _seen(self, height: int) -> list[LogEntry]:
        anchor = self._anchor
        lines = self._lines()
        seen = (one for one in reversed(lines) if anchor is None or one.n <= anchor)
        return list(islice(seen, height))[::-1]

    def move(self, key: str) -> None:
        lines = self._lines()
        if not lines:
            return
        page = max(1, self.size.height - 4)
        steps = {"up": 1, "pageup": page, "home": len(lines), "down": -1, "pagedown": -page, "end": -len(lines)}
        newer = sum(1 for one in lines if one.n > self._anchor) if self._anchor is not None else 0
        back = min(newer + steps.get(key, 0), max(0, len(lines) - page))
        self._anchor = lines[-1 - back].n if back > 0 else None
        self.redraw()

    def digit(self, number: int) -> None:
        view = self.mill.session.view
        if view is not None and number <= len(view.styles):
            self._style, self._anchor = view.styles[number - 1].name, None
            self.redraw()

    def do_all(self) -> None:
        self._style, self._anchor = "", None
        self.redraw()

    def do_follow(self) -> None:
        self._anchor = None
        self.redraw()

    def do_wrap(self) -> None:
        self._wrap = not self._wrap
        self.redraw()

    def do_find(self) -> None:
        self.ask(Entry("lines with", self._wanted, self._filter, self._filter))

    def _filter(self, value: str) -> None:
        self._wanted, self._anchor = value, None

    def do_back(self) -> None:
        if self._wanted:
            self._filter("")
            self.redraw()
        else:
            super().do_back()

    def copied(self) -> list[str]:
        look = self.mill.look()
        return [
            plain_text(log_line(entry, look, 200, self._style_room())).rstrip() for entry in list(self._lines())[-500:]
        ]
