"""No decoder is to be had, though the machine is well otherwise: the run says so and waits, and nothing is lost."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, until, workshop_in
from shotmill.daemon.starting import start
from shotmill.daemon.stopping import stop
from shotmill.engine.disk_patience import DISK_RETRY_S
from shotmill.engine.selection import Options
from shotmill.errors import NothingRunsError
from shotmill.takes.decoding import DecoderError, InThisProcess
from shotmill.takes.entries import Entry
from shotmill.takes.image import ImageFacts, check_whole
from shotmill.takes.journal import Journal
from shotmill.takes.place import place_error

ADDRESS = "http://127.0.0.1:9"
PNG = picture((200, 60, 60))


class Failing(InThisProcess):
    """A decoder that is not to be had while `fails`."""

    def __init__(self) -> None:
        self.fails = True
        self.asked = 0

    def check(self, data: bytes) -> ImageFacts:
        self.asked += 1
        if self.fails:
            raise DecoderError("The program that decodes images fails: no memory", cure="shotmill daemon restart --now")
        return check_whole(data)


async def test_a_paid_image_waits_for_a_decoder_and_the_run_says_so_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    provider, decoder = Answering(PNG), Failing()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        workshop.tools.decoder = decoder

        async def sleep(seconds: float) -> None:
            """Only tries that are made again are; a run that is told nothing looks at nothing."""
            if seconds != DISK_RETRY_S:
                await asyncio.Event().wait()
            await asyncio.sleep(0.005)

        monkeypatch.setattr(workshop.clock, "sleep", sleep)
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        run = workshop.runs[project.id]
        await until(lambda: run.state == "waiting")
        status = workshop.view(project).status()
        assert status["run"]["code"] == "decoder"
        assert "no memory" in status["run"]["reason"] and "restart" in status["run"]["cure"]
        decoder.fails = False
        await over(workshop, project)
    film.whole("ink", "1.1")
    assert len(provider.asked) == 1


async def test_a_stop_now_waits_for_no_disk_that_refuses_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    provider = Answering(PNG)
    provider.before = [None]
    monkeypatch.setattr("shotmill.engine.flights.JOURNAL_S", 0.05)
    monkeypatch.setattr("shotmill.daemon.stopping.END_S", 0.05)
    monkeypatch.setattr("shotmill.daemon.starting.END_S", 0.05)
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: provider.asked)
        whole, full = Journal.append, True

        def append(self: Journal, *entries: Entry, durable: bool) -> None:
            if full:
                raise place_error(film.root, OSError(errno.ENOSPC, "No space left on device"))
            whole(self, *entries, durable=durable)

        monkeypatch.setattr(Journal, "append", append)
        async with asyncio.timeout(60):
            answer = await stop(workshop, project, now=True)
        assert answer["outcome"] == "stopping" and "no room" in answer["message"]
        with pytest.raises(NothingRunsError, match="no room"):
            await start(workshop, project, Options())
        full = False
        run = workshop.runs[project.id]
        async with asyncio.timeout(60):
            await run.wait()
        await until(lambda: film.journal("end"))
    (end,) = film.journal("end")
    assert end["fate"] == "in_doubt"
    assert len(provider.asked) == 1


@pytest.mark.parametrize("beats", [("1.1",), ("1.1", "1.2")], ids=["all are there", "the next continues from it"])
async def test_images_that_can_t_be_looked_at_keep_neither_start_nor_stop_waiting(
    tmp_path: Path, beats: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=beats, chained=beats[1:])
    there = film.image("ink", "1.1")
    there.parent.mkdir(parents=True)
    there.write_bytes(PNG)
    monkeypatch.setattr("shotmill.daemon.starting.PATIENCE_S", 0.05)
    monkeypatch.setattr("shotmill.engine.flights.SURE_S", 0.05)
    provider, decoder = Answering(PNG), Failing()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        workshop.tools.decoder = decoder
        project = await opened(workshop, film)
        async with asyncio.timeout(60):
            if len(beats) == 1:
                with pytest.raises(NothingRunsError, match="no memory"):
                    await start(workshop, project, Options())
            else:
                await start(workshop, project, Options())
                run = workshop.runs[project.id]
                await until(lambda: run.waiting is not None and run.waiting.code == "decoder")
                await stop(workshop, project, now=False)
                await run.wait()
        decoder.fails = False
        await start(workshop, project, Options())
        if len(beats) == 2:
            await over(workshop, project)
    assert len(provider.asked) == len(beats) - 1
