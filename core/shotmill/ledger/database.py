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

from shotmill.ledger.opening import Opened, close_database, open_database
from shotmill.ledger.trouble import LedgerDamagedError, LedgerError, told

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]
MOST_TOGETHER = 256


class _Task:
    """A job and who waits for it. `alone`: it runs outside of any transaction."""

    __slots__ = ("alone", "future", "job")

    def __init__(self, job: Job, *, alone: bool = False) -> None:
        self.job = job
        self.alone = alone
        self.future: Future[Any] = Future()


class Database:
    """Runs jobs in the order they were handed in; jobs that wait together share one commit.

    `on_death` is called on the writer's thread when that can't go on: no job is answered with success any more.
    """

    def __init__(self, path: Path, backups: Path, on_death: Callable[[BaseException], None] | None = None) -> None:
        self._path = path
        self._backups = backups
        self._on_death = on_death
        self._jobs: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._ready: Future[Opened] = Future()
        self._dead: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def begin_to_open(self, now: float, *, shared_disk: bool = False) -> None:
        """Start the thread, which checks, rebuilds and migrates the database; nothing where it was started before.

        `shared_disk`: its disk is one of a network, where WAL's shared memory can't be trusted.
        """
        if self._thread.ident is None:
            self._now, self._shared_disk = now, shared_disk
            self._thread.start()

    def open(self, now: float, *, shared_disk: bool = False) -> Opened:
        """Begin, and wait until it is open. Raises `LedgerError`; nothing is changed then."""
        self.begin_to_open(now, shared_disk=shared_disk)
        return self._ready.result()

    def submit(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a job; its future is done when the job is committed, or holds what it raised."""
        return self._queue(_Task(job))

    def submit_alone(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a job that runs between transactions, such as a backup."""
        return self._queue(_Task(job, alone=True))

    async def do(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """`submit` for coroutines; being cancelled does not take the job back."""
        return await asyncio.shield(asyncio.wrap_future(self.submit(job)))

    def close(self) -> None:
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self._dead = self._dead or LedgerError("it was closed")
        self._refuse_rest(self._dead)

    def _queue(self, task: _Task) -> Future[Any]:
        self._jobs.put(task)
        if self._dead is not None:
            self._refuse_rest(self._dead)
        return task.future

    def _run(self) -> None:
        try:
            opened = open_database(self._path, self._backups, self._now, shared_disk=self._shared_disk)
        except BaseException as error:
            self._ready.set_exception(error)
            return
        self._ready.set_result(opened)
        try:
            self._serve(opened.connection)
            close_database(opened.connection)
        except BaseException as error:
            self._dead = error
            self._refuse_rest(error)
            if self._on_death is not None:
                self._on_death(error)

    def _serve(self, connection: sqlite3.Connection) -> None:
        while True:
            batch: list[_Task] = []
            task = self._jobs.get()
            while task is not None and not task.alone:
                batch.append(task)
                if len(batch) == MOST_TOGETHER or self._jobs.empty():
                    break
                task = self._jobs.get()
            if batch:
                self._commit(connection, batch)
            if task is None:
                return
            if task.alone:
                self._alone(connection, task)

    def _alone(self, connection: sqlite3.Connection, task: _Task) -> None:
        try:
            task.future.set_result(task.job(connection))
        except sqlite3.Error as error:
            task.future.set_exception(told(error, self._path))
        except Exception as error:
            task.future.set_exception(error)

    def _commit(self, connection: sqlite3.Connection, batch: list[_Task]) -> None:
        """All jobs in one transaction, each in a savepoint of its own, so that one that fails takes no other along."""
        answers: list[tuple[Any, Exception | None]]
        try:
            answers = _in_one_transaction(connection, batch)
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            refusal = told(error, self._path) if isinstance(error, sqlite3.Error) else error
            fatal = not isinstance(refusal, Exception) or isinstance(refusal, LedgerDamagedError)
            answer = refusal if isinstance(refusal, Exception) else _ended(refusal)
            for task in batch:
                task.future.set_exception(answer)
            if fatal:
                raise refusal from error
            return
        for task, (value, failure) in zip(batch, answers, strict=True):
            if failure is None:
                task.future.set_result(value)
            else:
                task.future.set_exception(failure)

    def _refuse_rest(self, error: BaseException) -> None:
        """Nobody waits for ever for a writer that has ended."""
        while True:
            try:
                task = self._jobs.get_nowait()
            except queue.Empty:
                return
            if task is not None and not task.future.done():
                task.future.set_exception(_ended(error))


def _ended(error: BaseException) -> LedgerError:
    said = f"The database's writer has ended: {type(error).__name__}: {error}"
    return LedgerError(said, cure="shotmill daemon restart")


def _in_one_transaction(connection: sqlite3.Connection, batch: list[_Task]) -> list[tuple[Any, Exception | None]]:
    answers: list[tuple[Any, Exception | None]] = []
    connection.execute("BEGIN IMMEDIATE")
    for task in batch:
        connection.execute("SAVEPOINT job")
        try:
            answers.append((task.job(connection), None))
        except Exception as error:
            if not connection.in_transaction:
                raise  # a full disk takes the whole transaction with it
            connection.execute("ROLLBACK TO job")
            answers.append((None, error))
        connection.execute("RELEASE job")
    connection.execute("COMMIT")
    return answers
