"""Frames of the news, made and encoded once for all clients that have seen the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shotmill.engine.project import OpenProject

if TYPE_CHECKING:
    from shotmill.daemon.life import Life
    from shotmill.daemon.workshop import Workshop

FRAME_S = 0.1
"""No client gets frames closer together than this, but for one that comes out of a silence."""
SHARED_S = 0.05
"""How long a frame is good for others: what it says of quotas and pace goes with the clock."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it goes over the line, and the number of the last change in it."""

    seq: int
    data: bytes


class Frames:
    """Who has seen the same change gets the same bytes. Clients wake together (`until_next`), so that most have."""

    def __init__(self, workshop: Workshop, life: Life) -> None:
        self._workshop = workshop
        self._life = life
        self._made: dict[tuple[OpenProject, int | None, int], Frame] = {}

    def after(self, project: OpenProject, seq: int | None) -> Frame | None:
        """What a client that has seen `seq` (None: nothing yet) gets now: a change, a whole snapshot, or nothing."""
        now = project.feed.seq
        if seq == now:
            return None
        made = self._made.get((project, seq, now))
        if made is None:
            kind, told = self._told(project, seq, now)
            made = Frame(now, encoded(kind, now, told))
            if not self._made:
                asyncio.get_running_loop().call_later(SHARED_S, self._made.clear)
            self._made[project, seq, now] = made
        return made

    def _told(self, project: OpenProject, seq: int | None, now: int) -> tuple[str, dict[str, Any]]:
        known = project.feed.since(seq) if seq is not None else None
        if known is None:
            return "snapshot", self._workshop.view(project).snapshot(self._life.describe_short())
        beats, lines, topics = known
        frame: dict[str, Any] = {"seq": now, "at": self._workshop.clock.now()}
        if beats:
            frame["beats"] = beats
        if lines:
            frame["log"] = lines
        if topics:
            view = self._workshop.view(project)
            frame |= {topic: view.topic(topic) for topic in topics}
        return "change", frame


def until_next(moment: float) -> float:
    """Seconds from `moment` to the next frame: a tenth, and up to half of one more or less, at the same times for all
    clients."""
    left = FRAME_S - moment % FRAME_S
    return left if left >= FRAME_S / 2 else left + FRAME_S


def encoded(kind: str, seq: int | None, data: Mapping[str, Any]) -> bytes:
    """A server-sent event."""
    head = f"event: {kind}\n" + (f"id: {seq}\n" if seq is not None else "")
    return f"{head}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
