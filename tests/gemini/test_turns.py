"""Work that comes in crowds is done a few pieces a round of the loop."""

from __future__ import annotations

import asyncio
from collections import Counter

from shotmill.gemini.turns import AT_ONCE, Turns


async def test_a_crowd_is_let_through_a_few_at_a_time_in_its_order() -> None:
    turns, loop = Turns(), asyncio.get_running_loop()
    rounds, seen = 0, list[tuple[int, int]]()

    def count() -> None:
        nonlocal rounds
        rounds += 1
        loop.call_soon(count)

    async def work(number: int, times: int) -> None:
        for _ in range(times):
            await turns.next()
            seen.append((number, rounds))

    loop.call_soon(count)
    async with asyncio.timeout(30):
        await asyncio.gather(*(work(number, 1) for number in range(50)))
        assert [number for number, _ in seen] == list(range(50))
        await asyncio.gather(*(work(number, 20) for number in range(20)))
    assert len(seen) == 450
    assert max(Counter(at for _, at in seen).values()) <= AT_ONCE


async def test_without_a_crowd_nobody_waits() -> None:
    turns = Turns()
    for _ in range(3):
        for _ in range(AT_ONCE):
            alone = turns.next()
            try:
                alone.send(None)
            except StopIteration:
                continue
            raise AssertionError("it waited")
        await asyncio.sleep(0)


async def test_who_gives_up_keeps_nobody_waiting() -> None:
    turns = Turns()
    waiting = [asyncio.create_task(turns.next()) for _ in range(3 * AT_ONCE)]
    await asyncio.sleep(0)
    for task in waiting[AT_ONCE:-1]:
        task.cancel()
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting, return_exceptions=True)
        await turns.next()
    assert not waiting[-1].cancelled()
