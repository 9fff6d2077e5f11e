"""A project's folder that is another one all at once: nothing is bought for that one or written into it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import PATIENCE_S, Answering, Impatient, kill, opened, over, until, workshop_in
from shotmill.clock import SystemClock
from shotmill.daemon.draining import drain, landed
from shotmill.daemon.opening import open_project
from shotmill.daemon.starting import start
from shotmill.daemon.stopping import now_words, stop
from shotmill.daemon.workshop import Workshop
from shotmill.engine.beat import BeatState
from shotmill.engine.disk_patience import RESTORED
from shotmill.engine.flight import LeftOut
from shotmill.engine.home import Home
from shotmill.engine.project import OpenProject
from shotmill.engine.run import Run
from shotmill.engine.selection import Options
from shotmill.errors import ShotmillError
from shotmill.project_folder import NoProjectError
from shotmill.takes.entries import Entry, Intent
from shotmill.takes.identity import identify, read_id
from shotmill.takes.layout import Layout
from shotmill.takes.place import PlaceError

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


def is_received(run: Run) -> bool:
    return all(flight.attempt.is_safe for flight in run.flights.out.values())


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@asynccontextmanager
async def two_out(tmp_path: Path) -> AsyncIterator[tuple[Workshop, OpenProject, Gated]]:
    """A run whose first two requests are out."""
    film = make_film(tmp_path / "film", ADDRESS, beats=BEATS, limits=AT_MOST_TWO)
    provider = Gated()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: len(provider.asked) == 2)
        yield workshop, project, provider


@asynccontextmanager
async def moved_away(tmp_path: Path) -> AsyncIterator[tuple[Workshop, OpenProject, Gated]]:
    """A run whose folder is moved to `aside` while its first two requests are out."""
    async with two_out(tmp_path) as (workshop, project, provider):
        project.root.rename(tmp_path / "aside")
        yield workshop, project, provider


async def test_nothing_is_bought_for_another_folder_or_written_into_it_until_the_own_is_back(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run, root = workshop.runs[project.id], project.root
        stranger = make_film(root, ADDRESS, beats=("9.9",))
        identify(Layout(stranger.root), 0.0, lambda _: None)
        before = contents(root)
        provider.go()
        await until(lambda: run.state == "waiting" and is_received(run))
        assert len(provider.asked) == 2 and contents(root) == before
        assert run.waiting is not None and run.waiting.code == "other_folder"
        assert "another folder" in run.reason and "shotmill stop --now" in run.waiting.cure
        root.rename(tmp_path / "stranger")
        (tmp_path / "aside").rename(root)
        await over(workshop, project)
        assert run.state == "finished" and len(provider.asked) == len(BEATS)
        await project.reload()
        assert {beat.state for beat in project.board.styles[0].beats} == {BeatState.DONE}
        assert all(known.takes for known in project.record.beats.values()), "each image is on record in its own folder"
        assert contents(tmp_path / "stranger") == before


async def test_a_start_looks_at_once_whether_the_folder_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run = workshop.runs[project.id]
        provider.go()
        await until(lambda: run.state == "waiting" and is_received(run))
        monkeypatch.setattr(Impatient, "sleep", lambda _clock, _seconds: asyncio.Event().wait())
        monkeypatch.setattr("shotmill.daemon.joining.LOOK_S", 0.05)
        waits = await start(workshop, project, Options())
        assert waits["outcome"] == "running" and waits["status"]["run"]["state"] == "waiting"
        assert f"waiting: {project.root}: it is not there any more" in waits["message"]
        (tmp_path / "aside").rename(project.root)
        monkeypatch.setattr("shotmill.daemon.joining.LOOK_S", PATIENCE_S)
        goes_on = await start(workshop, project, Options())
        assert goes_on["outcome"] == "running" and goes_on["status"]["run"]["state"] == "running"
        await over(workshop, project)
        assert run.state == "finished" and len(provider.asked) == len(BEATS)


async def test_a_folder_moved_for_good_is_drawn_at_its_new_place_by_the_next_daemon(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run, new_place = workshop.runs[project.id], tmp_path / "aside"
        provider.go()
        await until(lambda: run.state == "waiting" and is_received(run))
        with pytest.raises(ShotmillError, match="still waits for it") as refused:
            await open_project(workshop, str(new_place))
        assert "shotmill daemon restart, then: shotmill start NEW_PLACE" in refused.value.cure
        assert workshop.projects[project.id] is project and project.record.in_doubt_usd == 0
        await drain(workshop, go_on=True)
        async with asyncio.timeout(PATIENCE_S):
            await landed(workshop)
        await kill(workshop)
    async with workshop_in(tmp_path / "home", provider) as next_one:
        found = await open_project(next_one, str(new_place))
        assert found.id == project.id
        await start(next_one, found, Options())
        await over(next_one, found)
        assert next_one.runs[found.id].state == "finished"
        assert len(provider.asked) == len(BEATS) and found.record.in_doubt_usd == 0


async def test_a_run_that_was_stopped_is_not_gone_on_with_after_a_restart_that_left_it(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run = workshop.runs[project.id]
        provider.go()
        await until(lambda: run.state == "waiting" and is_received(run))
        run.stop()
        await drain(workshop, go_on=True)
        async with asyncio.timeout(PATIENCE_S):
            await landed(workshop)
        assert workshop.ledger.interrupted() == []
        await kill(workshop)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stops at once waits for a folder that is away a moment, not for seconds."""
    monkeypatch.setattr("shotmill.engine.flights.JOURNAL_S", 0.05)
    monkeypatch.setattr("shotmill.daemon.stopping.END_S", 0.05)


@pytest.mark.usefixtures("brief")
async def test_a_stop_at_once_ends_a_run_whose_answers_wait_for_its_folder(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run, root = workshop.runs[project.id], project.root
        root.mkdir()
        provider.go()
        await until(lambda: run.state == "waiting" and is_received(run))
        stopping = asyncio.create_task(stop(workshop, project, now=True))
        await until(lambda: run.is_ending and not run.active)
        answer = await stopping
        assert (answer["received"], answer["in_doubt"]) == (2, 0)
        assert "saved when its folder is back" in answer["message"] and "another folder" in answer["message"]
        assert contents(root) == {}
        root.rmdir()
        (tmp_path / "aside").rename(root)
        await over(workshop, project)
        await until(lambda: not project.in_the_air)
        assert run.state == "stopped" and len(provider.asked) == 2
        assert len(list(root.rglob("Beat_*.png"))) == 2 and project.record.in_doubt_usd == 0


async def test_a_run_goes_on_when_its_record_is_deleted_and_says_what_is_lost(tmp_path: Path) -> None:
    async with two_out(tmp_path) as (workshop, project, provider):
        project.layout.dot.rename(tmp_path / "deleted")
        provider.go()
        await over(workshop, project)
        assert workshop.runs[project.id].state == "finished" and len(provider.asked) == len(BEATS)
        assert read_id(project.layout) == project.id
        assert [line["text"] for line in project.log.recent()].count(RESTORED) == 1


async def test_an_id_that_turns_to_garbage_under_a_run_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    async with two_out(tmp_path) as (workshop, project, provider):
        project.layout.identity.write_bytes(b"\0garbage")
        provider.go()
        await over(workshop, project)
        assert read_id(project.layout) == project.id
    (kept,) = project.layout.dot.glob("*.damaged-1")
    assert kept.read_bytes() == b"\0garbage"


async def test_a_project_at_rest_whose_record_was_deleted_is_started_and_buys_nothing_again(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=BEATS)
    provider = Answering(PNG)
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        project.layout.dot.rename(tmp_path / "deleted")
        answer = await start(workshop, project, Options())
        assert answer["outcome"] == "nothing_to_do" and len(provider.asked) == len(BEATS)
        assert read_id(project.layout) == project.id


def test_an_empty_folder_with_the_number_of_a_deleted_one_is_another(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=BEATS)
    layout = Layout(film.root)
    home = Home(layout, identify(layout, 0.0, lambda _: None), SystemClock())
    home.require()
    for below in film.root.iterdir():
        shutil.rmtree(below) if below.is_dir() else below.unlink()
    assert home.is_other()
    with pytest.raises(PlaceError, match="another folder"):
        home.require()


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


async def test_an_answer_that_is_sealed_meanwhile_does_not_bring_the_folder_back(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run = workshop.runs[project.id]
        provider.go()
        await until(lambda: run.state == "waiting" and is_received(run) and project.disk.trouble)
        assert await project.disk.until_allowed(lambda: "sealed") == "sealed"
        assert project.disk.trouble is not None and project.disk.trouble.code == "place_gone"
        assert "images are kept again" not in [line["text"] for line in project.log.recent()]
        (tmp_path / "aside").rename(project.root)
        await over(workshop, project)
        assert project.disk.trouble is None


@pytest.mark.usefixtures("brief")
async def test_a_request_that_still_waits_for_the_journal_when_all_ends_is_no_doubt(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=BEATS, limits=AT_MOST_TWO)
    provider = Answering(PNG)
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        append = project.journal.append

        def refusing(*entries: Entry, durable: bool) -> None:
            if any(isinstance(entry, Intent) for entry in entries):
                raise FileNotFoundError(2, "No such file or directory", str(film.root))
            append(*entries, durable=durable)

        project.journal.append = refusing  # type: ignore[method-assign]
        await start(workshop, project, Options())
        while len(await workshop.ledger.open_attempts(project.id)) < 2:  # noqa: ASYNC110 - of a database
            await asyncio.sleep(0.002)
        await workshop.runs[project.id].stop_now()
        assert await workshop.ledger.open_attempts(project.id) == []
        await kill(workshop)
    async with workshop_in(tmp_path / "home", provider) as next_one:
        found = await opened(next_one, film)
        assert found.record.in_doubt_usd == 0 and not provider.asked


@pytest.mark.usefixtures("brief")
async def test_a_stop_at_once_has_no_doubt_about_what_only_waits_for_its_folder(tmp_path: Path) -> None:
    async with moved_away(tmp_path) as (workshop, project, provider):
        run, root = workshop.runs[project.id], project.root
        provider.go()
        await until(lambda: is_received(run))
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
