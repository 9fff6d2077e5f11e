"""Work for the event loop that comes in crowds: a few pieces at a time, with a look at the sockets between these."""

from __future__ import annotations

import asyncio

AT_ONCE = 4
"""Pieces of work in one round of the loop, while nobody waits for a turn; of a crowd one a round. A piece is a megabyte
to write and hash, or a request to make: milliseconds."""


class Turns:
    """Of one client. A hundred answers that come at once would be one long stall: a loop runs all that is ready before
    it listens again."""

    def __init__(self) -> None:
        self._left = AT_ONCE  # in this round
        self._in_order = asyncio.Lock()

    async def next(self) -> None:
        """Wait for one's turn in a crowd, else not at all."""
        if not self._left or self._in_order.locked():
            async with self._in_order:
                if not self._left:
                    await asyncio.sleep(0)  # the round is over then, and nobody else takes of the next one
                self._take()
        else:
            self._take()

    def _take(self) -> None:
        if self._left == AT_ONCE:
            asyncio.get_running_loop().call_soon(self._come_round)
        self._left -= 1

    def _come_round(self) -> None:
        self._left = AT_ONCE
