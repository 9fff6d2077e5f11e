"""Running the app headless in tests: a fixed clock and zone, and its screen as text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from textual import events
from textual.pilot import Pilot

from shotmill_tui.app import ShotmillApp
from tui.sample import NOW
from tui.scripted import ScriptedConnection, playing


@dataclass
class Driven:
    """The app, its connection, and a clock that tests set."""

    app: ShotmillApp
    connection: ScriptedConnection
    pilot: Pilot[str]
    clock: list[float] = field(default_factory=lambda: [NOW])

    async def settle(self) -> None:
        """Everything that was sent is reduced and painted."""
        await self.pilot.pause()
        while busy := [one for one in self.app.workers if one.name != "news"]:
            await self.app.workers.wait_for_complete(busy)
        self.app.flush()
        await self.pilot.pause()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for what another thread brings about."""
        async with asyncio.timeout(60):
            while not holds():
                await self.pilot.pause(0.01)
                self.app.flush()

    async def press(self, *keys: str) -> list[str]:
        await self.pilot.press(*keys)
        await self.settle()
        return self.rows()

    async def paste(self, text: str) -> None:
        """As a terminal hands over what was pasted."""
        self.app.post_message(events.Paste(text))
        await self.settle()

    def rows(self) -> list[str]:
        """What stands on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()  # as Textual's own test helpers read it
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.rows())

    @property
    def second(self) -> str:
        return self.rows()[1]

    @property
    def foot(self) -> str:
        return self.rows()[-1]


@asynccontextmanager
async def driven(
    connection: ScriptedConnection | None = None, size: tuple[int, int] = (120, 36), **options: Any
) -> AsyncIterator[Driven]:
    clock = [NOW]
    connection = connection or playing()
    app = ShotmillApp(connection, timezone=UTC, now=lambda: clock[0], **options)
    async with app.run_test(size=size) as pilot:
        driver = Driven(app, connection, pilot, clock)
        await driver.settle()
        yield driver
