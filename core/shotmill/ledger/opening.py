"""Opening the database: what is newer is refused untouched, what is older migrates after a backup, what is damaged is
set aside and rebuilt, and a lost write-ahead log is noticed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shotmill.ledger import schema
from shotmill.ledger.backups import backups_in, restore_newest, write_backup
from shotmill.ledger.damage import is_foreign, is_sound, remains_of, set_aside, version_in_header
from shotmill.ledger.trouble import LedgerDamagedError, LedgerError, told

# Read back after they are set: SQLite says nothing when it keeps a value of its own.
_PRAGMAS: Mapping[str, object] = {
    "locking_mode": "exclusive",  # before WAL: no shared memory, and a second process is shut out for certain
    "journal_mode": "wal",
    "synchronous": 2,
    "fullfsync": 1,
    "checkpoint_fullfsync": 1,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "temp_store": 2,
    "journal_size_limit": 64 << 20,
}
_SHARED_DISK: Mapping[str, object] = {"journal_mode": "delete", "synchronous": 3}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Why the database had to be rebuilt, where the old one lies, and the backup it was rebuilt from (or None)."""

    why: str
    kept_as: Path | None
    backup: Path | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that can be written. `rebuilt` is set when it does not know all that was sent."""

    connection: sqlite3.Connection
    rebuilt: Rebuilt | None


def open_database(path: Path, backups: Path, now: float, *, shared_disk: bool = False) -> Opened:
    """Raises `LedgerError` for a newer schema, another program's file or a disk that refuses; it is as it was then."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rebuilt = _missing(path, backups, now)
    if rebuilt is None and path.exists():
        if is_foreign(path, schema.APPLICATION_ID):
            raise _foreign(path)
        refuse_newer(path, version_in_header(path))
        try:
            if not is_sound(path):
                raise LedgerDamagedError("it is no database")
            return _opened(path, backups, now, shared_disk)
        except LedgerDamagedError as damage:
            if path.exists():
                set_aside(path, now)
            rebuilt = Rebuilt(damage.message, remains_of(path)[0], restore_newest(path, backups))
    opened = _opened(path, backups, now, shared_disk)
    return opened if rebuilt is None else Opened(opened.connection, rebuilt)


def close_database(connection: sqlite3.Connection) -> None:
    """An orderly end: the next one knows that nothing is missing. On a disk that refuses its log says so instead."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute("DELETE FROM facts WHERE name = 'open'")
    connection.close()


def refuse_newer(path: Path, version: int) -> None:
    if version > schema.VERSION:
        raise LedgerError(
            f"{path} was made by a newer Shotmill (schema {version}, this one knows {schema.VERSION}); "
            "nothing was touched",
            cure="install the newer Shotmill again, or point SHOTMILL_HOME elsewhere",
            code="newer_database",
        )


def _foreign(path: Path) -> LedgerError:
    return LedgerError(
        f"{path} is a database of another program; nothing was touched",
        cure="move it away, or point SHOTMILL_HOME elsewhere",
        code="foreign_database",
    )


def _missing(path: Path, backups: Path, now: float) -> Rebuilt | None:
    """The database is gone though there was one: its backups, or what was set aside when a rebuild was killed."""
    if path.exists() and path.stat().st_size:
        return None
    remains = remains_of(path)
    log = path.with_name(f"{path.name}-wal")
    orphaned = log.exists() and log.stat().st_size > 0
    if not remains and not orphaned and not backups_in(backups):
        return None
    if orphaned or path.exists():
        remains = [set_aside(path, now), *remains]
    return Rebuilt(f"{path.name} is missing", remains[0] if remains else None, restore_newest(path, backups))


def _opened(path: Path, backups: Path, now: float, shared_disk: bool) -> Opened:
    had_wal = path.with_name(f"{path.name}-wal").exists()
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    except sqlite3.Error as error:
        raise told(error, path) from error
    try:
        _refuse_foreign(connection, path)
        path.chmod(0o600)
        _set_pragmas(connection, path, shared_disk)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        refuse_newer(path, version)
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise LedgerDamagedError(f"{path.name}: {verdict}")
        _migrate(connection, backups, version)
        lost = not had_wal and not shared_disk and _was_open(connection, path)
        _mark_open(connection, lost)
        return Opened(connection, Rebuilt("its write-ahead log is missing", None, path) if lost else None)
    except BaseException as error:
        meaning = told(error, path) if isinstance(error, sqlite3.Error) else error
        if isinstance(meaning, LedgerDamagedError):
            set_aside(path, now)  # before SQLite tidies up: at its close it would remove the log
        connection.close()
        raise meaning from error


def _set_pragmas(connection: sqlite3.Connection, path: Path, shared_disk: bool) -> None:
    wanted = {**_PRAGMAS, **(_SHARED_DISK if shared_disk else {})}
    for name, value in wanted.items():
        connection.execute(f"PRAGMA {name}={value}").fetchall()
    for name, value in wanted.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()
        if found is not None and str(found[0]).lower() != str(value):
            raise LedgerError(
                f"{path}: SQLite keeps {name}={found[0]}, {value} is needed for durable records",
                cure="put SHOTMILL_HOME on an ordinary local disk",
            )


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """The same as `is_foreign`, with what stands in the log."""
    (made_by,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and made_by != schema.APPLICATION_ID:
        raise _foreign(path)


def _was_open(connection: sqlite3.Connection, path: Path) -> bool:
    try:
        return connection.execute("SELECT 1 FROM facts WHERE name = 'open'").fetchone() is not None
    except sqlite3.OperationalError as error:  # it has our mark and our version, and not our tables
        raise LedgerDamagedError(f"{path.name}: {error}") from error


def _mark_open(connection: sqlite3.Connection, lost: bool) -> None:
    """In use from now on, and on the medium as such: without its log this file alone would not be the whole story."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT OR REPLACE INTO facts VALUES ('open', 1)")
    if lost:
        connection.execute("UPDATE projects SET journal_read_at = NULL")
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _migrate(connection: sqlite3.Connection, backups: Path, version: int) -> None:
    """From `version` to this program's, in one transaction, after a backup."""
    if version == schema.VERSION:
        return
    if version > 0:
        write_backup(connection, backups)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in schema.MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={schema.VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
