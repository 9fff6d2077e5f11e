"""Work for the event loop that comes in crowds: done one piece at a time, with a look at the sockets before each."""

from __future__ import annotations

import asyncio


class Turns:
    """Of one client. A hundred answers that come at once are milliseconds of work each, and would be one long stall:
    a loop runs all that is ready before it listens again."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def next(self) -> None:
        """Wait until the loop has come round, and for all who asked before."""
        async with self._one_at_a_time:
            await asyncio.sleep(0)
