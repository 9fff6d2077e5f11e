"""Reading a log: level, words, search, wrap, follow; with the same keys on the floor and on the log's own screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from shotmill_tui.drawing.loglines import Reading, log_line
from shotmill_tui.model.lens import Lens
from shotmill_tui.model.pieces import plain_text
from shotmill_tui.question import Entry
from shotmill_tui.screens.runs import RunActions

MOST_COPIED = 2000


class LogContext(TypedDict):
    sifted: bool
    searched: bool


class LogActions(RunActions):
    """A child says whose log it is and where its reader holds it."""

    held_at: int | None

    def log_style(self) -> str:
        """The style whose log is read; empty for all."""
        raise NotImplementedError

    @property
    def reading(self) -> Reading:
        return self.mill.session.desk.reading

    def log_context(self) -> LogContext:
        lens = self.reading.lens
        return {"sifted": not lens.clear, "searched": bool(lens.search)}

    def look_through(self, lens: Lens) -> None:
        session = self.mill.session
        session.desk = replace(session.desk, reading=replace(self.reading, lens=lens))
        self.redraw()

    def do_level(self) -> None:
        self.held_at = None
        self.look_through(self.reading.lens.next_level())
        told = {"": "everything", "warning": "warnings and errors", "error": "errors only"}[self.reading.lens.level]
        self.mill.notice(f"Log: {told}")

    def do_filter(self) -> None:
        self.ask(Entry("lines with (!word: without):", self.reading.lens.words, self._sift, self._sift))

    def _sift(self, value: str) -> None:
        self.held_at = None
        self.look_through(replace(self.reading.lens, words=value))

    def do_wrap(self) -> None:
        session = self.mill.session
        session.desk = replace(session.desk, reading=replace(self.reading, wrap=not self.reading.wrap))
        self.redraw()
        self.mill.notice("Long lines are wrapped" if self.reading.wrap else "Long lines are cut")

    def do_follow(self) -> None:
        self.held_at = None
        self.redraw()

    def search(self, value: str) -> bool:
        """Holds the log at the newest line that has it; False where none has."""
        lens = replace(self.reading.lens, search=value.strip())
        found = self.mill.session.log.found(self.log_style(), None, -1, lens)
        self.look_through(lens if found else replace(lens, search=""))
        if found is not None:
            self.held_at = found.n
            self.redraw()
        return found is not None

    def do_match(self) -> None:
        self._step_match(1)

    def do_match_before(self) -> None:
        self._step_match(-1)

    def _step_match(self, step: int) -> None:
        lens = self.reading.lens
        found = self.mill.session.log.found(self.log_style(), self.held_at, step, lens)
        if found is None:
            way = "newer" if step > 0 else "older"
            self.mill.notice(f"No {way} line has {lens.search}")
            return
        self.held_at = found.n
        self.redraw()

    def log_text(self, names: int) -> list[str]:
        """The lines that are looked at, as text."""
        look, log = self.mill.look(), self.mill.session.log
        entries = list(log.of(self.log_style(), self.reading.lens))[-MOST_COPIED:]
        return [plain_text(log_line(entry, look, 200, names)).rstrip() for entry in entries]
