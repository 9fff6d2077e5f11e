"""`shotmill status --watch`: a few lines that are written over in place, once a second, until the run ends.

The daemon is asked, not listened to: one small question a second costs it less than a stream of changes, and this
process needs no event loop. Where there is no terminal, a whole line is added whenever something changed.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError, UnreachableError
from shotmill_tui.cli import status_words
from shotmill_tui.cli.place import ACTIVE
from shotmill_tui.cli.redraw import Block
from shotmill_tui.cli.table import clipped
from shotmill_tui.cli.talk import Talk
from shotmill_tui.cli.terminal import Terminal, moves_cursor
from shotmill_tui.cli.words import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EVERY_S = 1.0
ANSWER_S = 10.0
GONE_FOR = 10.0
"""Seconds without any daemon until the watching ends; a restart takes less."""


def watch(root: Path, status: dict[str, Any], terminal: Terminal) -> int:
    """Begin with `status`, end with the run. Raises `UnreachableError` when the daemon is gone for good."""
    in_place = terminal.out.isatty() and not terminal.json and moves_cursor(os.environ)
    show = InPlace(terminal).show if in_place else Added(terminal).show
    source = Source(root)
    try:
        show(status, "")
        while status["run"]["state"] in ACTIVE:
            time.sleep(EVERY_S)
            status = source.ask() or status
            show(status, source.trouble)
    except KeyboardInterrupt:
        terminal.note("Only the watching ended, the run goes on. To stop it: shotmill stop")
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


class Source:
    """The project in whatever daemon is there; `trouble` says since when nobody answers."""

    def __init__(self, root: Path) -> None:
        self.trouble = ""
        self._root = root
        self._talk: Talk | None = None
        self._heard = time.monotonic()

    def ask(self) -> dict[str, Any] | None:
        """The status now, None without an answer."""
        status = self._answer()
        silent = time.monotonic() - self._heard
        if status is not None:
            self._heard, self.trouble = time.monotonic(), ""
        elif silent > GONE_FOR:
            raise UnreachableError(
                "The daemon is gone, and the watching ends with it. What was drawn is safe.",
                cure="shotmill start goes on",
                code="daemon_gone",
            )
        else:
            self.trouble = self.trouble or f"no answer since {clock(time.time() - silent)}, trying again"
        return status

    def _answer(self) -> dict[str, Any] | None:
        try:
            self._talk = self._talk or Talk.with_running(self._root)
            return self._talk.ask("GET", "/v1/projects/{id}", None, ANSWER_S) if self._talk is not None else None
        except ShotmillError:
            self._talk = None  # another daemon knows the project only after it was opened there
            return None


class InPlace:
    """Lines that are written over: the run, its styles, how much is for the user."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._block = Block(terminal.out)

    def show(self, status: dict[str, Any], trouble: str) -> None:
        columns = self._block.columns()
        lines = few_lines(status, time.time(), trouble, self._terminal, columns)
        most = max(1, self._rows() - 1)  # a block that is taller than the terminal can't be gone back over
        if len(lines) > most:
            lines = [*lines[: most - 1], f"  and {len(lines) - most + 1} more lines: shotmill status"][-most:]
        self._block.show([clipped(line, columns) for line in lines])

    def _rows(self) -> int:
        try:
            return os.get_terminal_size(self._terminal.out.fileno()).lines or 24
        except (OSError, ValueError):
            return 24


class Added:
    """A whole line, or with `--json` a whole object, when it says something else than the one before."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._last: object = None

    def show(self, status: dict[str, Any], trouble: str) -> None:
        said = status if self._terminal.json else one_line(status, time.time(), trouble, self._terminal)
        if said == self._last:
            return
        self._last = said
        if self._terminal.json:
            self._terminal.record(said)
        else:
            self._terminal.line(f"{clock(time.time())} {said}")
        self._terminal.out.flush()


def few_lines(status: dict[str, Any], now: float, trouble: str, terminal: Terminal, columns: int) -> list[str]:
    """The head of `shotmill status`: always as many lines for as many styles, so that none has to move."""
    run = status["run"]
    reason = trouble or status_words.reason(run)
    lines = [status_words.headline_within(columns, status, now, terminal), f"  {reason}" if reason else ""]
    lines += status_words.styles(status["styles"], now, terminal)
    waiting = len(status["for_you"])
    return [*lines, f"  {waiting} for you: shotmill status" if waiting else ""]


def one_line(status: dict[str, Any], now: float, trouble: str, terminal: Terminal) -> str:
    """The same for a file."""
    parts = [status_words.headline(status, now, terminal)]
    if status["for_you"]:
        parts.append(f"{len(status['for_you'])} for you")
    return "   ".join([*parts, trouble] if trouble else parts)
