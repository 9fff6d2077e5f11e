"""A spending cap rests till the 1st; a person who raised it says start, and the run that waits goes on."""

from __future__ import annotations

import json
from pathlib import Path

from daemon.film import make_film, picture
from daemon.home import Home
from faults.raw_provider import image_body, raw_provider, whole

CAPPED = {"error": {"code": 429, "message": "Your project has exceeded its monthly spending cap.", "status": "X"}}


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
        assert mill.start(project)["outcome"] == "running"
        mill.wait_for_end(project)
        assert asked == 1
        assert film.whole("ink", "1.1") and mill.status(project)["run"]["state"] == "finished"
