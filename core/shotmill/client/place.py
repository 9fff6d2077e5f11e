"""The folder of the daemon's socket and locks: only its user may enter, or the socket in it could be anyone's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from shotmill.errors import UnreachableError


def make_private(folder: Path) -> None:
    """Make the folder with mode 0700, or see that the one that is there is ours alone; raises `UnreachableError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as fault:
        raise UnreachableError(
            f"The folder of the daemon's socket can't be made: {folder}: {fault.strerror}.",
            cure="Make it writable, or set SHOTMILL_HOME to a folder of your own",
        ) from fault
    _refuse(folder, found)
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def refuse_foreign(socket_path: str | os.PathLike[str]) -> None:
    """Before a word is sent: the socket's folder, where there is one, has to be the user's own."""
    folder = os.path.dirname(os.fspath(socket_path))  # noqa: PTH120 - `Path` is not worth it here
    try:
        found = os.lstat(folder)
    except OSError:
        return  # the connection will say that nothing is there
    _refuse(folder, found)


def _refuse(folder: str | Path, found: os.stat_result) -> None:
    trouble = trouble_with(found, os.getuid())
    if trouble:
        why, cure = trouble
        raise UnreachableError(
            f"The folder of the daemon's socket {why}: {folder}", cure=cure.format(folder=folder), code="socket_folder"
        )


def trouble_with(found: os.stat_result, user: int) -> tuple[str, str] | None:
    """Why a folder is refused, and the cure (with `{folder}` in it); None when it is ours alone."""
    if not stat.S_ISDIR(found.st_mode):
        return "is not a folder", "Move it away: mv {folder} {folder}.old"
    if found.st_uid != user:
        return "belongs to another user", "Set SHOTMILL_HOME to a folder of your own"
    if stat.S_IMODE(found.st_mode) & 0o022:
        return "may be written by others", "chmod 700 {folder}"
    return None
