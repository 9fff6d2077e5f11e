"""A daemon that is told which project will be opened has it read ahead."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.workshop_inside import PATIENCE_S, Answering, opened, workshop_in
from shotmill.daemon import loading
from shotmill.daemon.loading import read_ahead
from shotmill.engine.reading import Reader
from shotmill.errors import ShotmillError


async def test_only_that_project_and_its_first_opening_has_it(tmp_path: Path) -> None:
    film, other = (make_film(tmp_path / name, "http://127.0.0.1:9") for name in ("film", "other"))
    (tmp_path / "link").symlink_to(film.root)
    async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
        ahead = workshop.ahead = await read_ahead(tmp_path / "link")
        assert workshop.reader_of(other.root) is not ahead
        project = await opened(workshop, film)
        assert workshop.ahead is None
        assert project.board.total == 3
        assert workshop.reader_of(film.root) is not ahead


async def test_what_nobody_opens_is_forgotten(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9")
    async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
        workshop.ahead = await read_ahead(film.root)
        await workshop.forget_ahead()
        assert workshop.ahead is None
        await workshop.forget_ahead()
        assert (await opened(workshop, film)).board.total == 3


async def test_nothing_is_left_of_it_where_the_project_cannot_be_opened(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9")
    (film.root / ".shotmill" / "journal.jsonl").mkdir(parents=True)
    async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
        ahead = workshop.ahead = await read_ahead(film.root)
        assert ahead is not None
        assert ahead._begun is not None
        with pytest.raises(ShotmillError):
            await opened(workshop, film)
        assert workshop.ahead is None
        assert ahead._begun is None


async def test_no_folder_keeps_a_daemon_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await read_ahead(tmp_path / "nowhere") is not None
    monkeypatch.setattr(Reader, "begin", lambda _: 1 / 0)
    assert await read_ahead(tmp_path) is None


async def test_a_folder_that_hangs_does_not_keep_a_daemon_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, closed = Event(), Event()
    monkeypatch.setattr(Reader, "begin", lambda _: answers.wait(PATIENCE_S))
    monkeypatch.setattr(Reader, "close", lambda _: closed.set())
    monkeypatch.setattr(loading, "AHEAD_WITHIN_S", 0.01)
    assert await read_ahead(tmp_path) is None
    assert not closed.is_set()
    answers.set()
    assert await asyncio.to_thread(closed.wait, PATIENCE_S), "what was begun too late is of no use to anybody"


def test_a_daemon_reads_ahead_what_it_was_told_to(mill: Home) -> None:
    mill.start_daemon(SHOTMILL_OPENS=str(mill.path / "film"))
    assert f"{mill.path / 'film'} is read ahead" in mill.folders.daemon_log.read_text()
