"""A project's folder that is another one all at once: what is received is saved there, nothing more is bought."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, until, workshop_in
from shotmill.daemon.opening import open_project
from shotmill.daemon.starting import start
from shotmill.daemon.stopping import now_words, stop
from shotmill.daemon.workshop import Workshop
from shotmill.engine.flights import LeftOut
from shotmill.engine.project import OpenProject
from shotmill.engine.selection import Options
from shotmill.errors import ShotmillError
from shotmill.project_folder import NoProjectError

PNG = picture((200, 60, 60))
ADDRESS = "http://127.0.0.1:9"
AT_MOST_TWO = "rpm = 100000\nrpd = 100000\nin_flight = 2"
BEATS = ("1.1", "1.2", "1.3", "1.4", "1.5")


class Gated(Answering):
    """A provider whose answers wait until it is told to `go`."""

    def __init__(self) -> None:
        super().__init__(PNG)
        self._open = self.gate = asyncio.Event()

    def go(self) -> None:
        self._open.set()


@asynccontextmanager
async def moved_away(tmp_path: Path) -> AsyncIterator[tuple[Workshop, OpenProject, Gated]]:
    """A run whose folder is moved to `aside` while its first two requests are out."""
    film = make_film(tmp_path / "film", ADDRESS, beats=BEATS, limits=AT_MOST_TWO)
    provider = Gated()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: len(provider.asked) == 2)
        film.root.rename(tmp_path / "aside")
        yield workshop, project, provider


async def test_nothing_is_bought_for_another_folder_until_the_projects_own_is_back(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run, root = workshop.runs[project.id], project.root
        root.mkdir()
        provider.go()
        await until(lambda: run.state == "waiting" and not run.flights.out)
        assert len(provider.asked) == 2
        assert len(list(root.rglob("Beat_*.png"))) == 2, "what was received is saved"
        assert run.waiting is not None and run.waiting.code == "other_folder"
        assert "another folder" in run.reason and "shotmill stop" in run.waiting.cure
        root.rename(tmp_path / "stranger")
        (tmp_path / "aside").rename(root)
        await over(workshop, project)
        assert run.state == "finished" and len(provider.asked) == len(BEATS)


async def test_a_run_that_waits_for_its_folder_can_be_stopped(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run, root = workshop.runs[project.id], project.root
        root.mkdir()
        provider.go()
        await until(lambda: run.state == "waiting")
        run.stop()
        await over(workshop, project)
        assert run.state == "stopped" and len(provider.asked) == 2


async def test_a_look_finds_what_is_open_whatever_became_of_its_folder(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=BEATS)
    async with workshop_in(tmp_path / "home", Answering(PNG)) as workshop:
        project = await opened(workshop, film)
        film.root.rename(tmp_path / "aside")
        assert await open_project(workshop, str(film.root), look=True) is project
        film.root.mkdir()
        assert await open_project(workshop, str(film.root), look=True) is project
        with pytest.raises(NoProjectError):
            await open_project(workshop, str(film.root))
        with pytest.raises(ShotmillError):
            await open_project(workshop, str(tmp_path / "home"), look=True)


async def test_another_project_at_the_path_of_one_at_rest_is_opened_as_its_own(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=BEATS)
    async with workshop_in(tmp_path / "home", Answering(PNG)) as workshop:
        first = await opened(workshop, film)
        film.root.rename(tmp_path / "aside")
        other = await opened(workshop, make_film(tmp_path / "film", ADDRESS, beats=("1.1",)))
        assert other.id != first.id and list(workshop.projects) == [other.id]
        await start(workshop, other, Options())
        await over(workshop, other)
        assert workshop.runs[other.id].state == "finished"


async def test_a_stop_at_once_has_no_doubt_about_what_only_waits_for_its_folder(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run, root = workshop.runs[project.id], project.root
        provider.go()
        await until(lambda: all(flight.attempt.is_safe for flight in run.flights.out.values()))
        stopping = asyncio.create_task(stop(workshop, project, now=True))
        await until(lambda: run.is_ending and not run.scheduler.in_flight)
        (tmp_path / "aside").rename(root)
        answer = await stopping
        assert (answer["in_doubt"], answer["received"], answer["in_doubt_usd"]) == (0, 2, 0.0)
        assert answer["message"].startswith("stopped; 2 answers are received and kept, saved when there is room")
        await over(workshop, project)
        assert project.record.in_doubt_usd == 0 and len(provider.asked) == 2


def test_a_stop_at_once_with_nothing_out_says_so() -> None:
    assert now_words(LeftOut()) == "nothing was out"
    assert now_words(LeftOut(1, 0.1, 1)).startswith("1 request was out and in doubt, 1 answer is received")
