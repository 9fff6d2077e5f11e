"""Two projects that share a key, and a daemon that was restarted, stay within one window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import witness

RPM = 6


def _used(status: dict[str, Any]) -> int:
    return int(status["keys"]["anna"]["rpm"]["used"])


def _full(status: dict[str, Any]) -> bool:
    """The window is full, nothing is out, and the next slot is known."""
    flying = sum(style["in_flight"] for style in status["styles"].values())
    return _used(status) == RPM and not flying and (status["keys"]["anna"]["next_slot_s"] or 0) > 0


def test_projects_and_restarts_share_a_window(mill: Home, tmp_path: Path) -> None:
    mill.write_keys("anna", rpm=RPM)
    beats = [f"1.{number}" for number in range(1, 9)]
    with witness(tmp_path, rpm=RPM) as provider:
        films = [
            make_film(tmp_path / name, provider.base_url, beats=beats, styles=(name,)) for name in ("ink", "chalk")
        ]
        daemon = mill.start_daemon()
        projects = [mill.open(film.root) for film in films]
        for project in projects:
            mill.start(project)
        for project in projects:
            mill.wait_for(project, _full, "a full window")
        assert provider.arrived() == RPM, "within any minute"

        daemon.kill()
        mill.start_daemon()
        projects = [mill.open(film.root) for film in films]
        assert [_used(mill.status(project)) for project in projects] == [RPM, RPM]
        for project in projects:
            mill.start(project)
            mill.wait_for(project, _full, "a full window after the restart")
        assert provider.arrived() == RPM, "within any minute"
        assert provider.refused() == 0


def test_an_estimate_counts_a_run_under_way_that_shares_the_key(mill: Home, tmp_path: Path) -> None:
    mill.write_keys("anna", rpm=RPM)
    beats = [f"1.{number}" for number in range(1, 9)]
    with witness(tmp_path, rpm=RPM) as provider:
        ink, chalk = (
            make_film(tmp_path / name, provider.base_url, beats=beats, styles=(name,)) for name in ("ink", "chalk")
        )
        mill.start_daemon()
        project = mill.open(ink.root)
        mill.start(project)
        mill.wait_for(project, _full, "a full window")
        told = json.loads(mill.command("estimate", "--json", str(chalk.root)).stdout)
        assert told["beside"] == [{"title": "ink", "images": 2}] and told["seconds"] > 60
        assert "on the same quotas: ink (2 images left)." in mill.command("estimate", str(chalk.root)).stdout
        assert json.loads(mill.command("estimate", "--json", str(ink.root)).stdout)["beside"] == []


def test_a_status_counts_what_other_runs_take_of_the_key(mill: Home, tmp_path: Path) -> None:
    """Six were sent; six of the other project and two of the first are left for six a minute."""
    mill.write_keys("anna", rpm=RPM)
    beats = [f"1.{number}" for number in range(1, 9)]
    with witness(tmp_path, rpm=RPM) as provider:
        ink, chalk = (
            make_film(tmp_path / name, provider.base_url, beats=beats[:most], styles=(name,))
            for name, most in (("ink", 8), ("chalk", 6))
        )
        mill.start_daemon()
        first, other = mill.open(ink.root), mill.open(chalk.root)
        mill.start(first)
        mill.wait_for(first, _full, "a full window")
        assert mill.status(other)["run"]["eta_s"] > 100, "it is not started, and the first one goes on"
        mill.start(other)
        assert mill.status(other)["run"]["eta_s"] > 100 > mill.status(first)["run"]["eta_s"]
