"""Room that is kept on the state folder's disk for what was paid for: given back when that disk is full."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from pathlib import Path

RESERVE_BYTES = 16 << 20
FULL_BYTES = 1 << 20
"""A disk with less room than that is full."""
_log = logging.getLogger(__name__)


class Reserve:
    """A file of 16 MB. Answers that are out when the disk fills up find their room in it; nothing is sent meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self, spare: int = 4 * RESERVE_BYTES) -> None:
        """Set the room aside where `spare` bytes are left besides; blocking. Where it fails, there is none."""
        try:
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < RESERVE_BYTES + spare:
                return
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                _allocate(fd)
            finally:
                os.close(fd)
        except OSError as error:
            _log.warning("no room could be set aside: %s", error)
            if not isinstance(error, FileExistsError):  # another run's, whole by now
                with contextlib.suppress(OSError):
                    self._path.unlink(missing_ok=True)

    def relieve(self) -> bool:
        """Give the room back if the disk is full; whether there is more now."""
        try:
            if shutil.disk_usage(self._path.parent).free >= FULL_BYTES:
                return False
            self._path.unlink()
        except OSError:
            return False
        _log.warning("the disk is full: the room that was set aside is given back")
        return True


def _allocate(fd: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, RESERVE_BYTES)
    else:  # macOS
        for _ in range(RESERVE_BYTES >> 20):
            os.write(fd, b"\1" * (1 << 20))
