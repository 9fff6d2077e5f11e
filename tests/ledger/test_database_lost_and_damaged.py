"""A database that is newer, older, damaged, cut, deleted or without its log: nothing of it is ever overwritten."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.ledgers import NOW, filled, intent, ledger
from ledger.test_database_durability import killed_with_rows
from shotmill.ledger import schema
from shotmill.ledger.backups import KEEP, backups_in
from shotmill.ledger.of_keys import KeyTest
from shotmill.ledger.trouble import LedgerError
from shotmill.ledger.weekly import EXAMINE_S
from shotmill.quota.learned import Learned

GOLDEN = Path(__file__).parent / "golden"


def tables(path: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    database.close()
    return {(name, " ".join(sql.split())) for name, sql in rows}


@pytest.mark.parametrize("version", range(1, schema.VERSION + 1))
async def test_every_released_version_migrates(version: int, tmp_path: Path) -> None:
    golden = (GOLDEN / f"v{version}.db").read_bytes()
    (tmp_path / "shotmill.db").write_bytes(golden)
    with ledger(tmp_path) as (found, rebuilt):
        assert rebuilt is None
        assert [one.id for one in await found.open_attempts("p")] == ["a3"]
        assert await found.ended(["a0", "a1", "a2"]) == {"a0", "a1"}
        assert await found.agreed_usd("p") == 2.5
        assert await asyncio.to_thread(found.root_of, "p") == Path("/films/night-train")
        assert await asyncio.to_thread(found.draws, "google") == {"f1"}
        (rest,) = await asyncio.to_thread(found.rests, "google")
        assert rest[:3] == ("quota_project", "film-1", "m")
        assert [one.run for one in await asyncio.to_thread(found.interrupted)] == ["r1"]
        learned = await asyncio.to_thread(found.learned, "google")
        assert learned == ([("film-1", "m", [Learned("rpm", 7.0, NOW)])] if version >= 2 else [])

        await found.key_tested("google", "f2", KeyTest(NOW, "known", "known to the provider"))
        await found.key_tested("google", "f1", KeyTest(NOW, "refused", "suspended", "see the console"))
        assert {name: one.verdict for name, one in (await asyncio.to_thread(found.key_tests, "google")).items()} == {
            "f1": "refused",
            "f2": "known",
        }
        assert await asyncio.to_thread(found.draws, "google") == set()  # it drew before, and now it may not
    with ledger(tmp_path / "new"):
        pass
    assert tables(tmp_path / "shotmill.db") == tables(tmp_path / "new" / "shotmill.db")


def test_an_older_schema_is_backed_up_before_it_migrates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger(tmp_path):
        pass
    more = (*schema.MIGRATIONS, ("ALTER TABLE draws ADD COLUMN note TEXT NOT NULL DEFAULT ''",))
    monkeypatch.setattr(schema, "MIGRATIONS", more)
    monkeypatch.setattr(schema, "VERSION", len(more))
    with ledger(tmp_path):
        pass
    (backup,) = backups_in(tmp_path / "backup")
    with sqlite3.connect(backup) as before, sqlite3.connect(tmp_path / "shotmill.db") as after:
        assert before.execute("PRAGMA user_version").fetchone() == (len(more) - 1,)
        assert after.execute("PRAGMA user_version").fetchone() == (len(more),)
    before.close()
    after.close()


def test_a_migration_that_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger(tmp_path):
        pass
    before = tables(tmp_path / "shotmill.db")
    broken = (*schema.MIGRATIONS, ("CREATE TABLE extra (x)", "SELECT * FROM nowhere"))
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    monkeypatch.setattr(schema, "VERSION", len(broken))
    with pytest.raises(sqlite3.OperationalError), ledger(tmp_path):
        pass
    assert tables(tmp_path / "shotmill.db") == before


def test_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    with ledger(tmp_path):
        pass
    path = tmp_path / "shotmill.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=delete")
        database.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    database.close()
    before = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(LedgerError, match="newer Shotmill") as caught, ledger(tmp_path):
        pass
    assert "install the newer" in caught.value.cure
    after = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir() if file.is_file()}
    assert after == before


@pytest.mark.parametrize("logged", [False, True])
@pytest.mark.parametrize("version", [0, schema.VERSION])
def test_another_programs_database_is_refused_untouched(version: int, logged: bool, tmp_path: Path) -> None:
    path = tmp_path / "shotmill.db"
    foreign = sqlite3.connect(path, isolation_level=None)
    if logged:
        foreign.execute("PRAGMA journal_mode=wal")
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.execute(f"PRAGMA user_version={version}")
    before = path.read_bytes()
    if not logged:
        foreign.close()
    with pytest.raises(LedgerError, match="another program") as caught, ledger(tmp_path):
        pass
    assert (caught.value.code, "move it away" in caught.value.cure) == ("foreign_database", True)
    assert logged or path.read_bytes() == before
    foreign.close()


def test_our_mark_without_our_tables_is_damage(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shotmill.db") as database:
        database.execute("CREATE TABLE theirs (x)")
        database.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
        database.execute(f"PRAGMA user_version={schema.VERSION}")
    database.close()
    with ledger(tmp_path) as (_, rebuilt):
        assert rebuilt is not None
        assert "facts" in rebuilt.why


async def test_once_a_week_every_page_of_the_newest_backup_is_looked_at(tmp_path: Path) -> None:
    week = EXAMINE_S
    with ledger(tmp_path) as (found, _):
        assert await asyncio.to_thread(found.examine, NOW) == "", "there is no backup yet"
        await filled(found, tmp_path)
        made = await asyncio.to_thread(found.back_up)
        assert made is not None
        assert await asyncio.to_thread(found.examine, NOW) == ""
        spoil_an_index(made)
        assert await asyncio.to_thread(found.examine, NOW + week - 1) == "", "it was looked at this week"
        assert "state-1.db" in await asyncio.to_thread(found.examine, NOW + week)
        assert backups_in(tmp_path / "backup") == [], "nothing is rebuilt from it"
        assert await asyncio.to_thread(found.back_up), "another one takes its place at once"
        assert await asyncio.to_thread(found.examine, NOW + week) == ""


def spoil_an_index(path: Path) -> None:
    """A row that its index does not know of: what only the whole check finds."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA writable_schema=ON")
        index = database.execute("SELECT sql, rootpage FROM sqlite_master WHERE name = 'sends_by_time'").fetchone()
        database.execute("DELETE FROM sqlite_master WHERE name = 'sends_by_time'")
    database.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE sends SET at = at + 1 WHERE attempt = 'a0'")
        database.execute("PRAGMA writable_schema=ON")
        database.execute("INSERT INTO sqlite_master VALUES ('index', 'sends_by_time', 'sends', ?, ?)", index[::-1])
    database.close()
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA quick_check").fetchone() == ("ok",), "a start would see nothing"
    database.close()


def flip(path: Path) -> None:
    """Overwrite the middle of every page but the first."""
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 64] = b"\xa5" * 64
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 400)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [flip, cut, garbage, emptied])
async def test_a_damaged_one_is_set_aside_and_the_newest_backup_takes_its_place(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    with ledger(tmp_path) as (made, _):
        await filled(made, tmp_path)
        await asyncio.to_thread(made.back_up)
        await made.intend(intent("later", beat="9.9"))
    path = tmp_path / "shotmill.db"
    harm(path)
    harmed = path.read_bytes()
    with ledger(tmp_path) as (found, rebuilt):
        assert rebuilt is not None
        assert rebuilt.backup is not None
        assert rebuilt.kept_as is not None
        assert rebuilt.kept_as.read_bytes() == harmed, "kept as it was"
        assert [one.id for one in await found.open_attempts("p")] == ["a3"]
        (unread,) = await asyncio.to_thread(found.unread_projects)
        assert unread.id == "p", "its journal may know more than the backup"


async def test_a_damaged_one_with_a_log_keeps_both(tmp_path: Path) -> None:
    killed_with_rows(tmp_path)
    (tmp_path / "shotmill.db").write_bytes(b"x" * 5000)
    log = (tmp_path / "shotmill.db-wal").read_bytes()
    with ledger(tmp_path) as (found, rebuilt):
        assert rebuilt is not None
        assert rebuilt.backup is None
        assert rebuilt.kept_as is not None
        assert rebuilt.kept_as.with_name(f"{rebuilt.kept_as.name}-wal").read_bytes() == log
        assert await found.open_attempts("p") == []


async def test_a_backup_that_is_damaged_itself_is_passed_over(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await filled(made, tmp_path)
        await asyncio.to_thread(made.back_up)
        await made.end("a3", "ended", NOW)
        newest = await asyncio.to_thread(made.back_up)
    assert newest is not None
    flip(newest)
    flip(tmp_path / "shotmill.db")
    with ledger(tmp_path) as (found, rebuilt):
        assert rebuilt is not None
        assert rebuilt.backup is not None
        assert rebuilt.backup.name == "state-1.db"
        assert [one.id for one in await found.open_attempts("p")] == ["a3"]
    assert newest.exists()


async def test_a_deleted_one_is_noticed(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await filled(made, tmp_path)
        await asyncio.to_thread(made.back_up)
    (tmp_path / "shotmill.db").unlink()
    with ledger(tmp_path) as (found, rebuilt):
        assert rebuilt is not None
        assert "missing" in rebuilt.why
        assert [one.id for one in await found.open_attempts("p")] == ["a3"]


async def test_a_kill_before_the_rebuild_was_done_does_not_pass_for_a_new_home(tmp_path: Path) -> None:
    with ledger(tmp_path):
        pass
    garbage(tmp_path / "shotmill.db")
    (tmp_path / "shotmill.db").rename(tmp_path / "shotmill.db.corrupt-20260101T000000Z")  # and then it was killed
    with ledger(tmp_path) as (_, rebuilt):
        assert rebuilt is not None


async def test_a_lost_log_is_noticed_though_the_rest_is_whole(tmp_path: Path) -> None:
    killed_with_rows(tmp_path)
    (tmp_path / "shotmill.db-wal").unlink()
    with ledger(tmp_path) as (found, rebuilt):
        assert rebuilt is not None
        assert "log is missing" in rebuilt.why
        assert await found.open_attempts("p") == []
    with ledger(tmp_path) as (_, rebuilt):
        assert rebuilt is None, "told once"


def test_a_new_home_is_no_rebuild(tmp_path: Path) -> None:
    with ledger(tmp_path) as (_, rebuilt):
        assert rebuilt is None


async def test_backups_are_few_whole_and_made_only_of_what_changed(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        await filled(made, tmp_path)
        for number in range(KEEP + 3):
            await made.agree("p", float(number))
            assert await asyncio.to_thread(made.back_up) is not None
            assert await asyncio.to_thread(made.back_up) is None
        found = backups_in(tmp_path / "backup")
        assert [path.name for path in found] == [f"state-{KEEP + 3 - number}.db" for number in range(KEEP)]
        assert {path.name for path in (tmp_path / "backup").iterdir()} == {path.name for path in found}
    with sqlite3.connect(found[0]) as backup:
        assert backup.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert backup.execute("SELECT agreed_usd FROM projects").fetchone() == (KEEP + 2,)
    backup.close()
    assert found[0].stat().st_mode & 0o077 == 0
