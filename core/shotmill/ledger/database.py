"""The user's database: one connection on one thread, commits that survive a power cut.

SQLite in WAL mode with `synchronous=FULL`: a row that is committed before a request leaves is there after any crash.
One writer for each database also keeps clear of the WAL-reset corruption of SQLite before 3.51.3
(sqlite.org/wal.html#the_wal_reset_bug).
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from shotmill.errors import ShotmillError
from shotmill.ledger.schema import APPLICATION_ID, MIGRATIONS, VERSION

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]

_PRAGMAS = {
    "locking_mode": "exclusive",
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "temp_store": 2,
}
_STOP = object()


class LedgerError(ShotmillError):
    """The database can't be used: newer than this program, damaged, or on a disk that refuses."""

    code = "ledger"


class Database:
    """Runs jobs in the order they were handed in; jobs that wait together share one commit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def open(self) -> None:
        """Start the thread, check and migrate the database. Raises `LedgerError`; nothing is changed then."""
        self._thread.start()
        self._ready.result()

    def submit(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a job; its future is done when the job is committed, or holds what it raised."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    async def do(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """`submit` for coroutines; being cancelled does not take the job back."""
        return await asyncio.shield(asyncio.wrap_future(self.submit(job)))

    def close(self) -> None:
        if self._thread.is_alive():
            self._jobs.put(_STOP)
            self._thread.join()

    def _run(self) -> None:
        try:
            connection = _open(self._path)
        except BaseException as error:
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        running = True
        while running:
            batch = [self._jobs.get()]
            while len(batch) < 256 and not self._jobs.empty():
                batch.append(self._jobs.get())
            if _STOP in batch:
                running = False
                batch = [item for item in batch if item is not _STOP]
            if batch:
                _commit(connection, batch)
        connection.close()


def _commit(connection: sqlite3.Connection, batch: list[tuple[Job, Future[Any]]]) -> None:
    """All jobs in one transaction, each in a savepoint of its own, so that one that fails takes no other with it."""
    answers: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        for job, future in batch:
            connection.execute("SAVEPOINT job")
            try:
                answers.append((future, job(connection), None))
            except Exception as error:
                connection.execute("ROLLBACK TO job")
                answers.append((future, None, error))
            connection.execute("RELEASE job")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        answers = [(future, None, error) for _, future in batch]
    for future, value, failure in answers:
        if failure is None:
            future.set_result(value)
        else:
            future.set_exception(failure)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    path.chmod(0o600)
    try:
        for name, value in _PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}")
        for name, value in _PRAGMAS.items():
            (found,) = connection.execute(f"PRAGMA {name}").fetchone()
            if name != "mmap_size" and str(found).lower() != str(value):
                raise LedgerError(f"{path}: SQLite keeps {name}={found}, {value} is needed for durable records")
        _migrate(connection, path)
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise LedgerError(f"{path} is damaged: {verdict}", cure=_set_aside(path))
    except sqlite3.DatabaseError as error:
        connection.close()
        raise LedgerError(f"{path} can't be used: {error}", cure=_set_aside(path)) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _set_aside(path: Path) -> str:
    return f"stop the daemon, move {path} away and keep it; what was drawn is in the projects' own journals"


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise LedgerError(
            f"{path} was made by a newer Shotmill (schema {version}, this one knows {VERSION}); nothing was touched",
            cure="install the newer Shotmill again, or point SHOTMILL_HOME elsewhere",
        )
    if version == VERSION:
        return
    if version > 0:
        with sqlite3.connect(path.with_name(f"{path.name}.before-{VERSION}")) as backup:
            connection.backup(backup)
    connection.execute("BEGIN IMMEDIATE")
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")
