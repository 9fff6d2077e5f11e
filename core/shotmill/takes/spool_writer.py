"""One answer on its way into the spool: written as it comes, safe from the moment that it is sealed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from shotmill.errors import ShotmillError
from shotmill.takes import trailer
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.place import told
from shotmill.takes.sync import fsync, write_all

if TYPE_CHECKING:
    from shotmill.takes.spool import Spool

MAX_BODY = 64 * 1024 * 1024


class SpoolError(ShotmillError):
    """A spool file is not what it should be: damaged, too large, or its attempt was spooled before."""

    code = "spool"


class SpoolGone(SpoolError):  # noqa: N818 - reads as what happened
    """The spool was deleted under a file that is being written: what came can be read from its writer alone."""

    code = "spool_gone"


class SpoolWriter:
    """One answer on its way to disk. Ends with `seal`, `keep_partial` or `discard`.

    After a `PlaceError` the file is as it was before the call: when there is room again, the same chunk (or the seal)
    can be given again. After an error of syncing the next seal writes the whole file anew: the kernel may have dropped
    what it could not write, and would call a second sync of the same file a success.
    """

    def __init__(self, spool: Spool, attempt: str, fd: int, header: bytes) -> None:
        self.path = spool.path(attempt)
        self.length = 0
        self._spool = spool
        self._attempt = attempt
        self._fd = fd
        self._start = len(header)
        self._sum = hashlib.sha256(header)
        self._is_unsure = False  # a sync failed: what is on the medium is anybody's guess

    def write(self, chunk: bytes) -> None:
        """Raises `SpoolError` beyond `MAX_BODY`, `PlaceError` when the disk refuses."""
        if self.length + len(chunk) > MAX_BODY:
            raise SpoolError(f"The answer is larger than {MAX_BODY // 1_000_000} MB.", code="body_too_large")
        with told(self.path):
            self._add(chunk)
        self._sum.update(chunk)
        self.length += len(chunk)
        checkpoint("spool.chunk_written")

    def seal(self) -> Path:
        """Add the trailer and sync file and folder: from its return on the body can't be lost.

        Raises `SpoolGone` where the file has no name any more, `PlaceError` when the disk refuses.
        """
        checkpoint("spool.body_whole")
        with told(self.path):
            if self._is_gone():
                raise SpoolGone("the spool was deleted under an answer", cure="Put the state folder back.")
            if self._is_unsure:
                self._write_anew()
            self._add(trailer.pack(self.length, self._sum.digest()))
            checkpoint("spool.trailer_written")
            try:
                fsync(self._fd)
                checkpoint("spool.synced")
                self._spool.sync()
            except OSError:
                self._is_unsure = True
                self._back_to_the_body()
                raise
            checkpoint("spool.sealed")
        self.keep_partial()
        return self.path

    def body(self) -> bytes:
        """What was written of the answer, from the file itself, whether it still has a name or not."""
        with told(self.path):
            return self._read()[self._start :]

    def _read(self) -> bytes:
        size = self._start + self.length
        data = os.pread(self._fd, size, 0)
        if len(data) != size or hashlib.sha256(data).digest() != self._sum.digest():
            raise SpoolError("The disk lost an answer while it was written.", cure="Look at the disk: dmesg")
        return data

    def _is_gone(self) -> bool:
        return os.fstat(self._fd).st_nlink == 0

    def _write_anew(self) -> None:
        """Another file with the same bytes in the place of one that could not be synced."""
        fd = self._spool.replace(self._attempt, self._read())
        os.close(self._fd)
        self._fd = fd

    def _add(self, data: bytes) -> None:
        try:
            write_all(self._fd, data)
        except OSError:
            self._back_to_the_body()
            raise

    def _back_to_the_body(self) -> None:
        os.ftruncate(self._fd, self._start + self.length)
        os.lseek(self._fd, 0, os.SEEK_END)

    def keep_partial(self) -> None:
        """Leave the file as it is: what came of an answer that broke off."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._spool.forget(self._attempt)

    def discard(self) -> None:
        """Remove the file: nothing of worth came."""
        self.keep_partial()
        self._spool.drop(self._attempt)
