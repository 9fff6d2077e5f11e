"""What a screen knows of its line to the daemon, as data.

A screen gets one stream of `Update`s: a state of the link, a whole snapshot, or a numbered change. It never has to
ask whether it is connected; it draws the last `LinkState` it was told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Connecting:
    """No answer yet; the first attempt. It began at `since` (client's clock, epoch seconds; 0: not told); `starting`:
    no daemon ran, one is being started."""

    since: float = 0.0
    starting: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """News are current."""

    version: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The line is open, but nothing was heard since `since` (client's clock, epoch seconds)."""

    since: float


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The line broke at `since`; the daemon's process is still there. The next try is at `next_try`. `why` says what
    keeps it away, with its cure, as the client's log does; empty where the line only ended."""

    since: float
    next_try: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class DaemonGone:
    """No daemon holds its lock since `since`: nothing is being drawn."""

    since: float


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The daemon is of another version: look only."""

    daemon: str
    client: str


LinkState = Connecting | Connected | Stale | Reconnecting | DaemonGone | OtherVersion


@dataclass(frozen=True, slots=True)
class LinkChanged:
    state: LinkState


@dataclass(frozen=True, slots=True)
class SnapshotArrived:
    """The whole picture, as docs/api.md describes it."""

    snapshot: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeArrived:
    """What changed since the snapshot or the change before."""

    change: dict[str, Any]


Update = LinkChanged | SnapshotArrived | ChangeArrived


class Connection(Protocol):
    """A project seen from a screen: news one way, commands the other. Real over the socket, scripted in tests."""

    def updates(self) -> AsyncIterator[Update]:
        """Never ends by itself and never raises for the line's sake; it reconnects and says so."""
        ...

    async def command(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request, `path` as in docs/api.md with `{id}` standing for this project. Raises `ShotmillError`."""
        ...
