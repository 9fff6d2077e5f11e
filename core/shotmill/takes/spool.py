"""The spool: every answer goes to disk as it comes, and is safe from the moment its trailer is there.

A spool file is one header line of JSON, the answer's body as received, and a trailer of magic, body length and the
SHA-256 of header and body. All in one file: a sum in a second file would be one more thing to lose.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shotmill.bounded_json import parse
from shotmill.errors import ShotmillError
from shotmill.takes import trailer
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.durable import write_atomically
from shotmill.takes.folder import Folder, make_lasting, open_folder
from shotmill.takes.place import told
from shotmill.takes.spool_header import SpoolHeader
from shotmill.takes.sync import fsync, write_all

MAX_BODY = 64 * 1024 * 1024
MAX_FILE = MAX_BODY + 128 * 1024
_MAX_HEADER = 64 * 1024
_SUFFIX = ".part"

State = Literal["sealed", "whole_json", "partial"]


class SpoolError(ShotmillError):
    """A spool file is not what it should be: damaged, too large, or its attempt was spooled before."""

    code = "spool"


class SpoolGone(SpoolError):  # noqa: N818 - reads as what happened
    """The spool was deleted under a file that is being written: what came can be read from its writer alone."""

    code = "spool_gone"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file found in the spool. `whole_json`: it had no trailer, was whole all the same and has been sealed now.

    `header` is None only for a partial file that broke off before its header's end; `body_bytes` of a partial one is
    what came of its answer.
    """

    path: Path
    attempt: str
    header: SpoolHeader | None
    state: State
    body_bytes: int = 0


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


class Spool:
    """A folder of spool files that only its user can read. Below `root` no link is followed on the way to it."""

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        self.folder = folder
        self._root = folder if root is None else root
        self._live: set[str] = set()  # being written by this process: not for `scan` and `collect`

    def path(self, attempt: str) -> Path:
        return self.folder / f"{attempt}{_SUFFIX}"

    def open(self, header: SpoolHeader) -> SpoolWriter:
        """A new file for an attempt; `SpoolError` if there is one already, `PlaceError` when the disk refuses."""
        line = header.to_json() + b"\n"
        path = self.path(header.attempt)
        with told(path):
            if not self.folder.is_dir():
                make_lasting(self.folder)
            with self._opened() as folder:
                try:
                    fd = folder.open(path.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                except FileExistsError as error:
                    raise SpoolError(f"The attempt {header.attempt} has been spooled before.") from error
            try:
                write_all(fd, line)
            except BaseException:
                os.close(fd)
                self.drop(header.attempt)
                raise
        self._live.add(header.attempt)
        checkpoint("spool.opened")
        return SpoolWriter(self, header.attempt, fd, line)

    def keep(self, header: SpoolHeader, body: bytes) -> Path:
        """A whole answer, sealed, in one step; what is at its place already is replaced. On the medium when this
        returns. Raises `PlaceError`, `UnsafePlaceError`."""
        line = header.to_json() + b"\n"
        content = line + body
        path = self.path(header.attempt)
        seal = trailer.pack(len(body), hashlib.sha256(content).digest())
        write_atomically(path, content + seal, 0o600, root=self._root)
        return path

    def replace(self, attempt: str, data: bytes) -> int:
        """Put a new file with these bytes in the place of an attempt's; its descriptor, at the end. Unsynced."""
        name = self.path(attempt).name
        with self._opened() as folder:
            folder.remove(f"{name}.anew")
            fd = folder.open(f"{name}.anew", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                write_all(fd, data)
                folder.replace(f"{name}.anew", name)
            except BaseException:
                os.close(fd)
                folder.remove(f"{name}.anew")
                raise
        return fd

    def scan(self) -> list[Spooled]:
        """Everything that an earlier process left, oldest name first; what is whole without a trailer is sealed.

        Trailers are checked in form here (a spool may hold gigabytes) and in full by `body`.
        """
        if not self.folder.is_dir():
            return []
        with told(self.folder), self._opened() as folder:
            names = sorted(name for name in folder.names() if name.endswith(_SUFFIX))
            attempts = [name.removesuffix(_SUFFIX) for name in names]
            found: list[Spooled] = []
            for attempt in attempts:
                if attempt not in self._live:
                    with suppress(FileNotFoundError):  # another project's image was published meanwhile
                        found.append(self._look(folder, attempt))
            return found

    def sealed(self) -> set[str]:
        """The attempts whose answers are whole here, by the form of their files."""
        if not self.folder.is_dir():
            return set()
        with told(self.folder), open_folder(self.folder) as folder:
            names = [name for name in folder.names() if name.endswith(_SUFFIX)]
            return {name.removesuffix(_SUFFIX) for name in names if _is_sealed(folder, name)}

    def body(self, path: Path) -> bytes:
        """The answer's bytes; `SpoolError` unless the trailer is there and every byte agrees with it."""
        with told(path), self._opened() as folder:
            data, _ = folder.read(path.name, MAX_FILE)
        body = trailer.verified_body(data)
        if body is None:
            raise SpoolError(f"{path.name} in the spool is damaged or not sealed.", cure="It is kept as it is.")
        return body

    def collect(self, older_than: float, max_bytes: int, keep: set[str]) -> list[Path]:
        """Remove what is not in `keep` (attempts still needed): files from before the moment `older_than`, then the
        oldest until all together is at most `max_bytes`. Answers with what was removed."""
        if not self.folder.is_dir():
            return []
        removed: list[Path] = []
        with told(self.folder), self._opened() as folder:
            files = _by_age(folder)
            total = sum(size for _, size, _ in files)
            for modified, size, attempt in files:
                if attempt in keep or attempt in self._live or (modified >= older_than and total <= max_bytes):
                    continue
                folder.remove(f"{attempt}{_SUFFIX}")
                total -= size
                removed.append(self.path(attempt))
        return removed

    def drop(self, attempt: str) -> None:
        """Remove an attempt's file, if it is there."""
        if not self.folder.is_dir():
            return
        with told(self.folder), self._opened() as folder:
            folder.remove(f"{attempt}{_SUFFIX}")

    def forget(self, attempt: str) -> None:
        """A writer has ended: its file is like any other from now on."""
        self._live.discard(attempt)

    def sync(self) -> None:
        with self._opened() as folder:
            folder.sync()

    def _opened(self) -> AbstractContextManager[Folder]:
        return open_folder(self._root, *self.folder.relative_to(self._root).parts)

    def _look(self, folder: Folder, attempt: str) -> Spooled:
        name, path = f"{attempt}{_SUFFIX}", self.path(attempt)
        with os.fdopen(folder.open(name, os.O_RDWR), "r+b") as file:
            size = os.fstat(file.fileno()).st_size
            line = file.readline(_MAX_HEADER)
            try:
                header = SpoolHeader.from_json(line)
            except ValueError:
                return Spooled(path, attempt, None, "partial")
            if trailer.is_there(file.fileno(), size, len(line)):
                return Spooled(path, attempt, header, "sealed")
            if size > MAX_FILE or not line.endswith(b"\n"):
                return Spooled(path, attempt, header, "partial", size - len(line))
            body = trailer.without_torn(file.read(MAX_FILE))
            if not _is_json_object(body):
                return Spooled(path, attempt, header, "partial", size - len(line))
            os.ftruncate(file.fileno(), len(line) + len(body))
            os.lseek(file.fileno(), 0, os.SEEK_END)
            write_all(file.fileno(), trailer.pack(len(body), hashlib.sha256(line + body).digest()))
            fsync(file.fileno())
        folder.sync()
        return Spooled(path, attempt, header, "whole_json")


def _is_sealed(folder: Folder, name: str) -> bool:
    with suppress(FileNotFoundError), os.fdopen(folder.open(name, os.O_RDONLY), "rb") as file:
        line = file.readline(_MAX_HEADER)
        return trailer.is_there(file.fileno(), os.fstat(file.fileno()).st_size, len(line))
    return False


def _by_age(folder: Folder) -> list[tuple[float, int, str]]:
    files = []
    for name in folder.names():
        facts = folder.stat(name) if name.endswith(_SUFFIX) else None
        if facts is not None:
            files.append((facts.st_mtime, facts.st_size, name.removesuffix(_SUFFIX)))
    return sorted(files)


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(parse(body), dict)
    except ValueError:
        return False
