"""Progress files for older tools: mirrors of the board, replaced at most once a second and always at a stop."""

from __future__ import annotations

import asyncio

from shotmill.engine.board import DRAWN, Beat, Board
from shotmill.engine.tools import Tools
from shotmill.takes.layout import Layout
from shotmill.takes.progress import write_progress

PAUSE_S = 1.0


class ProgressMirror:
    """Writes `image_progress_{style}.json` of every style whose drawn beats changed."""

    def __init__(self, layout: Layout, tools: Tools) -> None:
        self._layout = layout
        self._tools = tools
        self._board: Board | None = None
        self._drawn: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._task: asyncio.Task[None] | None = None

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
        """Write what is outstanding now."""
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
        try:
            await self._tools.in_thread(
                lambda: write_progress(self._layout.progress(name), completed, self._tools.clock.now())
            )
        except OSError:
            self._dirty.add(name)  # a mirror is no record: the next change or the stop writes it
