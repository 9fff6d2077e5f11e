"""No decoder is to be had, though the machine is well otherwise: the run says so and waits, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, until, workshop_in
from shotmill.daemon.starting import start
from shotmill.engine.project import DISK_RETRY_S
from shotmill.engine.selection import Options
from shotmill.takes.decoding import DecoderError, InThisProcess
from shotmill.takes.image import ImageFacts, check_whole

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
