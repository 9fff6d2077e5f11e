"""The commands against the real daemon and its emulator, as processes: what people type, and what they get."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.command_line import WITHIN, Ended, Home, a_home
from daemon.film import make_film
from shotmill.client import http, lock
from shotmill.errors import UnreachableError

HEAVY = ("asyncio", "aiohttp", "textual", "google", "PIL", "rich", "dataclasses", "typing", "subprocess", "http.client")


def demo(home: Home, *words: str) -> Ended:
    return home.run("demo", "film", "--headless", *words)


@pytest.fixture(scope="module")
def drawn() -> Iterator[Home]:
    """A home in which the demo's film has been drawn; a daemon may run there or not."""
    with a_home() as home:
        made = demo(home, "--beats", "1", "--speed", "40")
        assert made.code == 0, made.err
        yield home


def held_film(home: Home) -> None:
    """A film whose images stay out, and whose quotas have no end."""
    film = make_film(
        home.work / "film", "emulator", beats=[f"1.{number}" for number in range(1, 41)], limits="in_flight = 2"
    )
    (film.root / ".shotmill").mkdir()
    (film.root / ".shotmill" / "emulator.json").write_text('{"speed": 1000, "faults": "hold.json"}')
    (film.root / ".shotmill" / "hold.json").write_text('[{"match": {}, "do": "hold"}]')


def state_of(home: Home, folder: str = "film") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(home.run("status", "--json", folder).out)
    return found


def wait_until_drawing(home: Home, waiting: subprocess.Popen[str]) -> None:
    """Until something is in flight; asked of the daemon itself, which answers quicker than a command starts."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        if waiting.poll() is not None:
            break
        try:
            projects = http.request(home.folders.socket, "GET", "/v1/status")["projects"]
        except UnreachableError:
            projects = []  # it is starting
        if any(style["in_flight"] for project in projects for style in project["styles"].values()):
            return
        time.sleep(0.02)
    waiting.kill()
    raise AssertionError(f"nothing was ever drawn: {waiting.communicate()[1]}")


def test_the_demo_from_nothing_to_done(home: Home) -> None:
    made = demo(home, "--beats", "2", "--speed", "40")
    assert made.code == 0, made.err
    assert made.out == ""
    assert "6/6 images" in made.err
    images = [
        path for path in (home.work / "film" / "generated_images").rglob("Beat_*.png") if path.parent.name != "takes"
    ]
    assert len(images) == 6

    status = home.run("status", "film")
    assert status.code == 0
    assert "6/6 images" in status.out
    assert set(state_of(home)) >= {"schema", "project", "run", "styles", "keys", "for_you"}
    assert "film" in home.run("ps").out

    again = demo(home, "--json")
    assert again.code == 0
    assert json.loads(again.out)["run"]["state"] == "finished"
    assert "goes on" in again.err

    log = home.run("logs", "film", "--style", "clear")
    assert log.out.count("✓") == 2

    assert home.run("stop", "film").code == 0
    tested = home.run("keys", "test", "anna", "film")
    assert tested.code == 0, tested.err
    assert "known" in tested.out
    checks = json.loads(home.run("doctor", "film", "--json").out)["checks"]
    assert not [check for check in checks if check["verdict"] == "broken"]


def test_status_from_the_daemon_loads_nothing_heavy(drawn: Home) -> None:
    assert drawn.run("daemon", "start").code == 0
    program = f"""
import sys
from shotmill_tui.cli import main
code = main(["status", "film"])
heavy = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit(f"{{code}} {{heavy}}" if code or heavy else 0)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=drawn.work, env=drawn.environ, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_without_a_daemon_everything_answers_from_the_folder(drawn: Home) -> None:
    assert drawn.run("daemon", "stop").code == 0
    assert not lock.is_held(drawn.folders.run / "daemon.lock")
    assert state_of(drawn)["styles"]["clear"]["done"] == 1
    assert drawn.run("logs", "film").out
    stopped = drawn.run("stop", "film")
    assert (stopped.code, stopped.out) == (0, "")
    assert "film" in stopped.err and "nothing runs" in stopped.err
    assert drawn.run("ps").code == 0
    assert json.loads(drawn.run("daemon", "status", "--json").out)["running"] is False
    assert not lock.is_held(drawn.folders.run / "daemon.lock")


def test_stop_start_and_a_killed_daemon(home: Home) -> None:
    held_film(home)
    waiting = home.start("start", "--wait", "film")
    wait_until_drawing(home, waiting)
    in_the_only_running = home.run("status", "--json")
    assert json.loads(in_the_only_running.out)["run"]["state"] == "running"
    active = home.run("reset", "film", "--images", "--yes")
    assert active.code == 2
    assert "active" in active.err
    stopped = home.run("stop", "--now", "film")
    assert "in doubt" in stopped.err
    waiting.communicate(timeout=WITHIN)
    assert waiting.returncode == 4

    waiting = home.start("start", "--wait", "film", "--retry-failed")
    wait_until_drawing(home, waiting)
    os.kill(json.loads(home.run("daemon", "status", "--json").out)["pid"], signal.SIGKILL)
    _, said = waiting.communicate(timeout=WITHIN)
    assert waiting.returncode == 6
    assert "→ shotmill start" in said
    after = state_of(home)
    assert (after["run"]["state"], after["run"]["reason"]) == ("stopped", "interrupted")

    assert "perhaps paid" in home.run("doubt", "film").out
    assert "Left out" in home.run("doubt", "film", "skip").err
    settled = home.run("doubt", "film")
    assert settled.out == ""
    assert "Nothing to settle. $" in settled.err
    assert "perhaps paid" in settled.err


def test_a_restart_brings_another_process_with_the_same_projects(drawn: Home) -> None:
    assert drawn.run("daemon", "start").code == 0
    before = json.loads(drawn.run("daemon", "status", "--json").out)["pid"]
    restarted = drawn.run("daemon", "restart")
    assert restarted.code == 0, restarted.err
    after = json.loads(drawn.run("daemon", "status", "--json").out)
    assert after["running"] is True
    assert after["pid"] != before
    assert state_of(drawn)["styles"]["clear"]["done"] == 1


def test_ctrl_c_ends_the_waiting_only(home: Home) -> None:
    held_film(home)
    waiting = home.start("start", "--wait", "film")
    wait_until_drawing(home, waiting)
    assert waiting.stderr is not None
    while "How far" not in waiting.stderr.readline():
        assert waiting.poll() is None, "it has to say where to look first"
    waiting.send_signal(signal.SIGINT)
    _, said = waiting.communicate(timeout=WITHIN)
    assert waiting.returncode == 130
    assert "the run goes on" in said
    assert state_of(home)["run"]["state"] == "running"
    answer = home.run("start", "film")
    assert answer.code == 0


def test_a_reader_that_goes_away_is_no_fault(home: Home) -> None:
    (home.work / "prompts").mkdir()
    (home.work / ".shotmill").mkdir()
    line = json.dumps({"at": 1.0, "event": "note", "level": "info", "text": "x" * 200})
    (home.work / ".shotmill" / "log.jsonl").write_text(f"{line}\n" * 5000)
    process = home.start("logs")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(timeout=WITHIN) == 0
    process.stderr.close()


def test_the_bars_on_a_real_terminal(home: Home) -> None:
    ours, theirs = pty.openpty()
    process = home.start(
        *("demo", "film", "--headless", "--beats", "1", "--speed", "40"), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    written = read_all(ours)
    assert process.wait(timeout=WITHIN) == 0, written
    assert "━" in written
    assert "\x1b[" in written
    assert "3/3 images" in written
    assert len(written) < 20_000


def read_all(descriptor: int) -> str:
    parts = []
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline and select.select([descriptor], [], [], WITHIN)[0]:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(descriptor)
    return b"".join(parts).decode()


@pytest.mark.parametrize("words", [["start"], ["doubt"], ["start", "--wait"]])
def test_a_folder_without_prompts_can_not_run(home: Home, words: list[str]) -> None:
    (home.work / "prompts").mkdir()
    ended = home.run(*words)
    assert ended.code == 5, ended.err
    assert "→" in ended.err


def test_a_strange_endpoint_is_refused_where_nobody_can_be_asked(home: Home) -> None:
    (home.work / "prompts").mkdir()
    prompts = [{"beat_number": "1.1", "ai_prompt": "a train"}]
    (home.work / "prompts" / "prompts-clear.json").write_text(json.dumps(prompts))
    Path(home.work / "shotmill.toml").write_text('[gemini]\nbase_url = "https://keys.example"\n')
    home.environ["GEMINI_API_KEY"] = "AIzaSyB-canary-canary-canary-canary-x7Qp"
    ended = home.run("start")
    assert ended.code == 2, ended.err
    assert "keys.example" in ended.err
    assert "canary" not in ended.err
