"""Trouble 3, a daemon that was killed, 4, it does not stop, and 7, "already in progress": each seen in the screen's
data, in `doctor --json` and in the log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.film import Film, make_film
from daemon.home import Home, run_with_out
from daemon.witness import Witness
from doctor.ward import seen_of
from shotmill.daemon.project_lock import ProjectLock
from shotmill.errors import ShotmillError


def three_in_flight(mill: Home, provider: Witness, folder: Path) -> tuple[Film, str]:
    film = make_film(folder / "film", provider.base_url)
    return film, run_with_out(mill, provider, film.root, 3)


def test_a_stop_with_images_in_flight_and_a_stop_at_once(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.start_daemon()
    film, project = three_in_flight(mill, provider, tmp_path)
    mill.stop(project)
    seen = seen_of(mill, film.root, project)
    assert seen.told is not None and seen.view is not None
    assert seen.told.word == "stopping"
    assert seen.told.long.startswith("3 images still to come")
    assert {hint.action for hint in seen.told.hints} == {"start", "stop_now"}
    out, usd, kept = seen.view.run.stop_now
    assert (out, kept) == (3, 0) and f"{usd:.2f}" == "0.12"
    assert "3 images in flight" in seen.checks["run"]["fact"] and "$0.12" in seen.checks["run"]["cure"]
    assert "info note stopping after 3 images in flight" in seen.log

    mill.stop(project, now=True)
    seen = seen_of(mill, film.root, project)
    assert seen.told is not None and seen.view is not None
    assert seen.told.word.startswith("stopped")
    assert f"{seen.view.run.in_doubt:.2f}" == "0.12"
    assert [one.kind for one in seen.view.for_you] == ["in_doubt"] * 3
    assert seen.checks["run"]["fact"].startswith("stopped as asked")
    assert seen.checks["beats.in_doubt"]["fact"].startswith("3 in doubt")
    assert seen.log.count("warning in_doubt stopped while it was out") == 3
    assert "info note stopped: asked, 0 of 3 drawn" in seen.log


def test_a_daemon_that_was_killed_while_it_drew(mill: Home, provider: Witness, tmp_path: Path) -> None:
    """Trouble 3 and, since its record says that a run goes on and nobody holds its lock, 7."""
    daemon = mill.start_daemon()
    film, project = three_in_flight(mill, provider, tmp_path)
    daemon.kill()
    mill.start_daemon()
    project = mill.open(film.root)
    seen = seen_of(mill, film.root, project)
    assert seen.told is not None and seen.view is not None
    assert seen.told.word.startswith("interrupted")
    assert seen.told.long == "The daemon ended while drawing. 3 images were out: 3 in doubt."
    assert seen.view.run.reason == "interrupted"
    assert seen.checks["run"]["verdict"] == "look"
    assert seen.checks["run"]["fact"].startswith("stopped: interrupted")
    assert seen.checks["run"]["cure"].startswith("shotmill start")
    assert seen.checks["beats.in_doubt"]["fact"].startswith("3 in doubt")
    assert seen.checks["lock"]["fact"] == "free: no process draws here, whatever its file says"
    assert "interrupted" in seen.log
    assert "ended without order" in seen.daemon_log

    provider.faults()
    mill.doubt(project, "retry")
    mill.start(project)
    mill.wait_for_end(project)
    seen = seen_of(mill, film.root, project)
    assert seen.told is not None and seen.told.word.startswith("finished")
    assert seen.told.long == "All 3 images are there."
    assert seen.checks["run"]["fact"].startswith("finished, 3 of 3")
    assert "finished, 3 of 3 drawn" in seen.log


def test_a_project_that_another_daemon_draws(mill: Home, tmp_path: Path) -> None:
    """Our daemon has it open: the lock is the other's all the same."""
    film = make_film(tmp_path / "film", "")
    mill.start_daemon()
    project = mill.open(film.root)
    lock = ProjectLock(film.root / ".shotmill" / "lock")
    lock.take()
    try:
        with pytest.raises(ShotmillError, match="another daemon") as refused:
            mill.start(project)
        seen = seen_of(mill, film.root, project)
    finally:
        lock.release()
    holder = f"process {os.getpid()}"
    assert holder in str(refused.value) and "stop it there" in refused.value.cure
    assert seen.told is not None and seen.told.word == "ready"
    assert seen.checks["lock"]["verdict"] == "look"
    assert f"another daemon draws this project ({holder}" in seen.checks["lock"]["fact"]
    assert "SHOTMILL_HOME=ITS_HOME shotmill stop" in seen.checks["lock"]["cure"]
    assert f"not started: another daemon is drawing this project ({holder})" in seen.log
