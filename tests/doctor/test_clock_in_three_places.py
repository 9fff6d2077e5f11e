"""Trouble 1, a wrong clock: seen in the screen's data, in `doctor --json` and in the log."""

from __future__ import annotations

import time
from pathlib import Path

from daemon.film import make_film
from daemon.home import Home
from doctor.test_trouble_1_network import http_server
from doctor.ward import seen_of

BEHIND_S = 7_200.0


def test_a_clock_that_the_answers_of_a_run_prove_wrong(mill: Home, tmp_path: Path) -> None:
    with http_server(date=time.time() + BEHIND_S) as port:
        film = make_film(tmp_path / "film", f"http://127.0.0.1:{port}", beats=["1.1"])
        mill.start_daemon()
        project = mill.open(film.root)
        mill.start(project)
        mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a wait for the provider")
        seen = seen_of(mill, film.root, project)
        (drawn,) = (
            check for check in mill.ask("GET", f"/v1/doctor?project={project}")["checks"] if check["id"] == "clock.skew"
        )
    for check in (drawn, seen.checks["clock.skew"]):
        assert check["verdict"] == "broken"
        assert "s behind the provider's" in check["fact"]
        assert check["cure"] == "sudo timedatectl set-ntp true; then: shotmill daemon restart"
    assert seen.view is not None
    (clock,) = (one for one in seen.view.for_you if one.kind == "clock")
    assert "s behind the provider's" in clock.what
    assert clock.cure == "sudo timedatectl set-ntp true; then: shotmill daemon restart"
    assert seen.log.count("s behind the provider's") == 1
    assert "→ sudo timedatectl set-ntp true; then: shotmill daemon restart" in seen.log
