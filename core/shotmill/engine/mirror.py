"""Progress files for older tools: mirrors of the board, replaced at most once a second and always at a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from shotmill.engine.beat import DRAWN, Beat
from shotmill.engine.board import Board
from shotmill.engine.home import Home
from shotmill.engine.tools import Tools
from shotmill.errors import ShotmillError
from shotmill.takes.layout import Layout
from shotmill.takes.place import UnsafePlaceError, place_error
from shotmill.takes.progress import write_progress

PAUSE_S = 1.0


class ProgressMirror:
    """Writes `image_progress_{style}.json` of every style whose drawn beats changed.

    One that can't be written costs no image and ends no run: it is told once for each reason, and tried again.
    """

    def __init__(self, layout: Layout, home: Home, tools: Tools, tell: Callable[[str], None]) -> None:
        self._layout = layout
        self._home = home
        self._tools = tools
        self._board: Board | None = None
        self._drawn: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._tell = tell
        self._told: dict[str, str] = {}

    def watch(self, board: Board) -> None:
        self._board = board
        self._drawn = {style.name: style.drawn for style in board.styles}

    def changed(self, beat: Beat) -> None:
        """A beat changed; the file is written soon if the number of drawn ones is another now."""
        if self._drawn.get(beat.style) == beat.lane.drawn:
            return
        self._drawn[beat.style] = beat.lane.drawn
        self._dirty.add(beat.style)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._soon())

    async def settle(self) -> None:
        """Write every style anew: also what changed without us, as an older tool's file that tells of no image."""
        for style in self._board.styles if self._board else ():
            if style.drawn or self._layout.progress(style.name).exists():
                self._dirty.add(style.name)
        await self.flush()

    async def flush(self) -> None:
        """Write what is outstanding now; one at a time, since a file that can't be read is moved aside first."""
        async with self._writing:
            dirty, self._dirty = self._dirty, set()
            for name in dirty:
                await self._write(name)

    async def _soon(self) -> None:
        while self._dirty:
            await self.flush()
            await self._tools.clock.sleep(PAUSE_S)

    async def _write(self, name: str) -> None:
        style = self._board.style(name) if self._board else None
        if style is None:
            return
        completed = [beat.id for beat in style.beats if beat.state in DRAWN]
        path = self._layout.progress(name)

        def write() -> Path | None:
            self._home.require()
            return write_progress(path, completed, self._tools.clock.now())

        try:
            kept = await self._tools.in_thread(write)
        except (OSError, UnsafePlaceError) as error:
            self._dirty.add(name)
            trouble = error if isinstance(error, ShotmillError) else place_error(path, error)
            said = f"older tools are not told how far {name} is: {trouble.told}"
        else:
            said = f"{path.name} could not be read and is kept as {kept.name}" if kept is not None else ""
        if said and said != self._told.get(name):
            self._tell(said)
        self._told[name] = said
