"""A project is drawn by one daemon at a time, whatever their homes: a lock on a file that is never removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from shotmill.clock import Clock
from shotmill.errors import NothingRunsError

LOOK_S = 0.05
LOOKS = 20


class ProjectLocked(NothingRunsError):  # noqa: N818 - reads as what happened
    """Another daemon draws this project."""

    code = "project_locked"


class ProjectLock:
    """Held while a run is active; gone with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises `ProjectLocked` when another daemon holds it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise ProjectLocked(
                f"another daemon is drawing this project ({holder or 'unknown'})",
                cure="stop it there, or use its SHOTMILL_HOME",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    async def take_soon(self, clock: Clock) -> None:
        """The same, but wait a moment for one who is just about to let go: a run's end is told before its lock is."""
        for _ in range(LOOKS):
            with contextlib.suppress(ProjectLocked):
                self.take()
                return
            await clock.sleep(LOOK_S)
        self.take()

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
