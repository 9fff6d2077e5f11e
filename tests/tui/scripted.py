"""A connection that plays what it is given and keeps what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from shotmill.client.link import ChangeArrived, Connected, LinkChanged, LinkState, SnapshotArrived, Update
from shotmill.errors import ShotmillError
from tui.sample import BEAT, CHECKS, night_train
from tui.sample_keys import KEYS, TESTED, projects

Json = dict[str, Any]


class ScriptedConnection:
    """`say` sends an update; commands are answered from `answers` by their path's last part, or fail as told."""

    def __init__(self, snapshot: Json | None = None, link: LinkState | None = None) -> None:
        self._queue: asyncio.Queue[Update] = asyncio.Queue()
        self._first: list[Update] = [LinkChanged(link or Connected("0.1.0"))]
        self._seq = 100
        if snapshot is not None:
            self._first.append(SnapshotArrived(snapshot))
        self.asked: list[tuple[str, str, Json | None]] = []
        self.answers: dict[str, Json | ShotmillError] = {
            "doctor?project={id}": {"checks": CHECKS},
            "daemon": {"survives_logout": "unit"},
            "keys?project={id}": KEYS,
            "keys": KEYS,
            "test": TESTED,
            "status": projects(),
        }

    async def updates(self) -> AsyncIterator[Update]:
        for update in self._first:
            yield update
        while True:
            yield await self._queue.get()

    def say(self, update: Update) -> None:
        self._queue.put_nowait(update)

    def change(self, **parts: Any) -> None:
        self._seq += 1
        self.say(ChangeArrived({"seq": self._seq, "at": 1.0, **parts}))

    async def command(self, method: str, path: str, body: Json | None = None) -> Json:
        self.asked.append((method, path, body))
        answer = self.answers.get(path.rpartition("/")[2], BEAT if "/beats/" in path else {})
        if isinstance(answer, ShotmillError):
            raise answer
        return answer

    def sent(self, method: str = "POST") -> list[tuple[str, Json | None]]:
        """Commands of a method, without the reading ones that screens do by themselves."""
        return [(path, body) for verb, path, body in self.asked if verb == method]


def playing(**parts: Any) -> ScriptedConnection:
    """The sample, with parts of its snapshot replaced."""
    return ScriptedConnection(night_train(**parts))


Setup = Callable[[ScriptedConnection], None]
