"""A screen and its terminal part in good order, whatever ends them: a key, a signal, a closed line."""

from __future__ import annotations

import asyncio
import locale
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from shotmill.client.link import Connection
from shotmill_tui.app import ShotmillApp
from shotmill_tui.themes import DEFAULT, Palette

WATCHDOG_S = 1.0
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def speaks_utf8() -> bool:
    """Whether this terminal's locale can show the drawn marks."""
    return "utf" in (locale.nl_langinfo(locale.CODESET) or "").lower()


def run_screen(
    connection: Connection,
    *,
    theme: str = DEFAULT,
    themes: dict[str, Palette] | None = None,
    plain: bool | None = None,
    timezone: tzinfo | None = None,
    now: Callable[[], float] = time.time,
    remember: Path | None = None,
    mouse: bool = True,
) -> str | None:
    """Shows the screen until the person leaves; what the shell should say then. `plain` None asks the locale.

    A hang-up or SIGTERM leaves as `d` does. The terminal is restored; where that hangs (a closed line may never
    take another byte), a watchdog ends the process a second later, so that no orphan stays.
    """
    app = ShotmillApp(
        connection,
        theme=theme,
        themes=themes,
        plain=not speaks_utf8() if plain is None else plain,
        timezone=timezone,
        now=now,
        remember=remember,
        mouse=mouse,
    )
    return asyncio.run(_run(app))


async def _run(app: ShotmillApp) -> str | None:
    loop = asyncio.get_running_loop()
    watchdogs: list[threading.Timer] = []

    def end(number: int) -> None:
        watchdog = threading.Timer(WATCHDOG_S, os._exit, (128 + number,))
        watchdog.daemon = True
        watchdog.start()
        watchdogs.append(watchdog)
        app.leave()

    for one in _ENDING:
        loop.add_signal_handler(one, end, int(one))
    try:
        return await app.run_async()
    finally:
        for watchdog in watchdogs:
            watchdog.cancel()
        for one in _ENDING:
            loop.remove_signal_handler(one)
