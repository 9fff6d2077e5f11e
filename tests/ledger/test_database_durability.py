"""The database's promises: what is committed stays, one request a beat, one that fails takes no other along."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ledger.ledgers import NOW, filled, intent, ledger
from shotmill.ledger.database import Database
from shotmill.ledger.ledger import Ledger
from shotmill.ledger.trouble import LedgerDiskError, LedgerError
from shotmill.quota.learned import Learned

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from ledger.ledgers import filled
from shotmill.ledger.ledger import Ledger
state = Path(sys.argv[1])
made = Ledger(state / "shotmill.db")
made.open(1_795_000_000.0)
asyncio.run(filled(made, state))
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_with_rows(state: Path) -> None:
    """A database as a killed process leaves it: rows in its write-ahead log."""
    tests = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", KILLED, str(state)], env={"PYTHONPATH": str(tests)}, check=False)
    assert done.returncode == -9
    assert (state / "shotmill.db-wal").stat().st_size > 0


async def test_what_was_committed_is_there_after_a_kill(tmp_path: Path) -> None:
    killed_with_rows(tmp_path)
    with ledger(tmp_path) as (found, rebuilt):
        assert rebuilt is None
        assert [(one.id, one.state) for one in await found.open_attempts("p")] == [("a3", "sending")]
        assert await found.ended(["a0", "a1", "a2", "a3"]) == {"a0", "a1"}
        sent = await asyncio.to_thread(found.sent, "google", "film-1", [], "m", NOW)
        assert sent == [NOW, NOW + 1, NOW + 2, NOW + 3]


async def test_a_beat_is_never_out_twice(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await made.register("p", tmp_path, NOW)
        await made.intend(intent("a1"))
        with pytest.raises(sqlite3.IntegrityError):
            await made.intend(intent("a2"))
        assert await asyncio.to_thread(made.sent, "google", "film-1", [], "m", NOW) == [NOW], "no debit without intent"
        await made.end("a1", "ended", NOW + 1)
        await made.intend(intent("a2"))


async def test_what_ended_is_not_out_again(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await filled(made, tmp_path)
        with pytest.raises(sqlite3.IntegrityError):
            await made.end("a0", "sending", NOW + 20)
        await made.end("a2", "kept", NOW + 20)  # a doubt may still turn out well


async def test_a_job_that_fails_takes_no_other_along(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await made.register("p", tmp_path, NOW)
        jobs = [made.intend(intent("a1")), made.intend(intent("a2")), made.intend(intent("a3", beat="1.2"))]
        answers = await asyncio.gather(*jobs, return_exceptions=True)
        assert [type(answer) for answer in answers] == [type(None), sqlite3.IntegrityError, type(None)]
        assert {one.id for one in await made.open_attempts("p")} == {"a1", "a3"}


async def test_a_full_disk_refuses_cleanly_and_takes_it_later(tmp_path: Path) -> None:
    made = Database(tmp_path / "shotmill.db", tmp_path / "backup")
    made.open(NOW)
    try:
        pages = await asyncio.to_thread(
            lambda: made.submit_alone(lambda db: db.execute("PRAGMA page_count").fetchone()[0]).result()
        )
        limit = made.submit_alone(lambda db: db.execute(f"PRAGMA max_page_count={pages}").fetchone())
        await asyncio.wrap_future(limit)
        row = ("p", "x" * 100_000, NOW, 0.0, None)
        big = lambda db: db.execute("INSERT INTO projects VALUES (?, ?, ?, ?, ?)", row)  # noqa: E731
        with pytest.raises(LedgerDiskError, match="full"):
            await made.do(big)
        assert await made.do(lambda db: db.execute("SELECT count(*) FROM projects").fetchone()) == (0,)
        await asyncio.wrap_future(made.submit_alone(lambda db: db.execute("PRAGMA max_page_count=100000").fetchone()))
        await made.do(big)
    finally:
        made.close()


async def test_a_second_process_is_shut_out(tmp_path: Path) -> None:
    with ledger(tmp_path), pytest.raises(sqlite3.OperationalError, match="locked"):
        sqlite3.connect(tmp_path / "shotmill.db", timeout=0).execute("SELECT * FROM attempts")


async def test_a_dead_writer_is_told_and_leaves_nobody_waiting(tmp_path: Path) -> None:
    died = threading.Event()
    told: list[BaseException] = []

    def on_death(error: BaseException) -> None:
        told.append(error)
        died.set()

    def breaks(db: sqlite3.Connection) -> None:
        raise SystemExit("memory is gone")

    made = Database(tmp_path / "shotmill.db", tmp_path / "backup", on_death)
    made.open(NOW)
    with pytest.raises(LedgerError, match="memory is gone"):
        await made.do(breaks)
    assert await asyncio.to_thread(died.wait, 10)
    assert isinstance(told[0], SystemExit)
    with pytest.raises(LedgerError, match="has ended"):
        await made.do(lambda db: None)
    made.close()


async def test_what_comes_after_the_end_is_refused_and_waits_for_nothing(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        pass
    with pytest.raises(LedgerError, match="has ended"):
        await made.register("p", tmp_path, NOW)


async def test_a_network_disk_gets_no_shared_memory(tmp_path: Path) -> None:
    with ledger(tmp_path, shared_disk=True) as (made, _):
        await filled(made, tmp_path)
        assert not (tmp_path / "shotmill.db-wal").exists()
    with ledger(tmp_path) as (made, rebuilt):  # and goes on as usual when it is moved to an ordinary one
        assert rebuilt is None
        assert [one.id for one in await made.open_attempts("p")] == ["a3"]


async def test_runs_that_are_left_were_interrupted(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await made.register("p", tmp_path, NOW)
        await made.run_began("p", "r1", "{}", NOW)
        await made.run_began("p", "r2", '{"a": 1}', NOW)
        await made.run_ended("p", "r1")  # an older run of the project: not this one
        found = await asyncio.to_thread(made.interrupted)
        assert [(one.run, one.root, one.options) for one in found] == [("r2", tmp_path, '{"a": 1}')]
        await made.run_ended("p", "r2")
        assert await asyncio.to_thread(made.interrupted) == []


def test_an_opened_ledger_is_its_users_alone(tmp_path: Path) -> None:
    made = Ledger(tmp_path / "state" / "shotmill.db")
    made.open(NOW)
    made.close()
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0
    assert (tmp_path / "state" / "shotmill.db").stat().st_mode & 0o077 == 0


async def test_what_was_learned_of_a_quota_project_replaces_what_was_known(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await made.learn("google", "film-1", "m", [Learned("rpm", 7, NOW), Learned("guard", 1.0, NOW)])
        await made.learn("google", "film-1", "other", [Learned("rpd", 250, NOW)])
        await made.learn("google", "film-1", "m", [Learned("rpm", 5, NOW + 1)])
    with ledger(tmp_path) as (found, _):
        assert sorted(await asyncio.to_thread(found.learned, "google")) == [
            ("film-1", "m", [Learned("rpm", 5.0, NOW + 1)]),
            ("film-1", "other", [Learned("rpd", 250.0, NOW)]),
        ]
        assert await asyncio.to_thread(found.learned, "emulator:p") == []
