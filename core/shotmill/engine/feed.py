"""Numbered changes of one project, kept in a ring: every client reads at its own pace, none is ever waited for.

A client is a number, the last change it was sent. What it has not seen is looked up when it is ready for more; when
that has left the ring, it gets a new snapshot. So a slow client costs the engine nothing, not even memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Literal

Topic = Literal["status", "quota", "keys", "pace"]
TOPICS: tuple[Topic, ...] = ("status", "quota", "keys", "pace")
RING = 20_000


class Feed:
    """Changes of beats, lines of the log, and marks that a topic has changed (its value is asked for when sent)."""

    def __init__(self, ring: int = RING) -> None:
        self.seq = 0
        self._ring: deque[tuple[int, str, Any]] = deque(maxlen=ring)
        self._first = 0
        self._topic_seq: dict[str, int] = dict.fromkeys(TOPICS, 0)
        self._news = asyncio.Event()

    def beat(self, style: str, place: tuple[int, int], mark: str) -> None:
        self._add("beat", (style, *place, mark))

    def log(self, line: dict[str, Any]) -> None:
        self._add("log", line)

    def topic(self, *topics: Topic) -> None:
        """These parts of the snapshot are no longer what they were."""
        self.seq += 1
        for topic in topics:
            self._topic_seq[topic] = self.seq
        self._news.set()

    def start_anew(self) -> None:
        """The picture as a whole is another one now: every client gets a new snapshot."""
        self.seq += 1
        self._ring.clear()
        self._first = self.seq
        self._news.set()

    def since(self, seq: int) -> tuple[list[list[Any]], list[dict[str, Any]], list[Topic]] | None:
        """(beats, log lines, topics) that changed after `seq`; None when that is no longer known."""
        dropped = len(self._ring) == self._ring.maxlen and seq < self._ring[0][0] - 1
        if seq > self.seq or seq < self._first or dropped:
            return None
        beats: dict[tuple[str, int, int], str] = {}
        lines: list[dict[str, Any]] = []
        for number, kind, value in reversed(self._ring):
            if number <= seq:
                break
            if kind == "log":
                lines.append(value)
            else:
                beats.setdefault(value[:3], value[3])
        lines.reverse()
        changed = [[*place, mark] for place, mark in beats.items()]
        return changed, lines, [topic for topic in TOPICS if self._topic_seq[topic] > seq]

    async def news(self, seq: int, patience_s: float) -> bool:
        """Wait until there is something after `seq`; False when nothing came within `patience_s`."""
        if self.seq > seq:
            return True
        self._news.clear()
        try:
            async with asyncio.timeout(patience_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _add(self, kind: str, value: Any) -> None:
        self.seq += 1
        self._ring.append((self.seq, kind, value))
        self._news.set()
