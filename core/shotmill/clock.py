"""Time is injected: everything that waits or stamps asks a `Clock`, so that tests and estimates can bring their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch that never step backwards within a process, and a way to sleep by them."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock, anchored once to the wall and then counted by a clock that nobody can set.

    The count goes on through suspend (`CLOCK_BOOTTIME` on Linux), so a window of a minute stays a minute
    when a laptop sleeps or the wall clock is corrected.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] | None = None) -> None:
        self._steady = steady or _steady
        self._anchor = wall() - self._steady()

    def now(self) -> float:
        return self._anchor + self._steady()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


def _steady() -> float:
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def iso(seconds: float) -> str:
    """A moment as the contract writes it: UTC, to the millisecond, with a `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> float:
    """The inverse of `iso`; raises ValueError for anything that is not a moment."""
    return datetime.fromisoformat(text).timestamp()
