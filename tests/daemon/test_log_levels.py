"""A log level that changes while runs go on, and a start that is refused: the log says every step, and why not."""

from __future__ import annotations

import json
from pathlib import Path

from daemon.film import make_film
from daemon.home import Home
from daemon.stream import all_is_written
from daemon.waiting import until
from daemon.witness import Witness


def lines(root: Path, level: str) -> list[str]:
    """Texts of a project's log, of one level."""
    found = [json.loads(line) for line in (root / ".shotmill" / "log.jsonl").read_text().splitlines()]
    return [line["text"] for line in found if line["level"] == level]


def test_every_step_is_logged_from_the_moment_it_is_asked_for(mill: Home, provider: Witness, tmp_path: Path) -> None:
    """In a run that is under way, and by the daemon that runs."""
    mill.write_keys("anna", rpm=1)
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1", "1.2"])
    daemon = mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 1, "one image")
    assert not lines(film.root, "debug")
    assert mill.ask("GET", "/v1/daemon")["log_level"] == "info"

    assert mill.command("daemon", "log-level", "debug").returncode == 0
    assert (mill.daemon_pid(), mill.ask("GET", "/v1/daemon")["log_level"]) == (daemon.pid, "debug")
    mill.stop(project)
    mill.wait_for_end(project)
    mill.start(project)
    waits = "[ink] wait: minute quota until"
    until(lambda: any(text.startswith(waits) for text in lines(film.root, "debug")), "the wait as a step")
    mill.write_keys("anna", "ben")
    mill.wait_for_end(project)
    until(lambda: any(text.startswith("outcome") for text in lines(film.root, "debug")), "the outcome in the log")
    all_is_written(mill, film.root)
    told = lines(film.root, "debug")
    for begins in ("lease: take 1 with", "request ", "outcome "):
        assert any(text.startswith(begins) for text in told), (begins, told)
    shown = mill.command("logs", "--level", "debug", str(film.root)).stdout
    assert "lease: take 1" in shown
    assert "DEBUG" in mill.folders.daemon_log.read_text()
    everything = " ".join(told) + shown + mill.folders.daemon_log.read_text()
    assert "CANARY" not in everything
    assert "train in the rain" not in everything

    mill.ask("PUT", "/v1/log", {"level": "info"})
    film.image("ink", "1.1").unlink()
    mill.asked_again["ink 1.1"] = 1
    mill.excused["I2"] = "a person deletes an image"
    mill.run_through(film.root)
    all_is_written(mill, film.root)
    assert lines(film.root, "debug") == told
    assert mill.answer("PUT", "/v1/log", {"level": "loud"}).status == 400


def test_a_refused_start_is_logged_with_its_cure_and_once(mill: Home, tmp_path: Path) -> None:
    mill.write_keys(text='[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    film = make_film(tmp_path / "film", "")
    mill.start_daemon()
    project = mill.open(film.root)
    for _ in range(2):
        assert mill.answer("POST", f"/v1/projects/{project}/start", {}).status == 422
    prompts = film.root / "prompts" / "prompts-ink.json"
    prompts.write_text("[\n broken\n]")
    for _ in range(2):
        assert mill.answer("POST", "/v1/projects", {"path": str(film.root)}).status == 400
    mill.ask("POST", f"/v1/projects/{project}/close")
    for _ in range(2):
        assert mill.answer("POST", "/v1/projects", {"path": str(film.root)}).status == 400
    until(lambda: len(lines(film.root, "error")) >= 2, "both refusals in the log")
    refused, unread = lines(film.root, "error")
    assert "not started: no usable key: anna: it is a placeholder" in refused
    assert "shotmill keys add anna --replace" in refused
    assert "not opened: prompts/prompts-ink.json:2" in unread
    assert "not started" in mill.folders.daemon_log.read_text()
