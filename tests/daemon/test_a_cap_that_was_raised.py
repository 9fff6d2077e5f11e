"""A spending cap rests till the 1st; a person who raised it says start, and the run that waits goes on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from daemon.film import make_film, picture
from daemon.home import Home
from daemon.workshop_inside import Answering, kill, opened, over, until, workshop_in
from faults.raw_provider import image_body, raw_provider, whole
from shotmill.daemon.go_on import go_on
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options
from shotmill.gemini.exchange import Exchange

CAPPED = {"error": {"code": 429, "message": "Your project has exceeded its monthly spending cap.", "status": "X"}}


async def test_a_run_that_goes_on_after_its_daemons_end_waits_on_without_asking(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",))
    provider = Answering(picture((200, 60, 60)))
    provider.before = [Exchange(sent=True, status=429, complete=True, body=json.dumps(CAPPED).encode())]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: workshop.runs[project.id].state == "waiting")
        waits = workshop.view(project).status()["run"]
        await workshop.runs[project.id].landed()  # the rest is on record
        await kill(workshop)
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await go_on(workshop, await asyncio.to_thread(workshop.ledger.interrupted), wanted=True)
        await until(lambda: workshop.runs[project.id].state != "running")
        after = workshop.view(project).status()["run"]
        assert len(provider.asked) == 1
        assert {what: after[what] for what in ("state", "code", "waiting_until")} == {
            "state": "waiting",
            "code": "spend_cap",
            "waiting_until": waits["waiting_until"],
        }
        await start(workshop, project, Options())
        await over(workshop, project)
    assert len(provider.asked) == 2


def test_start_tries_a_cap_in_the_run_that_waits_for_it(mill: Home, tmp_path: Path) -> None:
    with raw_provider() as provider:
        provider.usual = whole(json.dumps(CAPPED).encode(), 429)
        film = make_film(tmp_path / "film", provider.base_url, limits="in_flight = 1\nrpm = 100000")
        mill.asked_again["ink 1.1"] = 1  # the refusal: this provider counts each answer that it gave
        mill.start_daemon()
        project = mill.open(film.root)
        mill.start(project)
        mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "the cap to be waited for")
        asked = sum(provider.asked.values())
        provider.usual = whole(image_body(picture((200, 60, 60))))
        joined = mill.start(project)
        assert joined["outcome"] == "running" and "tried again" in joined["message"]
        assert "Raise the spending cap" not in joined["message"], "that is what was just done"
        mill.wait_for_end(project)
        assert asked == 1
        assert film.whole("ink", "1.1") and mill.status(project)["run"]["state"] == "finished"
