"""The daemon's own life: starting, ready, draining; who is connected; how late the event loop is."""

from __future__ import annotations

import asyncio
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shotmill import __version__
from shotmill.clock import Clock
from shotmill.daemon.loop_lag import LoopLag
from shotmill.errors import ShotmillError

IDLE_S = 600.0
"""Without a run and without a client the daemon ends after this long."""
MOST_WATCHING = 32
"""Streams of events at a time."""


def proxy_host() -> str:
    """`host:port` of the proxy that requests to a provider go through, without its login; empty without one."""
    named = urllib.request.getproxies().get("https", "")
    return named.rpartition("@")[2].rpartition("//")[2].partition("/")[0]


class TooManyError(ShotmillError):
    """One more stream than the daemon serves."""

    code = "too_many"


class Life:
    """What the daemon says of itself, and the events that end it."""

    def __init__(self, clock: Clock, socket: str, logout: str, lag: LoopLag | None = None) -> None:
        self.lag = lag or LoopLag()
        self.uid = os.getuid()
        self.ending = asyncio.Event()
        self.stop_asked = asyncio.Event()
        self.stop_now = asyncio.Event()
        self.state = "starting"
        self.restarts = False
        """Whether a successor is to go on with the runs."""
        self.by_signal = False
        """Whether a signal ended it, as a service manager does."""
        self.broken: tuple[int, ShotmillError] | None = None
        """The exit code and the reason when it can't go on."""
        self._clock = clock
        self._socket = socket
        self._logout = logout
        self._started = clock.now()
        self._heard_at = clock.now()
        self._clients = 0
        self._is_ready = asyncio.Event()
        self._failure: ShotmillError | None = None

    def become_ready(self) -> None:
        self.state = "ready"
        self._is_ready.set()

    def fail(self, error: ShotmillError) -> None:
        """It can't start; whoever waits for it is told why."""
        self._failure = error
        self._is_ready.set()

    async def ready(self) -> None:
        """Wait until requests can be answered; raises what keeps the daemon from starting."""
        await self._is_ready.wait()
        if self._failure is not None:
            raise self._failure

    def heard(self) -> None:
        self._heard_at = self._clock.now()

    @contextmanager
    def client(self) -> Iterator[None]:
        """Somebody watches; the daemon stays while they do. Raises `TooManyError` where too many do."""
        if self._clients >= MOST_WATCHING:
            raise TooManyError(
                f"{self._clients} screens and programs follow the daemon already",
                cure="close one of them; shotmill status answers all the same",
            )
        self._clients += 1
        try:
            yield
        finally:
            self._clients -= 1
            self.heard()

    def end(self, *, now: bool, restart: bool = False, by_signal: bool = False) -> None:
        """Asked to end. The first word says what comes after; another one can only hurry it."""
        if not self.stop_asked.is_set():
            self.restarts, self.by_signal = restart, by_signal
        self.state = "draining"
        if now:
            self.stop_now.set()
        self.stop_asked.set()

    def break_down(self, code: int, error: ShotmillError) -> None:
        """It can't go on: nothing new is sent, and it ends with that code and reason."""
        if self.broken is None:
            self.broken = (code, error)
        self.end(now=False)

    def idle(self) -> bool:
        return self._clients == 0 and self._clock.now() - self._heard_at > IDLE_S

    def describe(self) -> dict[str, Any]:
        return {
            "running": True,
            "state": self.state,
            "pid": os.getpid(),
            "version": __version__,
            "socket": self._socket,
            "uptime_s": round(self._clock.now() - self._started, 1),
            "loop_lag_ms": self.lag.describe(),
            "survives_logout": self._logout,
            "proxy": proxy_host(),
            "trouble": self.broken[1].message if self.broken else "",
        }

    def describe_short(self) -> dict[str, Any]:
        return {"version": __version__, "pid": os.getpid()}
