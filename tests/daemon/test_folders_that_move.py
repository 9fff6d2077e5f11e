"""Copied, moved, opened from two homes: a project's identity, and who may draw it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from daemon.film import make_film
from daemon.home import Home, home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness
from shotmill.errors import ShotmillError


def test_a_copy_gets_its_own_id_and_a_moved_folder_keeps_its(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    daemon = mill.start_daemon()
    status = mill.run_through(film.root)
    first = status["project"]["id"]
    shutil.copytree(film.root, tmp_path / "copy", ignore=shutil.ignore_patterns(".sm-*"))  # what is being written
    copied = mill.open(tmp_path / "copy")
    assert copied != first
    assert mill.open(film.root) == first
    assert mill.run_through(tmp_path / "copy")["styles"]["ink"]["done"] == 3
    assert provider.requests() == 3
    daemon.kill()
    film.root.rename(tmp_path / "moved")
    mill.start_daemon()
    assert mill.open(tmp_path / "moved") == first
    assert mill.run_through(tmp_path / "moved")["styles"]["ink"]["done"] == 3
    assert provider.requests() == 3


def _started(mill: Home, project: str) -> dict[str, Any] | None:
    answer = mill.answer("POST", f"/v1/projects/{project}/start", {})
    return answer.body if answer.status == 200 else None


def test_two_homes_never_draw_one_project_together(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, settings="[generation]\nin_doubt_usd = 0")
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 3)
    with home() as other:
        other.start_daemon()
        looked_at = other.open(film.root)
        with pytest.raises(ShotmillError, match="another daemon") as refused:
            other.start(looked_at)
        assert (refused.value.code, int(refused.value.exit_code)) == ("project_locked", 5)
        assert not film.journal("end"), "what is out is the other daemon's to tell"
        provider.release()
        ended = mill.wait_for_end(project)["styles"]["ink"]
        assert (ended["done"], ended["in_doubt"]) == (3, 0)
        # The first daemon writes the run's last lines before it lets go.
        answer = until(lambda: _started(other, looked_at), "the project to be free")
        assert answer is not None
        assert answer["outcome"] == "nothing_to_do"
        assert answer["status"]["styles"]["ink"]["done"] == 3
    assert provider.requests() == 3


def test_what_was_out_when_another_home_was_killed_is_not_drawn_again(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, settings="[generation]\nin_doubt_usd = 0")
    mill.start_daemon()
    project = mill.open(film.root)
    with home() as other:
        daemon = other.start_daemon()
        run_with_out(other, provider, film.root, 3)
        daemon.kill()
    provider.faults()
    assert mill.start(project)["outcome"] == "nothing_to_do"
    assert len(mill.doubt(project)["doubts"]) == 3
    assert mill.status(project)["run"]["in_doubt_usd"] > 0
    assert provider.arrived() == 3


def test_without_the_users_state_the_folder_tells_its_own_story(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    daemon = mill.start_daemon()
    before = mill.run_through(film.root)
    daemon.kill()
    shutil.rmtree(mill.folders.state)
    mill.start_daemon()
    after = mill.run_through(film.root)
    assert after["styles"]["ink"]["done"] == 3
    assert after["run"]["spent_usd"] == before["run"]["spent_usd"] > 0
    assert provider.requests() == 3


def test_a_folder_without_a_daemon_answers_by_itself(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    daemon = mill.start_daemon()
    mill.run_through(film.root)
    until(lambda: film.journal("run")[-1]["state"] == "finished", "the run's last line")
    daemon.kill()
    told = mill.command("status", "--json", str(film.root))
    assert told.returncode == 0, told.stderr
    status = json.loads(told.stdout)
    assert (status["schema"], status["run"]["state"], status["styles"]["ink"]["done"]) == (1, "finished", 3)
    assert not mill.daemon_pid()
    assert mill.command("stop", str(film.root)).returncode == 0
    assert not mill.daemon_pid()
