"""How long the event loop does not listen: the time of each of its turns, from one look at its sockets to the next.

A probe that sleeps and sees how late it wakes misses what begins and ends while it sleeps.
"""

from __future__ import annotations

import asyncio
import selectors
import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Any

WINDOW_S = 0.1
KEPT = 600
"""Windows: the last minute."""
_GRAIN_S = 0.001  # epoll waits in whole milliseconds, and rounds up


class LoopLag:
    """The longest stall of each tenth of a second, for the last minute."""

    def __init__(self) -> None:
        self._longest_s = 0.0
        self._windows: deque[float] = deque(maxlen=KEPT)

    def turn(self, seconds: float) -> None:
        """The loop was away for so long: it ran callbacks, or waited for the interpreter's lock."""
        if seconds > self._longest_s:
            self._longest_s = seconds

    def next_window(self) -> None:
        self._windows.append(self._longest_s)
        self._longest_s = 0.0

    def describe(self) -> dict[str, float]:
        """In milliseconds: `p50` of the windows' longest stalls, and the longest of all."""
        windows = [*self._windows, self._longest_s]
        return {"p50": round(statistics.median(windows) * 1000, 2), "max": round(max(windows) * 1000, 2)}

    async def keep(self) -> None:
        """Go from window to window; the wakes of this also show a loop that wakes late."""
        while True:
            await asyncio.sleep(WINDOW_S)
            self.next_window()


class TimedSelector(selectors.BaseSelector):
    """The system's best selector, which tells how long it was not asked.

    What it took longer than it was told to wait counts too: the loop's thread had to wait for the interpreter's lock.
    """

    def __init__(
        self,
        lag: LoopLag,
        inner: selectors.BaseSelector | None = None,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._lag = lag
        self._inner = inner or selectors.DefaultSelector()
        self._now = now
        self._left_at = now()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        asked_at = self._now()
        ready = self._inner.select(timeout)
        came_at = self._now()
        waited = came_at - asked_at
        late = max(0.0, waited - max(0.0, timeout) - _GRAIN_S) if timeout is not None else 0.0
        self._lag.turn(asked_at - self._left_at + late)
        self._left_at = came_at
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.get_key(fileobj)

    def get_map(self) -> Any:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()


def loop_that_tells(lag: LoopLag) -> asyncio.AbstractEventLoop:
    """An event loop like any other that tells `lag` of its turns."""
    return asyncio.SelectorEventLoop(TimedSelector(lag))
