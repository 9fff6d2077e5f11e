"""Trouble 9, unclear errors, and 10, leaving the screen: what, where, why, what to do; and a run without its screen."""

from __future__ import annotations

from pathlib import Path

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import Witness
from doctor.patient import doctor, for_you, log_of


def test_an_error_says_what_where_why_and_what_to_do(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1", "1.2"])
    provider.faults(
        {"match": {"beat": "1.1"}, "do": "prohibited"},
        {"match": {"beat": "1.2"}, "do": "400-unable-to-process-image"},
    )
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["run"]["state"] == "finished"
    checks = doctor(mill, film.root)
    assert checks["run"]["verdict"] == "look"
    assert "1 failed, 1 blocked" in checks["run"]["fact"]
    assert checks["beats.blocked"]["fact"].startswith("1 blocked: [ink] Beat 1.1: ")
    assert "reword" in checks["beats.blocked"]["cure"].lower()
    assert checks["beats.failed"]["fact"].startswith("1 failed: [ink] Beat 1.2: ")
    assert "Unable to process" in checks["beats.failed"]["fact"]
    assert checks["beats.failed"]["cure"].endswith("PNG or JPEG, then: shotmill start --retry-failed")
    entries = {entry["kind"]: entry for entry in for_you(mill, film.root)}
    assert (entries["failed"]["style"], entries["failed"]["beat"]) == ("ink", "1.2")
    log = log_of(mill, film.root)
    assert "Unable to process input image" in log
    assert doctor(mill, film.root)["errors"]["page"] == "errors"


def test_the_run_does_not_need_its_screen(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    provider.hold()
    assert mill.command("start", str(film.root)).returncode == 0  # the command has ended; the run goes on
    provider.release()
    status = mill.wait_for_end(mill.open(film.root))
    assert status["styles"]["ink"]["done"] == 1
    assert doctor(mill, film.root)["logout"]["page"] == "leave"
