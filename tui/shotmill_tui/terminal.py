"""A screen and its terminal part in good order, whatever ends them: a key, a signal, a closed line."""

from __future__ import annotations

import asyncio
import contextlib
import locale
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import tzinfo
from pathlib import Path

from shotmill.client.link import Connection
from shotmill_tui.app import ShotmillApp
from shotmill_tui.preferences import Preferences
from shotmill_tui.reach import Reach
from shotmill_tui.themes import DEFAULT, Palette
from shotmill_tui.workplace import Workplace

WATCHDOG_S = 1.0
OWN_COLOURS = "terminal"
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def speaks_utf8() -> bool:
    """Whether this terminal's locale can show the drawn marks."""
    return "utf" in (locale.nl_langinfo(locale.CODESET) or "").lower()


def fitting(theme: str, environ: Mapping[str, str]) -> str:
    """The theme for this terminal: one of 16 colours gets its own unless the user chose another, for rounding a
    theme's colours to those would leave its readability to chance. 256 colours are near enough."""
    from rich.console import Console

    colours = Console(force_terminal=True, _environ=environ).color_system
    return OWN_COLOURS if theme == DEFAULT and colours == "standard" else theme


def draws_here() -> bool:
    """Whether the screen can be shown: it is read from standard input and drawn to standard error."""
    streams = sys.__stdin__, sys.__stdout__, sys.__stderr__
    return all(stream is not None and stream.isatty() for stream in streams)


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
    workplace: Workplace | None = None,
    reach: Reach | None = None,
    preferences: Preferences | None = None,
) -> str | None:
    """Shows the screen until the person leaves; what the shell should say then. `plain` None asks the locale.
    Raises what kept the daemon from being reached.

    A hang-up or SIGTERM leaves as `d` does. The terminal is restored; where that hangs (a closed line may never
    take another byte), a watchdog ends the process a second later, so that no orphan stays.
    """
    app = ShotmillApp(
        connection,
        theme=fitting(theme, os.environ),
        themes=themes,
        plain=not speaks_utf8() if plain is None else plain,
        timezone=timezone,
        now=now,
        remember=remember,
        mouse=mouse,
        workplace=workplace,
        reach=reach,
        preferences=preferences,
    )
    said = asyncio.run(_run(app))
    if app.refused is not None:
        raise app.refused
    return said


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
    when_hung_up(sys.__stdin__.fileno() if sys.__stdin__ else 0, lambda: _end_from_thread(loop, end))
    try:
        return await app.run_async()
    finally:
        for watchdog in watchdogs:
            watchdog.cancel()
        for one in _ENDING:
            loop.remove_signal_handler(one)


def when_hung_up(descriptor: int, tell: Callable[[], None]) -> None:
    """Call `tell` from a thread when the line behind a terminal is closed.

    The kernel sends SIGHUP to the session that owns the terminal; under nohup, or in a session without one, nobody is
    told, and reading on would find the end of input for ever.
    """
    line = select.poll()
    line.register(descriptor, 0)  # a hang-up and an error are always told

    def wait() -> None:
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in line.poll()):
            tell()

    threading.Thread(target=wait, name="hang-up", daemon=True).start()


def _end_from_thread(loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> None:
    """The loop may be stuck in a write that nobody reads any more: the watchdog does not ask it."""
    watchdog = threading.Timer(2 * WATCHDOG_S, os._exit, (128 + signal.SIGHUP,))
    watchdog.daemon = True
    watchdog.start()
    with contextlib.suppress(RuntimeError):  # the loop is closed: the screen has left already
        loop.call_soon_threadsafe(end, int(signal.SIGHUP))
