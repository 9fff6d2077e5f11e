"""The emergency procedure with a real daemon: what is forgotten, what is adopted, what is paid for again, the undo."""

from __future__ import annotations

from pathlib import Path

from daemon.film import make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness


def test_forgotten_progress_is_adopted_and_not_paid_for_again(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    root = str(film.root)
    mill.start_daemon()
    mill.run_through(film.root)
    before = film.all_whole("ink", ["1.1"])
    until(lambda: film.journal("run")[-1]["state"] == "finished", "the end of the run in the journal")

    said = mill.command("reset", "--progress", "--yes", root)
    assert said.returncode == 0, said.stderr
    assert "$0.04 of the project's count of money" in said.stderr
    assert "pays for none of it again" in said.stderr
    assert film.journal() == []
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["done"] == 1
    assert provider.requests() == 1
    assert film.all_whole("ink", ["1.1"]) == before
    assert {entry["kind"] for entry in film.journal()} >= {"exists"}

    film.image("ink", "1.1").unlink()
    mill.run_through(film.root)
    undone = mill.command("reset", "--undo", "--yes", root)
    assert undone.returncode == 0
    assert "1 take was drawn" in undone.stderr
    assert "$0.04 leaves the project's count of money" in undone.stderr
    assert [entry["take"] for entry in film.journal("take")] == [1]
    assert mill.command("reset", "--undo", "--yes", root).returncode == 0
    assert {entry["kind"] for entry in film.journal()} >= {"exists", "take"}, "the record since the reset is back"
    assert mill.status(mill.open(film.root))["run"]["spent_usd"] > 0.03


def test_images_set_aside_are_drawn_again_or_brought_back(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    root = str(film.root)
    mill.start_daemon()
    mill.run_through(film.root)
    before = film.all_whole("ink", ["1.1"])
    said = mill.command("reset", "--images", "--yes", root)
    assert "draws 1 image again and pays for them again" in said.stderr
    assert mill.status(mill.open(film.root))["styles"]["ink"]["done"] == 0
    assert mill.command("reset", "--undo", "--yes", root).returncode == 0
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 1
    assert provider.requests() == 1
    assert film.all_whole("ink", ["1.1"]) == before

    assert mill.command("reset", "--yes", root).returncode == 0
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 1
    assert provider.requests() == 2


def test_a_reset_is_refused_while_a_run_is_active(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 1)
    refused = mill.command("reset", "--yes", str(film.root))
    assert refused.returncode == 2
    assert "shotmill stop" in refused.stderr
    assert film.journal("intent")
    mill.stop(project, now=True)
    assert mill.command("reset", "--yes", str(film.root)).returncode == 0
