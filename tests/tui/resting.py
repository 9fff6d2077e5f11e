"""An app is at rest when its event loop and its threads have nothing left to do, and nothing is to be drawn.

Textual's own `wait_for_idle` sleeps 20 ms at a time until the process uses little of a processor meanwhile, twice a
key, and gives up after a second: minutes of a suite, and a busy machine would decide what a test sees.
"""

from __future__ import annotations

import asyncio
from typing import Any

from textual._context import active_app
from textual.app import App

PATIENCE_S = 60.0
ROUNDS = 2
"""The first one may have begun before a socket had news."""


async def at_rest(*_: float) -> None:
    """Until nothing is to be done before a timer of the app's own is due, or somebody else acts."""
    loop: Any = asyncio.get_running_loop()
    quiet = 0
    async with asyncio.timeout(PATIENCE_S):
        while quiet < ROUNDS:
            is_working = threads_work(loop)
            await asyncio.sleep(0.001 if is_working else 0)
            quiet = 0 if is_working or loop._ready or _next_frame(active_app.get()) else quiet + 1


def threads_work(loop: Any) -> bool:
    """Whether what was handed over by `asyncio.to_thread` is still under way."""
    threads = loop._default_executor
    return threads is not None and len(threads._threads) > threads._idle_semaphore._value


def _next_frame(app: App[object]) -> bool:
    """What the app would do at its next frame, done now: take over its new size, paint. False where that is nothing."""
    if app._resize_event is not None:
        app._check_resize()
        return True
    screen = app.screen
    waits: bool = screen._update_timer._active.is_set()
    if waits:
        screen._on_timer_update()
    return waits
