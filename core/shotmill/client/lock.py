"""Locks on files that are never removed: whoever holds one is alive, whatever a pid file would say."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shotmill.errors import UnreachableError


def is_held(path: Path) -> bool:
    """Whether some process holds the lock exclusively. Looks only: the file is opened for reading and never made."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def held(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock for a while; others who start a daemon at the same moment wait their turn."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, path, time.monotonic() + timeout)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise UnreachableError(
                    f"Another command has been starting the daemon for long and holds {path}.",
                    cure="Try again; see: shotmill daemon status",
                ) from None
            time.sleep(0.05)
