"""The service manager's side channel (sd_notify(3)): a datagram to the socket that it names, and its watchdog."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping


class Service:
    """Silent where no service manager listens."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        watched = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        period = environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(period) / 2e6 if period.isdigit() and watched and int(period) > 0 else 0.0
        """How often it wants to hear that the event loop turns; 0 where it does not ask."""
        self.manages = bool(self._address) or _started_by_manager(environ)
        """Whether a service manager started this very process, and starts another one when it dies."""

    def tell(self, *lines: str) -> None:
        """`READY=1`, `STOPPING=1`, `STATUS=…`, `WATCHDOG=1`."""
        if not self._address.startswith(("/", "@")):
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(lines).encode(), address)

    async def keep_watchdog(self) -> None:
        """Say at half the period that the loop turns, for as long as it does."""
        while self.watchdog_s:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.watchdog_s)


def _started_by_manager(environ: Mapping[str, str]) -> bool:
    """`INVOCATION_ID` is inherited by everything below a service, a terminal for one; newer systemd names the process
    that it meant."""
    if not environ.get("INVOCATION_ID"):
        return False
    return environ.get("SYSTEMD_EXEC_PID", str(os.getpid())) == str(os.getpid())
