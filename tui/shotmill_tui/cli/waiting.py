"""Stay with a run until it ends: a block of bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

from shotmill.client.connection import DaemonConnection
from shotmill.client.link import (
    Connection,
    DaemonGone,
    LinkChanged,
    LinkState,
    Reconnecting,
    SnapshotArrived,
    Stale,
    Update,
)
from shotmill.errors import ExitCode, UnreachableError
from shotmill_tui.cli.ending import ALL, Chosen, Grid, exit_code, told
from shotmill_tui.cli.place import ACTIVE, folders
from shotmill_tui.cli.progress import Progress
from shotmill_tui.cli.redraw import Block
from shotmill_tui.cli.terminal import Terminal, moves_cursor
from shotmill_tui.cli.words import clock

GONE_FOR = 5.0
"""Seconds without any daemon until the waiting ends; a restart takes less."""

FRAME, LINE_EVERY = 0.25, 15.0
"""Seconds between two looks at the bars, and between two lines where there is no terminal."""


def wait_for_end(root: Path, terminal: Terminal, chosen: Chosen = ALL, *, silent: bool = False) -> int:
    """The exit code of the end of a run for the chosen beats. Ctrl-C ends the waiting only, and says so.

    `silent`: nothing was started, so there is nothing to tell, only an exit code and, for `--json`, the status.
    """
    wait = Wait(DaemonConnection(folders(), root, os.environ), terminal, silent=silent)
    try:
        status = asyncio.run(wait.end())
    except KeyboardInterrupt:
        terminal.note("Only the waiting ended, the run goes on.")
        terminal.note("Back: shotmill    Stop: shotmill stop    How far: shotmill status")
        return ExitCode.INTERRUPTED
    if terminal.json:
        terminal.data(status)
    elif not silent:
        for line in told(status, terminal):
            terminal.note(line)
    if silent:  # how an earlier run ended is not this command's end
        status = {**status, "run": {**status["run"], "state": "finished", "reason": ""}}
    return exit_code(status, chosen, wait.grid)


class Wait:
    """One wait for one run."""

    def __init__(self, connection: Connection, terminal: Terminal, *, silent: bool = False) -> None:
        self.grid: Grid | None = None
        self._silent = silent
        self._connection = connection
        self._terminal = terminal
        self._progress = Progress(terminal)
        self._link: LinkState | None = None
        self._changed = True

    @property
    def _on_terminal(self) -> bool:
        return self._terminal.err.isatty() and moves_cursor(os.environ)

    async def end(self) -> dict[str, Any]:
        """The status when the run is over. Raises `UnreachableError` when the daemon is gone for good."""
        drawing = asyncio.create_task(self._draw())
        listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait([drawing, listening], return_when=asyncio.FIRST_COMPLETED)
            if drawing.done():
                drawing.result()
            return await listening
        finally:
            for task in (drawing, listening):
                task.cancel()
            await asyncio.gather(drawing, listening, return_exceptions=True)

    async def _listen(self) -> dict[str, Any]:
        async with aclosing(self._connection.updates()) as updates:  # type: ignore[type-var]
            async for update in updates:
                status = self._heard(update)
                if status is not None and self._is_over(status):
                    return status
        raise UnreachableError("The daemon's news ended.", cure="shotmill status")

    def _heard(self, update: Update) -> dict[str, Any] | None:
        self._changed = True
        if isinstance(update, LinkChanged):
            self._link = update.state
            return None
        if isinstance(update, SnapshotArrived):
            news = update.snapshot
            self.grid = Grid(news)
        else:
            news = update.change
            if self.grid is not None:
                self.grid.apply(news.get("beats", ()))
        status: dict[str, Any] | None = news.get("status")
        if status is not None:
            self._progress.hear(status, time.time())
            if not self._on_terminal and not self._silent:
                for line in self._progress.news(time.time()):
                    self._terminal.note(line)
        return status

    def _is_over(self, status: dict[str, Any]) -> bool:
        run = status["run"]
        if run["state"] in ACTIVE:
            return False
        if self._silent:
            return True
        if run.get("reason") == "restart":
            return False  # the next daemon goes on with it
        if run.get("reason") == "interrupted":
            raise _died()
        return True

    async def _draw(self) -> None:
        """Show what there is to show; ends only by raising, when the daemon stays away."""
        on_terminal = self._on_terminal and not self._terminal.json and not self._silent
        block = Block(self._terminal.err)
        last_line = last_frame = time.monotonic()
        try:
            while True:
                self._give_up_when_gone()
                now = time.monotonic()
                if on_terminal and (self._changed or now - last_frame >= 1):
                    block.show(self._progress.lines(time.time(), block.columns(), _trouble(self._link)))
                    last_frame, self._changed = now, False
                elif not on_terminal and self._changed and now - last_line >= LINE_EVERY:
                    self._terminal.note(self._progress.plain(time.time()))
                    last_line, self._changed = now, False
                await asyncio.sleep(FRAME)
        finally:
            if on_terminal:
                block.show(self._progress.lines(time.time(), block.columns(), why=False))  # the end's words follow

    def _give_up_when_gone(self) -> None:
        if isinstance(self._link, DaemonGone) and time.time() - self._link.since > GONE_FOR:
            raise _died()


def _trouble(link: LinkState | None) -> str:
    if isinstance(link, Stale | Reconnecting):
        return f"as of {clock(link.since)}, trying again"
    return "daemon gone" if isinstance(link, DaemonGone) else ""


def _died() -> UnreachableError:
    return UnreachableError(
        "The daemon ended while the run was on. Nothing is being drawn; what was drawn is safe.",
        cure="shotmill start --wait goes on",
        code="daemon_gone",
    )
