"""Work that comes in crowds is done one piece a turn of the loop."""

from __future__ import annotations

import asyncio

from shotmill.gemini.turns import Turns


async def test_a_crowd_gets_one_turn_of_the_loop_each_in_its_order() -> None:
    turns, loop = Turns(), asyncio.get_running_loop()
    rounds, seen = 0, list[tuple[int, int]]()

    def count() -> None:
        nonlocal rounds
        rounds += 1
        loop.call_soon(count)

    async def work(number: int) -> None:
        await turns.next()
        seen.append((number, rounds))

    loop.call_soon(count)
    async with asyncio.timeout(30):
        await asyncio.gather(*(work(number) for number in range(50)))
    assert [number for number, _ in seen] == list(range(50))
    assert len({at for _, at in seen}) == 50, "two pieces of work in one turn of the loop"


async def test_who_gives_up_keeps_nobody_waiting() -> None:
    turns = Turns()
    waiting = [asyncio.create_task(turns.next()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting, return_exceptions=True)
        await turns.next()
    assert not waiting[2].cancelled()
