"""Folders held open by descriptor: whatever is swapped or linked meanwhile, a name means a file in this folder."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shotmill.errors import ShotmillError
from shotmill.takes.place import place_error, unsafe
from shotmill.takes.sync import fsync_dir
from shotmill.untrusted import printable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_AS_NEW = 4
_LINK_MET = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EMLINK})


class OversizedFileError(ShotmillError):
    """A file is larger than anything that belongs there; it was not read."""

    code = "oversized"


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder. `path` is for messages only; every access goes through `fd` and never follows a link."""

    fd: int
    path: Path

    def open(self, name: str, flags: int, mode: int = 0o644) -> int:
        """A descriptor of a plain file in this folder; anything else at that name is an `UnsafePlaceError`."""
        safe_flags = flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            fd = os.open(_plain(name), safe_flags, mode, dir_fd=self.fd)
        except FileExistsError:
            raise
        except OSError as error:
            self.stat(name)  # says what stands there, if that is the reason
            error.filename = str(self.path / name)
            raise
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            self.stat(name)
            raise unsafe(self.path / name, "no plain file")
        return fd

    def stat(self, name: str) -> os.stat_result | None:
        """The plain file's facts, None where there is nothing; a link, pipe, device or folder is refused."""
        try:
            facts = os.stat(_plain(name), dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(facts.st_mode):
            raise unsafe(self.path / name, kind_of(facts.st_mode))
        return facts

    def read(self, name: str, limit: int) -> tuple[bytes, os.stat_result]:
        """A plain file's bytes and facts; more than `limit` bytes are refused unread. FileNotFoundError if absent."""
        with os.fdopen(self.open(name, os.O_RDONLY), "rb") as file:
            facts = os.fstat(file.fileno())
            data = file.read(limit + 1) if facts.st_size <= limit else b""
        if facts.st_size > limit or len(data) > limit:
            largest = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1000} KB"
            raise OversizedFileError(
                f"{printable(str(self.path / name))} is larger than {largest}.",
                cure="Make it smaller, or move it out of the project.",
            )
        return data, facts

    def remove(self, name: str) -> bool:
        """Take the name away; False if it was not there."""
        try:
            os.unlink(_plain(name), dir_fd=self.fd)
        except FileNotFoundError:
            return False
        return True

    def replace(self, name: str, final: str) -> None:
        """Atomically give `name` the name `final`; whatever had it is gone."""
        os.rename(_plain(name), _plain(final), src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def names(self) -> list[str]:
        return os.listdir(self.fd)  # noqa: PTH208 - a descriptor has no iterdir

    def sync(self) -> None:
        fsync_dir(self.fd)


@contextmanager
def open_folder(root: Path, *parts: str, create: bool = False) -> Iterator[Folder]:
    """`root/part/part…` opened component by component: a link below `root` is refused, `root` itself may be one.

    With `create`, folders that are missing below `root` are made (and synced into their parent). Raises
    FileNotFoundError, `UnsafePlaceError`.
    """
    try:
        fd = os.open(root, _FOLDER)
    except NotADirectoryError as error:
        raise unsafe(root, "not a folder") from error
    try:
        path = root
        for part in parts:
            path = path / part
            below = _step(fd, part, path, create)
            os.close(fd)
            fd = below
        yield Folder(fd, path)
    finally:
        os.close(fd)


def make_lasting(folder: Path) -> None:
    """A private folder whose name a power cut leaves, and the names above it, which may be as new as itself
    (`~/.local/state/shotmill/spool`): what is synced into a folder without a name is lost. FileNotFoundError where
    the one above was taken away: it is not made anew."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for above in folder.parents[:_AS_NEW]:
        with suppress(PermissionError), open_folder(above) as opened:  # one that is not ours was there before
            opened.sync()


@contextmanager
def open_subfolder(folder: Folder, name: str, *, create: bool = False) -> Iterator[Folder]:
    """A folder inside an open one, by the same rules."""
    path = folder.path / name
    fd = _step(folder.fd, name, path, create)
    try:
        yield Folder(fd, path)
    finally:
        os.close(fd)


def split_relative(relative: str) -> tuple[tuple[str, ...], str]:
    """A project-relative path from a record as folders and a name; ValueError if it could lead elsewhere."""
    path = PurePosixPath(relative)
    if path.is_absolute() or not path.parts:
        raise ValueError(f"not a path inside the project: {relative!r}")
    parts = tuple(_plain(part) for part in path.parts)
    return parts[:-1], parts[-1]


def kind_of(mode: int) -> str:
    """What stands at a name, in words."""
    kinds = (
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((words for is_kind, words in kinds if is_kind(mode)), "a device")


def _step(fd: int, part: str, path: Path, create: bool) -> int:
    try:
        return os.open(_plain(part), _FOLDER | os.O_NOFOLLOW, dir_fd=fd)
    except FileNotFoundError:
        if not create:
            raise
    except OSError as error:
        raise _refusal(fd, part, path, error) from error
    try:
        os.mkdir(part, dir_fd=fd)
        fsync_dir(fd)
    except FileExistsError:
        pass  # made by someone else meanwhile: what it is, the next open tells
    except OSError as error:
        raise place_error(path, error) from error
    try:
        return os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=fd)
    except OSError as error:
        raise _refusal(fd, part, path, error) from error


def _refusal(fd: int, part: str, path: Path, error: OSError) -> Exception:
    """A link where a folder belongs answers ENOTDIR on Linux and ELOOP on macOS: look what it is."""
    if error.errno not in _LINK_MET:
        return place_error(path, error)
    facts = os.stat(part, dir_fd=fd, follow_symlinks=False)
    return unsafe(path, "a plain file" if stat.S_ISREG(facts.st_mode) else kind_of(facts.st_mode))


def _plain(name: str) -> str:
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(f"not a file name: {name!r}")
    return name
