"""A project seen over the daemon's socket: news that survive a broken line, commands that never hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import shotmill
from shotmill.client import client_log, http, lock, spawn, stream
from shotmill.client.link import (
    ChangeArrived,
    Connected,
    Connecting,
    DaemonGone,
    LinkChanged,
    LinkState,
    OtherVersion,
    Reconnecting,
    SnapshotArrived,
    Stale,
    Update,
)
from shotmill.client.version import other_version
from shotmill.errors import ShotmillError, UnreachableError
from shotmill.settings.folders import Folders

SILENCE = 12.0
"""Seconds without a line, not even `: alive` (sent every 5 s), until the news count as stale."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds between tries to reach a daemon: doubled from the first to the longest."""

QUICK, SLOW = 30.0, 120.0
"""Seconds a command may take; a test of keys asks the provider."""

ENDED = "The line to the daemon ended."


@dataclass(slots=True)
class _Heard:
    """What has to be remembered across lines: the daemon's process, and the last frame it sent."""

    pid: int = 0
    last: str = ""
    version: str = ""


class DaemonConnection:
    """`shotmill.client.link.Connection` over the socket. Meant for one reader of `updates` at a time."""

    def __init__(self, folders: Folders, root: Path, environ: Mapping[str, str], silence: float = SILENCE) -> None:
        self._folders = folders
        self._root = root
        self._environ = environ
        self._silence = silence
        self._heard = _Heard()
        self._project = ""
        self._state: LinkState | None = None
        self._logged = ""
        self._woken = asyncio.Event()

    @property
    def project(self) -> str:
        """The project's id; empty until it was opened."""
        return self._project

    async def open(self) -> str:
        """Start a daemon if need be and open the project. Raises `ShotmillError`: here is the place to hear of it."""
        try:
            await asyncio.to_thread(spawn.ensure_daemon, self._folders, self._environ, self._root)
        except ShotmillError as fault:
            await self._log(fault.told)
            raise
        return await self._open_project()

    async def updates(self) -> AsyncGenerator[Update, None]:
        """News until the caller stops listening; see `Connection`."""
        self._state = None
        for told in self._told(Connecting(time.time())):
            yield told
        pause = FIRST_PAUSE
        while True:
            said = ENDED
            try:
                async with aclosing(self._one_line()) as line:
                    async for update in line:
                        pause = FIRST_PAUSE
                        yield update
            except ShotmillError as fault:  # told as the line's state, and in the log by its own words
                said = "" if fault.code == UnreachableError.code else fault.told
            state = await self._broken(pause)
            said = said or self._without_line(state)
            await self._log(said)
            if isinstance(state, Reconnecting) and said != ENDED:
                state = replace(state, why=said)
            for told in self._told(state):
                yield told
            await self._rest(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def command(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """See `Connection.command`. A start, and the yes to its price, bring a daemon that is gone back first;
        nothing else does."""
        if path.endswith(("/start", "/agree")):
            await self.open()
            self._woken.set()
        if "{id}" in path and not self._project:
            await self._open_project()
        looks_only = method == "GET" or path == "/v1/daemon/stop"
        if not looks_only and self._heard.version not in ("", shotmill.__version__):
            raise other_version(self._heard.version)
        limit = SLOW if path.endswith("/test") else QUICK
        try:
            return await self._ask(method, path, body, limit)
        except ShotmillError as fault:
            if fault.code not in _UNKNOWN_PROJECT or "{id}" not in path:
                raise
        await self._open_project()  # another daemon than the one that we opened the project in
        return await self._ask(method, path, body, limit)

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None, limit: float) -> dict[str, Any]:
        filled = path.replace("{id}", quote(self._project, safe=""))
        return http.checked(await stream.ask(self._folders.socket, method, filled, body, limit)).body

    async def _open_project(self) -> str:
        answer = http.checked(
            await stream.ask(self._folders.socket, "POST", "/v1/projects", {"path": str(self._root)}, QUICK)
        )
        self._heard.version = answer.version
        self._project = str(answer.body.get("id", ""))
        return self._project

    async def _one_line(self) -> AsyncGenerator[Update, None]:
        """One stream from its opening to its end."""
        daemon = http.checked(await stream.ask(self._folders.socket, "GET", "/v1/daemon", within=self._silence)).body
        if daemon.get("pid") != self._heard.pid:
            self._heard = _Heard(pid=int(daemon.get("pid", 0)))  # its numbers mean nothing to another process
        await self._open_project()
        self._heard.version = str(daemon.get("version", "")) or self._heard.version
        path = f"/v1/events?project={quote(self._project, safe='')}"
        heard = stream.listen(self._folders.socket, path, self._heard.last, self._silence)
        async with aclosing(heard), aclosing(self._with_silences(heard)) as items:
            async for item in items:
                state = Stale(time.time() - self._silence) if item is None else self._current()
                await self._log(_words(state))
                for told in self._told(state):
                    yield told
                if isinstance(item, stream.Frame):
                    self._heard.last = item.number or self._heard.last
                    if item.event == "snapshot":
                        yield SnapshotArrived(item.data)
                    elif item.event == "change":
                        yield ChangeArrived(item.data)

    async def _with_silences(self, heard: AsyncIterator[stream.Heard]) -> AsyncGenerator[stream.Heard | None, None]:
        """The same items, and None whenever nothing came for too long; the pending read goes on meanwhile."""
        pending: asyncio.Future[stream.Heard] | None = None
        try:
            while True:
                if pending is None:
                    pending = asyncio.ensure_future(_next(heard))
                done, _ = await asyncio.wait([pending], timeout=self._silence)
                if not done:
                    yield None
                    continue
                finished, pending = pending, None
                try:
                    item = finished.result()
                except _EndedError:
                    return
                yield item
        finally:
            if pending is not None:
                pending.cancel()
                await asyncio.wait([pending])

    def _current(self) -> LinkState:
        version = self._heard.version
        if version and version != shotmill.__version__:
            return OtherVersion(daemon=version, client=shotmill.__version__)
        return Connected(version)

    async def _broken(self, pause: float) -> LinkState:
        """Whether the daemon is still there, and since when the line is not."""
        held = await asyncio.to_thread(lock.is_held, self._folders.run / "daemon.lock")
        now = time.time()
        since = self._state.since if isinstance(self._state, Reconnecting | DaemonGone | Stale) else now
        return Reconnecting(since, now + pause) if held else DaemonGone(since)

    async def _log(self, text: str) -> None:
        """What keeps the news away, once until they come again, in the client's log."""
        if text and text != self._logged:
            await asyncio.to_thread(client_log.tell, self._folders, text)
        self._logged = text

    def _without_line(self, state: LinkState) -> str:
        if isinstance(state, DaemonGone):
            return "The daemon is gone.  → shotmill start"
        return f"The daemon runs, but its socket does not answer: {self._folders.socket}"

    async def _rest(self, pause: float) -> None:
        """Wait before the next try; a command that brought a daemon back ends the wait."""
        self._woken.clear()
        try:
            async with asyncio.timeout(pause):
                await self._woken.wait()
        except TimeoutError:
            return

    def _told(self, state: LinkState) -> list[Update]:
        """The state as news, or nothing when it is no news."""
        if state == self._state:
            return []
        self._state = state
        return [LinkChanged(state)]


def _words(state: LinkState) -> str:
    """A state of a line that stands, for the log; empty where nothing is wrong with it."""
    if isinstance(state, OtherVersion):
        return other_version(state.daemon).told
    return "No news from the daemon any more; its line stands." if isinstance(state, Stale) else ""


_UNKNOWN_PROJECT = ("unknown_project", "not_found")


class _EndedError(Exception):
    """The stream came to its end. (`StopAsyncIteration` can't be a task's result.)"""


async def _next(heard: AsyncIterator[stream.Heard]) -> stream.Heard:
    try:
        return await anext(heard)
    except StopAsyncIteration:
        raise _EndedError from None
