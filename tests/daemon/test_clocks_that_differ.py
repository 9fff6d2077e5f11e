"""The provider's clock is another one than this machine's: the run says so, with the cure, and draws on."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, workshop_in
from shotmill.daemon.life import Life
from shotmill.daemon.starting import start
from shotmill.doctor.of_daemon import daemon_checks
from shotmill.engine.selection import Options
from shotmill.gemini.exchange import Exchange
from shotmill.gemini.row import SOON


async def test_a_clock_that_is_wrong_is_in_the_log_of_the_run_and_told_by_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill.quota.overload.SOON", replace(SOON, seconds=0.05))
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1", "1.2"), settings="")
    provider = Answering(picture((200, 60, 60)))
    headers = {"date": formatdate(time.time() + 7200), "content-type": "application/json"}
    overloaded = b'{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}'
    provider.before = [Exchange(sent=True, status=503, complete=True, headers=headers, body=overloaded)]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        told = [line["text"] for line in project.log.recent() if "clock" in line["text"]]
        assert len(told) == 1 and "behind the provider's" in told[0] and "timedatectl set-ntp" in told[0]
        life = Life(workshop.clock, "", "plain")
        (check,) = [one for one in daemon_checks(workshop, life, project) if one["id"] == "clock.skew"]
        assert check["verdict"] == "broken" and "s behind the provider's" in check["fact"]
        assert "timedatectl" in check["cure"] and "shotmill daemon restart" in check["cure"]
        project.clock_watch.heard(0.0, 1.0)
        assert "clock.skew" not in [one["id"] for one in daemon_checks(workshop, life, project)]
    film.all_whole("ink", ("1.1", "1.2"))
