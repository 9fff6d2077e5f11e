"""A project is drawn by one daemon at a time, whatever their homes: a lock on a file that is never removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from shotmill.clock import Clock
from shotmill.daemon.state_disk import network_kind_of, record_of_host, refuse_other_host
from shotmill.errors import NothingRunsError
from shotmill.takes.place import told
from shotmill.untrusted import printable

_LONGEST = 200
LOOK_S = 0.05
LOOKS = 20


class ProjectLocked(NothingRunsError):  # noqa: N818 - reads as what happened
    """Another daemon draws this project."""

    code = "project_locked"


class ProjectLock:
    """Held while a run is active; gone with the process, however that ends.

    The file says who holds it: process, machine and boot, and nothing after an orderly end. On a network disk, whose
    locks may not reach other machines, that stamp counts too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises `ProjectLocked` when another daemon holds it, `OtherHost` when another machine's may, `PlaceError`."""
        with told(self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                self._hold(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor

    def _hold(self, descriptor: int) -> None:
        holder = os.pread(descriptor, _LONGEST, 0).decode(errors="replace").strip()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            number = printable(holder.partition(" ")[0], 20)
            raise ProjectLocked(
                f"another daemon is drawing this project (process {number or 'unknown'})",
                cure="stop it there, or use its SHOTMILL_HOME",
            ) from None
        if network_kind_of(self._path.parent):
            refuse_other_host(holder, self._path, "drawing this project")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {record_of_host()}\n".encode(), 0)

    async def take_soon(self, clock: Clock) -> None:
        """The same, but wait a moment for one who is just about to let go: a run's end is told before its lock is."""
        for _ in range(LOOKS):
            with contextlib.suppress(ProjectLocked):
                self.take()
                return
            await clock.sleep(LOOK_S)
        self.take()

    def release(self) -> None:
        """An orderly end: nobody is named any more, and the lock is free."""
        if self._descriptor is not None:
            # On a disk that refuses the stamp stays, and says no more than that we were here.
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)  # a program that is just being started has it open as well
            os.close(self._descriptor)
            self._descriptor = None
