"""The checker of the invariants can fail: for each of them, a violation that is made up is found, and its name said."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.film import Film, make_film, picture
from daemon.home import Home, home
from daemon.witness import bills, secret
from faults import invariants
from faults.accounts import Bill, wrong
from faults.invariants import Canary, check

BILL = {"style": "ink", "beat": "1.1", "billed": True, "status": 200}


def line(kind: str, attempt: str = "a", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "attempt": attempt, "style": "ink", "beat": "1.1", **more}


def said(journal: list[dict[str, Any]], *sightings: dict[str, Any], **facts: Any) -> str:
    return "\n".join(wrong(journal, Bill.of(sightings), **facts))


def test_what_adds_up_is_not_complained_of() -> None:
    assert not said([line("intent"), line("take")], BILL, sealed={"a"}, may_be_open=())
    doubted = [line("intent"), line("end", fate="in_doubt"), line("intent", "b"), line("take", "b")]
    assert not said(doubted, BILL | {"status": 0}, BILL, may_be_open=())
    assert not said([line("intent")], BILL, sealed={"a"}, still_held={"a"}, may_be_open={"a"})
    assert not said([], {"style": "", "beat": "", "billed": False, "status": 400})
    assert not list(wrong([line("intent")], None))


def test_i1_asked_without_an_intent() -> None:
    assert said([line("intent"), line("take")], BILL, BILL | {"billed": False, "status": 503}).startswith("I1: ink 1.1")


def test_i2_delivered_whole_and_neither_kept_nor_told() -> None:
    twice = [line("intent"), line("intent", "b"), line("take", "b", fate="")]
    assert said([line("intent"), line("intent", "b"), line("take", "b")], BILL, BILL, asked_again={"ink 1.1": 1}) == ""
    lost = [one for one in twice if one["attempt"] == "b"] + [line("fresh", "", at=1.0)]
    assert "I2: 2 answers for ink 1.1" in said(lost, BILL, BILL)


def test_i2_sealed_and_lost() -> None:
    assert "I2: a sealed answer was lost: ['a']" in said([line("intent")], BILL, sealed={"a"})


def test_i2_sent_without_an_end() -> None:
    assert "I2: a for ink 1.1 has no end" in said([line("intent")], BILL, may_be_open=())


def test_i3_billed_twice_and_never_told() -> None:
    journal = [line("intent"), line("take"), line("intent", "b"), line("take", "b")]
    assert said(journal, BILL, BILL) == "I3: ink 1.1 was billed 2 times, told 0 times"
    assert not said(journal, BILL, BILL, asked_again={"ink 1.1": 1})
    assert not said([*journal, line("fresh", "")], BILL, BILL)
    again = [line("intent"), line("end", fate="again"), *journal[2:]]
    assert said(again, BILL, BILL).startswith("I3"), "an end that tells of no bill allows none"


@pytest.fixture
def drawn(tmp_path: Path) -> Iterator[tuple[Home, Film]]:
    """A home without a daemon, and a project with one take, as they are when all is well."""
    with home() as mill:
        film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",))
        path = film.image("ink", "1.1")
        path.parent.mkdir(parents=True)
        path.write_bytes(picture((1, 2, 3)))
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        (film.root / ".shotmill").mkdir()
        journal = [line("intent"), line("take", file=str(path.relative_to(film.root)), sha256=sha)]
        (film.root / ".shotmill" / "journal.jsonl").write_text("".join(json.dumps(one) + "\n" for one in journal))
        mill.folders.state.mkdir(parents=True)
        with closing(sqlite3.connect(mill.folders.database)) as database:
            database.execute("CREATE TABLE projects (id, root, opened_at, agreed_usd, journal_read_at)")
            database.execute("CREATE TABLE attempts (id, state)")
        bills["http://127.0.0.1:9"] = lambda: [BILL]
        yield mill, film
        del bills["http://127.0.0.1:9"]


def test_all_is_well(drawn: tuple[Home, Film], tmp_path: Path) -> None:
    check(*drawn, Canary.planted(tmp_path / "elsewhere"))


def test_a_provider_is_found_by_the_projects_own_settings(drawn: tuple[Home, Film]) -> None:
    bills["http://127.0.0.1:9"] = lambda: [BILL, BILL]
    with pytest.raises(AssertionError, match=r"(?s)I1.*I2.*I3"):
        check(*drawn)


@pytest.mark.parametrize("spoil", [os.unlink, lambda path: path.write_bytes(b"another")])
def test_i2_a_take_that_is_not_on_disk(drawn: tuple[Home, Film], spoil: Any) -> None:
    spoil(drawn[1].image("ink", "1.1"))
    with pytest.raises(AssertionError, match="I2: generated_images"):
        check(*drawn)


def test_i2_an_intent_that_the_database_forgot(drawn: tuple[Home, Film]) -> None:
    mill, film = drawn
    with (film.root / ".shotmill" / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps(line("intent", "b")) + "\n" + '{"kind": "torn')
    with pytest.raises(AssertionError, match=r"I2: b for ink 1\.1"):
        check(mill, film)
    with closing(sqlite3.connect(mill.folders.database)) as database, database:
        database.execute("INSERT INTO attempts VALUES ('b', 'sending')")
    check(mill, film)


@pytest.mark.parametrize("name", ["Beat_1.1.png", "deep/new"])
def test_i4_something_outside_was_changed(drawn: tuple[Home, Film], tmp_path: Path, name: str) -> None:
    canary = Canary.planted(tmp_path / "elsewhere")
    (canary.root / name).write_bytes(b"ours")
    with pytest.raises(AssertionError, match="I4"):
        check(*drawn, canary)


@pytest.mark.parametrize("place", ["project", "state"])
def test_i5_a_key_in_a_file(drawn: tuple[Home, Film], place: str) -> None:
    mill, film = drawn
    folder = film.root if place == "project" else mill.folders.state
    (folder / "log").write_text(f"key={secret('anna')}")
    with pytest.raises(AssertionError, match="I5: a key in"):
        check(mill, film)


def test_i5_a_key_in_a_process_an_event_or_a_bundle(drawn: tuple[Home, Film], monkeypatch: pytest.MonkeyPatch) -> None:
    mill, film = drawn
    (film.root / "cmdline").write_bytes(b"")
    (film.root / "environ").write_bytes(b"X=" + secret("ben").encode())
    assert list(invariants._no_secret_in_process(film.root)) == ["I5: a key in the daemon's arguments or environment"]
    (film.root / "environ").unlink()
    monkeypatch.setattr(invariants, "gather", lambda *facts: {"config.toml": secret("anna")})
    with pytest.raises(AssertionError, match=r"I5: a key in config.toml of a bundle"):
        check(mill, film)


def test_i5_a_key_in_what_the_daemon_says(drawn: tuple[Home, Film], monkeypatch: pytest.MonkeyPatch) -> None:
    mill, _ = drawn
    monkeypatch.setattr(mill, "daemon_pid", lambda: os.getpid())
    monkeypatch.setattr(invariants, "_no_secret_in_process", lambda process: iter(()))
    monkeypatch.setattr(mill, "ask", lambda *words, **more: {"running": True, "projects": [], "x": secret("anna")})
    assert "I5: a key in an answer or an event" in list(invariants._at_work(mill))


def test_i6_a_database_that_is_damaged(drawn: tuple[Home, Film]) -> None:
    mill, film = drawn
    mill.folders.database.write_bytes(mill.folders.database.read_bytes()[:4096] + b"\xff" * 8192)
    with pytest.raises(AssertionError, match="I6"):
        check(mill, film)
    mill.excused["I6"] = "this test damages it"
    check(mill, film)


def test_i7_a_daemon_that_does_not_answer(drawn: tuple[Home, Film], monkeypatch: pytest.MonkeyPatch) -> None:
    mill, _ = drawn
    monkeypatch.setattr(mill, "daemon_pid", lambda: os.getpid())
    monkeypatch.setattr(invariants, "_no_secret_in_process", lambda process: iter(()))
    assert [one[:2] for one in invariants._at_work(mill)] == ["I7"]
