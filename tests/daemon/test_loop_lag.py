"""What the daemon says of its event loop's stalls is what they were."""

from __future__ import annotations

import asyncio
import selectors
import socket
import time
from typing import Any

from shotmill.daemon.loop_lag import KEPT, LoopLag, TimedSelector, loop_that_tells


class Waits(selectors.BaseSelector):
    """A selector that takes as long as it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.takes = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += self.takes
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        raise NotImplementedError

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        raise NotImplementedError

    def get_map(self) -> Any:
        return {}


def test_a_stall_of_any_length_is_seen_wherever_it_falls() -> None:
    lag = LoopLag()

    async def stalls() -> None:
        keeping = asyncio.create_task(lag.keep())
        await asyncio.sleep(0.001)  # between two wakes of the one that keeps
        time.sleep(0.06)  # noqa: ASYNC251 - the stall
        await asyncio.sleep(0)
        keeping.cancel()

    with asyncio.Runner(loop_factory=lambda: loop_that_tells(lag)) as runner:
        runner.run(stalls())
    assert lag.describe()["max"] >= 60


def test_waiting_is_no_stall_and_waking_late_is() -> None:
    inner, lag = Waits(), LoopLag()
    selector = TimedSelector(lag, inner, lambda: inner.now)
    inner.takes = 5.0
    selector.select(None)
    selector.select(5.0)
    assert lag.describe() == {"p50": 0.0, "max": 0.0}
    inner.takes = 0.061
    selector.select(0.0)  # it wanted only to look, and had to wait for the interpreter's lock
    assert lag.describe()["max"] == 60.0
    inner.takes = 0.0
    inner.now += 0.2  # callbacks ran
    selector.select(1.0)
    assert lag.describe()["max"] == 200.0


def test_the_longest_of_each_window_counts_for_a_minute() -> None:
    lag = LoopLag()
    for turn in (0.001, 0.08, 0.002):
        lag.turn(turn)
    lag.next_window()
    for _ in range(KEPT - 1):
        lag.turn(0.003)
        lag.next_window()
    assert lag.describe() == {"p50": 3.0, "max": 80.0}
    lag.next_window()
    assert lag.describe()["max"] == 3.0


def test_the_loop_works_as_any_other() -> None:
    async def talk() -> bytes:
        here, there = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=here)
        there.sendall(b"whole")
        there.close()
        answer = await reader.read()
        writer.close()
        process = await asyncio.create_subprocess_exec("true")
        assert await process.wait() == 0
        return answer

    with asyncio.Runner(loop_factory=lambda: loop_that_tells(LoopLag())) as runner:
        assert runner.run(talk()) == b"whole"
