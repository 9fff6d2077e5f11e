"""The daemon's lock and socket: one daemon a user, by a lock held for life; a socket that it can find again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from pathlib import Path

from shotmill.client.place import make_private
from shotmill.daemon.state_disk import record_of_host, refuse_other_host
from shotmill.errors import ShotmillError
from shotmill.untrusted import printable

BACKLOG = 512
"""Connections that wait to be accepted; one more is told to try again."""

_SURVIVES_S = 2.0
"""A daemon that ended while it started a program is survived by its lock until that program runs."""
_LOOKED_AT_S = 0.3
"""Whoever asks whether the lock is held (`client.lock.is_held`) holds it for that instant."""


class AlreadyRunning(ShotmillError):  # noqa: N818 - reads as what happened
    """Another daemon of this user holds the lock."""

    code = "already_running"


def _is_gone(holder: str) -> bool:
    """Whether a process of that number is certainly not there."""
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return True
    except (ValueError, OSError):
        return False
    return False


def _holder(descriptor: int) -> str:
    """What the lock's file says of who took it last: a process number, on a network disk its machine too."""
    return os.pread(descriptor, 200, 0).decode(errors="replace").strip()


def _number(holder: str) -> str:
    return printable(holder.partition(" ")[0], 20)


class DaemonLock:
    """Exclusive for as long as the process lives. The file is never removed: two waiters must mean the same one.

    `across_hosts`: the folder is on a network disk, whose locks may not reach other machines; there the record of
    the machine that used it last counts too.
    """

    def __init__(self, run: Path, *, across_hosts: bool = False) -> None:
        self.path = run / "daemon.lock"
        self._across_hosts = across_hosts
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises `AlreadyRunning` with the holder's process number."""
        make_private(self.path.parent)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            self._lock(descriptor)
        except BlockingIOError:
            number = _number(_holder(descriptor))
            os.close(descriptor)
            raise AlreadyRunning(
                f"a daemon is running already (process {number or 'unknown'})", cure="shotmill daemon status"
            ) from None
        if self._across_hosts:
            try:
                refuse_other_host(_holder(descriptor), self.path)
            except ShotmillError:
                os.close(descriptor)
                raise
        os.ftruncate(descriptor, 0)
        stamp = f" {record_of_host()}" if self._across_hosts else ""
        with (
            contextlib.nullcontext() if self._across_hosts else contextlib.suppress(OSError)
        ):  # a full disk; for people
            os.pwrite(descriptor, f"{os.getpid()}{stamp}\n".encode(), 0)
        self._descriptor = descriptor

    def _lock(self, descriptor: int) -> None:
        began = time.monotonic()
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                number = _number(_holder(descriptor))
                gone = not number or _is_gone(number)  # no number yet: it takes the lock at this moment
                patience = _SURVIVES_S if gone and not self._across_hosts else _LOOKED_AT_S
                if time.monotonic() > began + patience:
                    raise
            time.sleep(0.01)

    def is_there(self) -> bool:
        """Whether the path still leads to the file that is locked; without it another daemon may start."""
        if self._descriptor is None:
            return False
        try:
            found = self.path.lstat()
        except OSError:
            return False
        return os.path.samestat(found, os.fstat(self._descriptor))

    def release(self) -> None:
        """An orderly end: nobody is named any more, and the lock is free."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)  # a program that is just being started has it open as well
            os.close(self._descriptor)
            self._descriptor = None


class DaemonSocket:
    """A listening socket in a folder that only its user may enter. Only the holder of the lock may make one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode: tuple[int, int] | None = None

    def bind(self) -> socket.socket:
        """Bind, listen, and replace what an earlier daemon left. Raises `ShotmillError` for a folder not ours.

        It gets its name when it listens: who finds a socket there is not refused. Its own mode comes by chmod, since a
        umask would be every thread's, and images are written meanwhile.
        """
        make_private(self.path.parent)
        new = self.path.with_name("new")  # no longer than its name: a socket's path may not be
        new.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(new))
        new.chmod(0o600)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        found = new.lstat()
        new.replace(self.path)
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
