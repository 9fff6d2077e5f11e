"""The daemon's lock and socket: one daemon a user, by a lock held for life; a socket that it can find again."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from shotmill.client.place import make_private
from shotmill.errors import ShotmillError


class AlreadyRunning(ShotmillError):  # noqa: N818 - reads as what happened
    """Another daemon of this user holds the lock."""

    code = "already_running"


class DaemonLock:
    """Exclusive for as long as the process lives. The file is never removed: two waiters must mean the same one."""

    def __init__(self, run: Path) -> None:
        self._path = run / "daemon.lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises `AlreadyRunning` with the holder's process number."""
        make_private(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 40, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(
                f"a daemon is running already (process {holder or 'unknown'})", cure="shotmill daemon status"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor


class DaemonSocket:
    """A listening socket in a folder that only its user may enter. Only the holder of the lock may make one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode: tuple[int, int] | None = None

    def bind(self) -> socket.socket:
        """Replace what an earlier daemon left, bind and listen. Raises `ShotmillError` for a folder not ours."""
        make_private(self.path.parent)
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listener.bind(str(self.path))
        finally:
            os.umask(mask)
        listener.listen(64)
        listener.setblocking(False)
        found = self.path.lstat()
        self._inode = (found.st_dev, found.st_ino)
        return listener

    def still_there(self) -> bool:
        """Whether the path still leads to the socket that was bound."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._inode

    def remove(self) -> None:
        """Take the path away, if it is still this daemon's."""
        if self.still_there():
            self.path.unlink(missing_ok=True)
