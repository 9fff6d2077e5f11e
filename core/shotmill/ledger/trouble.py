"""What SQLite's errors mean: a disk that time or a person mends, a damaged database, or a fault of ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError
from shotmill.untrusted import printable

_DISK = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }
)
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class LedgerError(ShotmillError):
    """The database can't be used: newer than this program, or its writer has ended."""

    code = "ledger"
    exit_code = ExitCode.UNREACHABLE


class LedgerDiskError(LedgerError):
    """Its disk refused: full, read-only, gone. Nothing was written; the same can be asked again when it is mended."""

    code = "ledger_disk"
    exit_code = ExitCode.NOTHING_RUNS


class LedgerDamagedError(LedgerError):
    """Its pages contradict each other; nothing that it says counts any more."""

    code = "ledger_damaged"


def told(error: sqlite3.Error, path: Path) -> Exception:
    """The error as a `LedgerError` where it is the disk's or the file's; a fault of ours stays as it is."""
    number = getattr(error, "sqlite_errorcode", None)
    kind = None if number is None else number & 0xFF
    said = f"{printable(str(path), 300)}: {printable(str(error), 200)}"
    if kind in _DISK:
        return LedgerDiskError(f"The database can't be written: {said}.", cure="Make room on that disk, or mend it.")
    if kind in _DAMAGE:
        return LedgerDamagedError(f"The database is damaged: {said}.", cure="shotmill daemon restart rebuilds it")
    return error
