"""What can be wrong with a place on a disk, told to a person: full, read-only, gone, or not what it claims to be."""

from __future__ import annotations

import errno
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError
from shotmill.takes.mounts import mount_at
from shotmill.untrusted import printable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES})
_LOCKED = frozenset({errno.EPERM})
_GONE = frozenset({errno.ENOENT, errno.ESTALE})
_CUT_OFF = frozenset({errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ETIMEDOUT})
_CROWDED = frozenset({errno.EMFILE, errno.ENFILE})
MOVED_FOR_GOOD = "Moved for good: shotmill daemon restart, then: shotmill start NEW_PLACE"
"""What a run has in hand for a folder that was moved under it goes to the new place with the daemon's next life."""

_OF_MOUNTS = _CUT_OFF | {errno.EROFS}
_TROUBLES: tuple[tuple[frozenset[int], str, str, str], ...] = (
    (
        _FULL,
        "disk_full",
        "there is no room left",
        "Free some space on that disk; nothing is lost.",
    ),
    (
        _DENIED,
        "not_writable",
        "permission denied",
        "Give yourself the right to write there (chmod u+rwX).",
    ),
    (
        _LOCKED,
        "not_writable",
        "the system does not permit it, whatever its mode says",
        "See whether it is locked (lsattr -d); an i or a there goes with sudo chattr -ia.",
    ),
    (frozenset({errno.EROFS}), "read_only", "the disk is read-only", "Mount it writable again."),
    (_GONE, "place_gone", "it is not there any more", f"Put the folder back. {MOVED_FOR_GOOD}"),
    (_CUT_OFF, "place_gone", "the network share that it is on does not answer", "Mount the share again."),
    (_CROWDED, "too_many_files", "too many files are open", "Raise the limit of open files (ulimit -n)."),
)


class PlaceError(ShotmillError, OSError):
    """The operating system refused a read or a write; `errno` is its reason, `code` the same as a stable word.

    Codes: `disk_full`, `not_writable`, `read_only`, `place_gone`, `too_many_files`, and `disk_error` for the rest.
    It is an `OSError` too. Waiting or a person mends it: the work can be done again as it was.
    """

    code = "disk_error"
    exit_code = ExitCode.NOTHING_RUNS

    def __str__(self) -> str:
        return self.message


class UnsafePlaceError(ShotmillError):
    """Something stands where a plain file or folder belongs: a link, a pipe, a device. It is never followed."""

    code = "unsafe_place"
    exit_code = ExitCode.NOTHING_RUNS


def place_error(path: Path, cause: OSError) -> PlaceError:
    """`cause` in plain words, with its cure."""
    shown = printable(str(path))
    for numbers, code, what, cure in _TROUBLES:
        if cause.errno in numbers:
            if cause.errno in _OF_MOUNTS and (mount := mount_at(path)) is not None:
                cure = printable(mount.writable_again if code == "read_only" else mount.there_again)
            error = PlaceError(f"{shown}: {what}.", cure=cure, code=code)
            break
    else:
        reason = printable(cause.strerror or str(cause) or type(cause).__name__)
        error = PlaceError(f"{shown}: {reason}.", cure="Look after that disk, then try again.")
    error.errno = cause.errno
    error.strerror = cause.strerror
    return error


def cure_at(refused: ShotmillError, folder: Path) -> str:
    """The command that lets its owner write into `folder` again: rights, or the lock that stands above them
    (chattr(1)); for what is no question of rights the cure that the refusal has."""
    quoted, number = shlex.quote(str(folder)), getattr(refused, "errno", None)
    if number in _LOCKED:
        if sys.platform == "darwin":
            return f"chflags nouchg,nouappnd {quoted}   (it is locked; ls -ldO {quoted} shows it)"
        return f"sudo chattr -ia {quoted}   (where lsattr -d {quoted} shows an i or an a: it is locked)"
    if number not in _DENIED:
        return refused.cure
    return f"chmod u+rwx {quoted}   (or, where it is another user's: sudo chown -R $(id -un) {quoted})"


def unsafe(path: Path, what: str) -> UnsafePlaceError:
    """The refusal for `path`, at which `what` (“a link”, “a named pipe”) was met."""
    return UnsafePlaceError(
        f"{printable(str(path))} is {what}; Shotmill does not read or write through it.",
        cure="Move it away, or put a plain folder or file in its place.",
    )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Inside, every bare OSError becomes a `PlaceError` about `path`; errors that are told already pass."""
    try:
        yield
    except ShotmillError:
        raise
    except OSError as cause:
        named = Path(cause.filename) if isinstance(cause.filename, str) and cause.filename.startswith("/") else path
        raise place_error(named, cause) from cause
