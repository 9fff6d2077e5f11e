"""What the event loop reports of itself goes into the daemon's log; a crowd at the door once a second, in one line."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

_NO_MORE_FILES = "socket.accept() out of system resource"
_QUIET_S = 1.0
_log = logging.getLogger("shotmill")


class LoopFaults:
    """An exception handler. Without file descriptors asyncio reports each of the 512 connections that it could not
    take, with a traceback, once a second: that is most of a core, and floods the log."""

    def __init__(self) -> None:
        self._told_at = float("-inf")

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("message") != _NO_MORE_FILES:
            loop.default_exception_handler(context)
            return
        now = time.monotonic()
        if now - self._told_at >= _QUIET_S:
            self._told_at = now
            _log.warning("no file descriptors are left for more clients: %s", context.get("exception"))
