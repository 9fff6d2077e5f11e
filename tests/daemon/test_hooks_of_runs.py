"""Hooks run by the real daemon, with nobody connected while they do."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.film import Film, make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness, secret

pytestmark = pytest.mark.slow

NOTE_IT = """\
import json, os, sys, time
seen = {name: value for name, value in os.environ.items()}
with open(sys.argv[1], "a") as file:
    file.write(json.dumps({"words": sys.argv[2:], "environ": seen, "cwd": os.getcwd()}) + "\\n")
"""


class Notes:
    """What hooks wrote down."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "note_it.py"
        self.program.write_text(NOTE_IT)
        self.path = folder / "notes.jsonl"

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-S", str(self.program), str(self.path), *words]

    def read(self, event: str = "") -> list[dict[str, Any]]:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        found = [json.loads(line) for line in lines if line.endswith("}")]
        return [one for one in found if not event or one["environ"]["SHOTMILL_EVENT"] == event]

    def wait(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        until(lambda: len(self.read(event)) >= count, f"{count} hooks for {event}")
        return self.read(event)


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path)


def configure(mill: Home, **hooks: list[str]) -> None:
    lines = [f"{event} = {json.dumps(argv)}" for event, argv in hooks.items()]
    mill.folders.config_file.write_text("\n".join(["[hooks]", *lines, ""]))


def log_of(film: Film) -> list[dict[str, Any]]:
    path = film.root / ".shotmill" / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def told(film: Film, word: str) -> list[dict[str, Any]]:
    return [line for line in log_of(film) if word in line["text"]]


def daemon_log(mill: Home) -> str:
    return mill.folders.daemon_log.read_text()


def test_finished_is_told_with_a_sentence_and_few_variables(
    mill: Home, provider: Witness, notes: Notes, tmp_path: Path
) -> None:
    configure(mill, finished=notes.argv("a word", "$HOME;"), failed=notes.argv())
    film = make_film(tmp_path / "film", provider.base_url, settings='[project]\ntitle = "Night \\u001b[31mtrain"')
    mill.start_daemon(GEMINI_API_KEY=secret("ben"), SOMETHING_ELSE="x")
    mill.run_through(film.root)
    (one,) = notes.wait("finished")
    assert one["words"] == ["a word", "$HOME;"]
    assert one["cwd"] == str(mill.path)
    environ = one["environ"]
    assert environ["SHOTMILL_PROJECT"] == str(film.root)
    assert "3 of 3 images" in environ["SHOTMILL_SUMMARY"]
    assert environ["SHOTMILL_TITLE"] == "Night ␛[31mtrain"
    assert environ["SHOTMILL_HOME"] == str(mill.path)
    assert not {"GEMINI_API_KEY", "SOMETHING_ELSE"} & set(environ)
    assert "CANARY" not in json.dumps(environ)
    assert notes.read("failed") == []


def test_the_first_beat_that_fails_is_told_and_config_is_read_anew_at_each_start(
    mill: Home, provider: Witness, notes: Notes, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults({"match": {}, "do": "prohibited"})
    mill.start_daemon()
    mill.run_through(film.root)
    configure(mill, finished=notes.argv(), failed=notes.argv())
    mill.run_through(film.root, retry_failed=True)
    (finished,) = notes.wait("finished")
    assert "0 of 3 images, 3 are for you" in finished["environ"]["SHOTMILL_SUMMARY"]
    (failed,) = notes.wait("failed")
    assert "ink beat 1." in failed["environ"]["SHOTMILL_SUMMARY"]
    assert "refused for its content" in failed["environ"]["SHOTMILL_SUMMARY"]


def test_a_run_that_stops_by_itself_is_told_one_that_was_asked_to_is_not(
    mill: Home, provider: Witness, notes: Notes, tmp_path: Path
) -> None:
    configure(mill, finished=notes.argv(), failed=notes.argv())
    film = make_film(tmp_path / "film", provider.base_url, limits="in_flight = 1\nrpm = 100000")
    mill.start_daemon()
    mill.run_through(film.root, budget_usd=0.05)
    (failed,) = notes.wait("failed")
    assert "stopped at 1 of 3 images: the budget is reached" in failed["environ"]["SHOTMILL_SUMMARY"]
    provider.hold()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["styles"]["ink"]["in_flight"], "an image in flight")
    mill.stop(project, now=True)
    provider.faults()
    mill.run_through(film.root)
    notes.wait("finished")
    assert len(notes.read()) == 2


def test_a_wait_till_tomorrow_is_told_once(mill: Home, provider: Witness, notes: Notes, tmp_path: Path) -> None:
    configure(mill, waiting=notes.argv(), failed=notes.argv())
    text = f'[keys.anna]\napi_key = "{secret("anna")}"\nquota_project = "film-1"\nrpm = 1000\nrpd = 1\n'
    mill.write_keys(text=text)
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "the wait for tomorrow")
    (one,) = notes.wait("waiting")
    assert "waits until" in one["environ"]["SHOTMILL_SUMMARY"]
    mill.stop(project)
    mill.wait_for_end(project)
    assert len(notes.read()) == 1


def test_one_that_fails_is_told_once_with_the_cure_and_its_words_are_in_the_daemons_log(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    said = f"echo oh no {secret('anna')}; exit 4"
    configure(mill, finished=["sh", "-c", said], failed=["/no/such/program"])
    mill.asked_again["ink 1.1"] = 1
    mill.excused |= {"I2": "a person deletes an image", "I5": "a person wrote a key into a hook"}
    mill.start_daemon()
    for times in (1, 2):
        mill.run_through(film.root)
        until(lambda times=times: daemon_log(mill).count("hook finished") >= 2 * times, "the hook's words in the log")  # type: ignore[misc]
        film.image("ink", "1.1").unlink()
    (line,) = until(lambda: told(film, "hook for finished"), "a line of the project's log")
    assert line["level"] == "warning"
    assert "ended with 4" in line["text"]
    assert str(mill.folders.config_file) in line["text"]
    assert "oh no" in daemon_log(mill)
    assert secret("anna") not in daemon_log(mill)
    provider.faults({"match": {}, "do": "prohibited"})
    mill.run_through(film.root)
    until(lambda: told(film, "can't be found: /no/such/program"), "word of the program that is not there")


def test_settings_that_can_not_be_used_are_told_and_the_run_goes_on(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    mill.folders.config_file.write_text('[hooks]\nfinished = "notify-send done"\n')
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["run"]["state"] == "finished"
    (line,) = until(lambda: told(film, "no hook will run"), "a line of the project's log")
    assert "config.toml" in line["text"]


def test_a_hook_that_hangs_holds_neither_the_run_nor_the_daemons_end(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    mark = tmp_path / "began"
    configure(mill, finished=["sh", "-c", f"echo $$ >> {shlex.quote(str(mark))}; sleep 300"])
    mill.asked_again["ink 1.1"] = 1
    mill.excused["I2"] = "a person deletes images"
    film = make_film(tmp_path / "film", provider.base_url)
    daemon = mill.start_daemon()
    project = mill.open(film.root)
    for beat in ("1.1", "1.2"):
        mill.start(project)
        assert mill.wait_for_end(project)["run"]["state"] == "finished"
        film.image("ink", beat).unlink()
    pid = int(until(lambda: mark.exists() and mark.read_text().strip(), "the hook"))  # one number: one at a time
    mill.ask("POST", "/v1/daemon/stop", {"now": False})
    assert daemon.ended() == 0
    assert not Path(f"/proc/{pid}").exists()
