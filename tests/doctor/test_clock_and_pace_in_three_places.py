"""Trouble 1, a wrong clock, and 8, the provider's own time or the day's quota as what sets the pace: each seen in the
screen's data, in `doctor --json` and in the log."""

from __future__ import annotations

import time
from pathlib import Path

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import KEYS, Witness, secret
from doctor.test_trouble_1_network import http_server
from doctor.ward import Seen, seen_of

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
    assert seen.log.count("s behind the provider's") == 1
    assert "→ sudo timedatectl set-ntp true; then: shotmill daemon restart" in seen.log


def twelve_in_a_run(mill: Home, provider: Witness, folder: Path, out: int) -> Seen:
    """What is told of twelve beats of which `out` are out, and are for long."""
    film = make_film(folder / "film", provider.base_url, beats=[f"1.{number}" for number in range(1, 13)])
    provider.slow(20)
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["styles"]["ink"]["in_flight"] == out, f"{out} in flight")
    return seen_of(mill, film.root, project)


def test_the_provider_s_own_time_as_the_pace(mill: Home, provider: Witness, tmp_path: Path) -> None:
    seen = twelve_in_a_run(mill, provider, tmp_path, 12)
    assert seen.view is not None and seen.view.pace.limit == "latency"
    assert seen.told is not None and seen.told.long.startswith("Pace: the provider's own time")
    assert seen.checks["pace"]["fact"].startswith("The provider's own time sets it")
    assert seen.log.count("info sent") == 12


def test_the_day_s_quota_as_the_pace(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.write_keys(text=f'[keys.anna]\napi_key = "{secret("anna")}"\nquota_project = "{KEYS["anna"]}"\nrpd = 2\n')
    seen = twelve_in_a_run(mill, provider, tmp_path, 2)
    assert seen.view is not None and seen.view.pace.limit == "day_quota"
    assert seen.told is not None and seen.told.long.startswith("Pace: what is left of the day quota")
    assert seen.checks["pace"]["verdict"] == "look"
    assert seen.checks["pace"]["fact"].startswith("The day quota of 1 cloud project sets it, back in ")
    assert seen.log.count("info sent") == 2
