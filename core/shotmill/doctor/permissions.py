"""Who else could read the keys, the database or talk to the daemon: the rights on Shotmill's own folders."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from shotmill.client import place
from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.takes.place import PlaceError, UnsafePlaceError, cure_at
from shotmill.takes.probe import probe

_OTHERS = 0o077


def check_keys_file(around: Surroundings) -> list[Check]:
    """The keys file for nobody else. What it says is another check's."""
    path = around.folders.keys_file
    found = _stat(path)
    folder = _open_to_others("keys.folder", "Keys folder", path.parent)
    if found is None:
        return folder or fine("keys.file", "Keys file", "not made yet", more=str(path))
    if found.st_mode & _OTHERS:
        said = f"others than you may use {path} (mode {stat.S_IMODE(found.st_mode):04o})"
        return broken("keys.file", "Keys file", said, f"chmod 600 {_quoted(path)}")
    if found.st_uid != os.geteuid():
        cure = f"sudo chown {os.geteuid()} {_quoted(path)}"
        return broken("keys.file", "Keys file", f"{path} belongs to another user", cure)
    return folder or fine("keys.file", "Keys file", "only you may read it", more=str(path))


def check_state(around: Surroundings) -> list[Check]:
    """The state folder: it has to be a folder that can be written, and holds what is nobody else's business."""
    folder = around.folders.state
    found = _stat(folder)
    if found is None:
        return judged_parent("state", "State folder", folder)
    if not stat.S_ISDIR(found.st_mode):
        return broken("state", "State folder", f"{folder} is not a folder", _move_away(folder))
    refused = refusal(folder)
    if refused is not None:
        cure = f"{cure_at(refused, folder).rstrip('.')}, or set SHOTMILL_HOME to a folder of your own"
        return broken("state", "State folder", f"{folder} can't be written: {in_words(refused)}", cure)
    database = _stat(around.folders.database)
    if database is not None and database.st_mode & 0o022:
        cure = f"chmod 600 {_quoted(around.folders.database)}"
        return look("state", "State folder", "others may write the database", cure)
    return _open_to_others("state", "State folder", folder) or fine(
        "state", "State folder", "can be written", more=str(folder)
    )


def _open_to_others(id: str, title: str, folder: Path) -> list[Check]:  # noqa: A002 - the API's word
    """Whoever may write a folder may put another file in the place of ours, whatever the file's own rights."""
    found = _stat(folder)
    trouble = place.trouble_with(found, os.getuid()) if found is not None and stat.S_ISDIR(found.st_mode) else None
    if trouble is None:
        return []
    why, cure = trouble
    return look(id, title, f"{folder} {why}", cure.format(folder=_quoted(folder)))


def check_socket_folder(around: Surroundings) -> list[Check]:
    folder = around.folders.socket.parent
    found = _stat(folder)
    if found is None:
        return fine("socket", "Socket folder", "not made yet", more=str(folder))
    trouble = place.trouble_with(found, os.getuid())
    if trouble:
        why, cure = trouble
        return broken("socket", "Socket folder", f"{folder} {why}", cure.format(folder=_quoted(folder)))
    return fine("socket", "Socket folder", "only you may enter it", more=str(folder))


def judged_parent(id: str, title: str, folder: Path) -> list[Check]:  # noqa: A002 - the API's word
    """A folder that is not there yet: whether it could be made."""
    above = folder.parent
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        return broken(id, title, f"{folder} can't be made: {above} is not a folder", _move_away(above))
    if not os.access(above, os.W_OK | os.X_OK):
        return broken(id, title, f"{folder} can't be made: {above} can't be written", _give(above))
    return fine(id, title, "not made yet", more=str(folder))


def refusal(folder: Path) -> PlaceError | UnsafePlaceError | None:
    """Why no file can be made in a folder; None when one can. It is tried: rights alone don't tell of full,
    read-only and network disks."""
    try:
        probe(folder, size=5)
    except (PlaceError, UnsafePlaceError) as error:
        return error
    return None


def in_words(refused: PlaceError | UnsafePlaceError) -> str:
    """The system's word for it, without the path."""
    return refused.strerror or refused.message if isinstance(refused, PlaceError) else refused.message


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat() if path.is_symlink() and not path.exists() else path.stat()
    except OSError:
        return None


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _move_away(path: Path) -> str:
    return f"mv {_quoted(path)} {_quoted(path.with_name(path.name + '.old'))}"


def _give(folder: Path) -> str:
    return f"chmod u+rwx {_quoted(folder)}, or set SHOTMILL_HOME to a folder of your own"


TESTS = (
    Test(
        "keys.file",
        "Keys file",
        check_keys_file,
        "stuck",
        "whether only you may read or change your keys",
    ),
    Test("state", "State folder", check_state, "progress", "whether the daemon can write its records, and nobody else"),
    Test("socket", "Socket folder", check_socket_folder, "connection", "whether only you may enter it"),
)
