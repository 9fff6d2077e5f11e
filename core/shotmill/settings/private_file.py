"""Files that only their owner may read: opened with a check, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
import tempfile
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path

from shotmill.settings.faults import Fault, settings_error
from shotmill.settings.toml_file import text_of, unreadable

_OTHERS = 0o077


def read_private(path: Path) -> str | None:
    """The text of `path`, or None when there is no such file.

    Raises SettingsError, with the command that mends it, when the file or the link to it belongs to somebody else, or
    when anybody else has a right on it. What is checked is the file that was opened.
    """
    try:
        link = path.lstat()
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        status = os.fstat(descriptor)
        _check_owner(path, link.st_uid, status.st_uid)
        if status.st_mode & _OTHERS:
            raise settings_error(
                [
                    Fault(
                        path, 0, f"holds keys, and others than you may use it (mode {stat.S_IMODE(status.st_mode):04o})"
                    )
                ],
                cure=f"chmod 600 {shlex.quote(str(path))}",
            )
        return text_of(path, descriptor)
    finally:
        os.close(descriptor)


def _check_owner(path: Path, link_owner: int, owner: int) -> None:
    me = os.geteuid()
    if owner != me:
        said = "holds keys, and belongs to another user"
    elif link_owner != me:
        said = "is a link that another user made"
    else:
        return
    quoted = shlex.quote(str(path))
    raise settings_error(
        [Fault(path, 0, said)], cure=f"If it is yours: sudo chown -h {me} {quoted}; chmod 600 {quoted}"
    )


def write_private(path: Path, text: str) -> None:
    """Puts `text` at `path` with mode 0600, in one step that survives a crash. A link is followed, not replaced."""
    make_private_folder(path.parent)
    write_whole(path, text, 0o600)


def write_whole(path: Path, text: str, mode: int) -> None:
    """Puts `text` at `path` in one step that survives a crash. A link is followed, not replaced."""
    target = path.resolve()
    temporary = _written_beside(target, text, mode)
    try:
        os.replace(temporary, target)  # noqa: PTH105 - beside fsync, the plain calls of the system read better
    except OSError:
        os.unlink(temporary)  # noqa: PTH108
        raise
    _sync_folder(target.parent)


def write_new(path: Path, text: str, mode: int = 0o644) -> None:
    """Puts `text` at `path`, whole, only where nothing stands yet; raises FileExistsError."""
    temporary = _written_beside(path, text, mode)
    try:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a disk without hard links
            _write_exclusively(path, text, mode)
    finally:
        os.unlink(temporary)  # noqa: PTH108
    _sync_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Makes `folder` with mode 0700; one that is there is closed to others when it is ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid == os.geteuid() and status.st_mode & _OTHERS:
        folder.chmod(0o700)


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Holds the folder for one process at a time, so that two edits of a file in it do not undo each other."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _written_beside(path: Path, text: str, mode: int) -> str:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
    return name


def _write_exclusively(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
