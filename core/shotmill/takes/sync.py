"""The last step to the disk: an fsync that is right on every platform, and a write that is whole."""

from __future__ import annotations

import errno
import fcntl
import os

# What some file systems answer where the request makes no sense to them (borg and restic met both).
_NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_FULL_SYNC = _NOT_SUPPORTED | {errno.ENOTTY, errno.ENOSYS}


def fsync(fd: int) -> None:
    """Return when the file's bytes are on the medium.

    macOS's fsync stops at the drive's cache: there `F_FULLFSYNC` is asked for, and plain fsync where it is unknown.
    An error is final for this file: the kernel may have dropped the pages and would answer a second call with
    success, so the caller writes the whole file again under another name.
    """
    full_sync = getattr(fcntl, "F_FULLFSYNC", None)
    if full_sync is not None:
        try:
            fcntl.fcntl(fd, full_sync)
            return
        except OSError as error:
            if error.errno not in _NO_FULL_SYNC:
                raise
    os.fsync(fd)


def fsync_dir(fd: int) -> None:
    """Return when the folder's names are on the medium; file systems that can't sync a folder are forgiven."""
    try:
        fsync(fd)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; a short write goes on where it stopped, so the error that caused it is seen."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
