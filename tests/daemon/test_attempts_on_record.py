"""What an error of the provider leaves on record: an attempt that is used up, or one that counts for nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, until, workshop_in
from shotmill.daemon.starting import start
from shotmill.engine.beat import BeatState
from shotmill.engine.project import OpenProject
from shotmill.engine.selection import Options
from shotmill.gemini.exchange import BodySink, Exchange
from shotmill.gemini.request import ImageRequest
from shotmill.secrets import Secret
from shotmill.takes.journal import Journal
from shotmill.takes.record import ProjectRecord

INTERNAL = Exchange(sent=True, status=500, complete=True, body=b'{"error": {"code": 500, "message": "Internal"}}')


class Minding(Answering):
    """It has an internal error for beat 1.1 and, where it `draws`, an image for the others, which comes first."""

    draws = False
    others_are_there: Callable[[], object] = bool

    async def draw(
        self, request: ImageRequest, secret: Secret, sink: BodySink, on_sent: Callable[[], None]
    ) -> Exchange:
        if self.draws and "Beat 1.1." not in request.prompt:
            return await super().draw(request, secret, sink, on_sent)
        on_sent()
        if self.draws:
            await until(self.others_are_there)
        return INTERNAL


async def test_in_an_outage_no_attempt_is_used_up_for_the_runs_to_come_either(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9")
    async with workshop_in(tmp_path / "home", Minding(picture((1, 2, 3)))) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: len(film.journal("end")) == 3 and not project.in_the_air)
    assert _failures(project) == [0, 0, 0]


async def test_an_error_that_only_one_beat_meets_uses_its_attempt_up(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9")
    provider = Minding(picture((1, 2, 3)))
    provider.draws = True
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        others = [project.board.find("ink", "1.2"), project.board.find("ink", "1.3")]
        provider.others_are_there = lambda: all(beat and beat.state is BeatState.DONE for beat in others)
        await start(workshop, project, Options())
        await until(lambda: any(end["counts"] for end in film.journal("end")))
    assert _failures(project) == [1, 0, 0]


async def test_what_a_withheld_image_cost_is_told_of_its_attempt(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",), settings="[generation]\nattempts = 1")
    provider = Answering(b"")
    counted = [{"modality": "IMAGE", "tokenCount": 1120}]
    usage = {"promptTokenCount": 9, "candidatesTokensDetails": counted, "totalTokenCount": 1129}
    withheld = {"candidates": [{"finishReason": "NO_IMAGE"}], "usageMetadata": usage}
    provider.body = json.dumps(withheld).encode()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        (attempt,) = workshop.beat(project, "ink", "1.1")["attempts"]
        assert attempt["fate"] == "failed" and attempt["cost_usd"] == project.money.spent > 0


def _failures(project: OpenProject) -> list[int]:
    """Of each beat, as the next daemon reads them."""
    record = ProjectRecord.of(Journal(project.layout).read())
    return [known.failures if (known := record.beat("ink", beat)) else 0 for beat in ("1.1", "1.2", "1.3")]
