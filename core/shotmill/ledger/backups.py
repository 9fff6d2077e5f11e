"""Copies of the database, `backup/state-<n>.db`: made while it is in use, whole or not there, the last few kept."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from pathlib import Path

from shotmill.errors import ShotmillError
from shotmill.ledger import schema
from shotmill.ledger.trouble import LedgerDiskError, LedgerError
from shotmill.takes.folder import open_folder
from shotmill.takes.sync import fsync
from shotmill.untrusted import printable

KEEP = 5
_NAME = re.compile(r"state-(\d{1,12})\.db")


def backups_in(folder: Path) -> list[Path]:
    """Newest first."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return []
    numbered = sorted(((int(match[1]), name) for name in names if (match := _NAME.fullmatch(name))), reverse=True)
    return [folder / name for _, name in numbered]


def write_backup(connection: sqlite3.Connection, folder: Path) -> Path:
    """Copy what is committed; on the medium under its name when this returns. Raises `LedgerDiskError`."""
    before = backups_in(folder)
    number = int(_NAME.fullmatch(before[0].name)[1]) + 1 if before else 1  # type: ignore[index]
    path = folder / f"state-{number}.db"
    temporary = folder / f".{path.name}.tmp"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        _copy(connection, temporary)
        _into_place(temporary, path)
        for old in before[KEEP - 1 :]:
            old.unlink(missing_ok=True)
    except (OSError, sqlite3.Error, ShotmillError) as error:
        temporary.unlink(missing_ok=True)
        raise LedgerDiskError(
            f"No backup of the database could be made in {folder}: {printable(str(error), 200)}.",
            cure="Make room on that disk, or mend it.",
        ) from error
    return path


def restore_newest(path: Path, folder: Path) -> Path | None:
    """Put the newest backup that is whole in the database's place; None where there is none.

    Every project in it counts as not read: its journal may know more. Raises `LedgerError` when the newest whole one
    is of a newer Shotmill.
    """
    for backup in backups_in(folder):
        temporary = path.with_name(f".{path.name}.restoring")
        temporary.unlink(missing_ok=True)
        shutil.copyfile(backup, temporary)
        temporary.chmod(0o600)
        version = _prepared(temporary)
        if version is None:
            temporary.unlink()
            continue
        if version > schema.VERSION:
            temporary.unlink()
            raise LedgerError(
                f"{backup} was made by a newer Shotmill (schema {version}, this one knows {schema.VERSION})",
                cure="install the newer Shotmill again",
                code="newer_database",
            )
        _into_place(temporary, path)
        return backup
    return None


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    target.touch(mode=0o600, exist_ok=False)
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode=delete")  # a single file, without a log of its own
    finally:
        copy.close()


def _prepared(copy: Path) -> int | None:
    """The copy's schema version, with its projects marked as not read; None for a damaged one."""
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if verdict != "ok" or version < 1:
            return None
        if version <= schema.VERSION:
            connection.execute("PRAGMA journal_mode=delete")
            connection.execute("UPDATE projects SET journal_read_at = NULL")
        return int(version)
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()


def _into_place(temporary: Path, path: Path) -> None:
    fd = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fsync(fd)
    finally:
        os.close(fd)
    temporary.replace(path)
    with open_folder(path.parent) as folder:
        folder.sync()
