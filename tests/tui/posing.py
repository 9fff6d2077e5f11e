"""Bringing a screen to where its picture is taken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC
from itertools import groupby
from typing import Any

from textual import events
from textual.pilot import Pilot

from shotmill_tui.app import ShotmillApp
from tui.sample import NOW
from tui.scripted import ScriptedConnection
from tui.still import settled, still

Size = tuple[int, int]
SIZES: tuple[Size, ...] = ((80, 24), (120, 36), (200, 50))


def as_name(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def an_app(connection: ScriptedConnection, **options: Any) -> ShotmillApp:
    """With the sample's clock."""
    return ShotmillApp(connection, timezone=UTC, now=lambda: NOW, **options)


@asynccontextmanager
async def posed(app: ShotmillApp, size: Size, keys: Iterable[str] = ()) -> AsyncIterator[Pilot[str]]:
    """The app at rest, after keys (`paste …` hands over a text as a terminal does)."""
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        await press(app, pilot, keys)
        yield pilot


async def press(app: ShotmillApp, pilot: Pilot[str], keys: Iterable[str]) -> None:
    for pasted, together in groupby(keys, lambda key: key.startswith("paste ")):
        if pasted:
            for key in together:
                app.post_message(events.Paste(key.removeprefix("paste ")))
        else:
            await pilot.press(*together)
        await settled(app, pilot)


async def resized(app: ShotmillApp, pilot: Pilot[str], size: Size) -> None:
    if app.size != size:
        await pilot.resize_terminal(*size)
        await settled(app, pilot)


async def in_each_layout(app: ShotmillApp, keys: Iterable[str] = ()) -> str:
    """The same picture in each size, below each other, in the theme that is worn."""
    async with posed(app, SIZES[0], keys) as pilot:
        taken = []
        for size in SIZES:
            await resized(app, pilot, size)
            taken.append(still(app))
    return "\n".join(taken)
