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
from shotmill.takes import trailer
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.durable import write_atomically
from shotmill.takes.folder import Folder, make_lasting, open_folder
from shotmill.takes.place import told
from shotmill.takes.spool_header import SpoolHeader
from shotmill.takes.spool_writer import MAX_BODY, SpoolError, SpoolWriter
from shotmill.takes.sync import fsync, write_all

MAX_FILE = MAX_BODY + 128 * 1024
_MAX_HEADER = 64 * 1024
_SUFFIX = ".part"

State = Literal["sealed", "whole_json", "partial"]


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
