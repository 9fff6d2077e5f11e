"""The whole day in a real terminal: start, zoom, filter, stop, take it back, stop, go on, detach, attach, finish."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.film import Film, make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from e2e.day_page import page
from e2e.real_terminal import RealTerminal, real_terminal

STYLES = ("illustration", "clear", "consistent")
BEATS = ("1.1", "1.2", "1.3", "2.1", "2.2", "2.3")
TOTAL = len(STYLES) * len(BEATS)
PAGE = "SHOTMILL_DAY_PAGE"
"""Names a file that the day is written to: `make day`."""


def _status(mill: Home) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(mill.command("status", "--json", "film").stdout)
    return found


def _held_at(provider: Witness, beat: str) -> None:
    """The chain goes on up to that beat, which is out until another is named; the other styles are drawn."""
    provider.hold(style="consistent", beat=beat)
    provider.wait_for_held(1)


def _panels(screen: str) -> int:
    return screen.count("╭")


def _all_whole(root: Path) -> int:
    """The number of images there are, each decoded."""
    film = Film(root)
    images = sorted((root / "generated_images").glob("*/Shot_*/Beat_*.png"))
    for image in images:
        film.whole(image.parts[-3], image.stem.removeprefix("Beat_"))
    return len(images)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_a_day_at_the_mill(mill: Home, provider: Witness) -> None:
    mill.write_keys("anna", rpm=60)
    title = '[project]\ntitle = "Night train"'
    make_film(mill.path / "film", provider.base_url, BEATS, STYLES, chained=BEATS[1:], settings=title)
    here = Path(sys.executable).parent
    environ = {**mill.environ, "PATH": f"{here}{os.pathsep}{mill.environ['PATH']}"}
    with real_terminal(mill.path, environ, (120, 36)) as terminal:
        terminal.wait_for("ready$")
        provider.hold(style="consistent", beat="1.2")
        terminal.type("shotmill start film && shotmill attach film")
        assert _panels(terminal.wait_for("Night train", "running", f"/{TOTAL} images")) == 3
        provider.wait_for_held(1)

        _zoom_and_filter(terminal)
        _stop_and_take_it_back(terminal, mill)
        landed = _stop_and_go_on(terminal, mill, provider)
        far = _leave(terminal)
        assert landed <= far < TOTAL
        _held_at(provider, "2.3")
        until(lambda: _done(mill) > far, "more images while nobody looks")
        _come_back_to_the_end(terminal, provider)
        seen = page(terminal.seen[1:], [(str(mill.path), "~")])
        print(seen)  # pytest -rP shows what the terminal showed
    assert _all_whole(mill.path / "film") == TOTAL
    assert _status(mill)["run"]["state"] == "finished"
    assert set(provider.asked().values()) == {1}
    if PAGE in os.environ:
        Path(os.environ[PAGE]).write_text(seen, "utf-8")


def _zoom_and_filter(terminal: RealTerminal) -> None:
    terminal.press("3", "z")
    assert _panels(terminal.wait_for("[3 consistent", "to do")) == 1
    terminal.press("&", "d", "o", "n", "e", "Enter")
    shown = terminal.wait_for("log, with done")
    assert not [row for row in shown.splitlines() if re.search(r"\d\d:\d\d:\d\d → ", row)], "only what is done"


def _stop_and_take_it_back(terminal: RealTerminal, mill: Home) -> None:
    run = _status(mill)["run"]["id"]
    terminal.press("x")
    terminal.wait_for("stopping", "still to come")
    terminal.press("s")
    terminal.wait_for("● running")
    assert (_status(mill)["run"]["state"], _status(mill)["run"]["id"]) == ("running", run)


def _stop_and_go_on(terminal: RealTerminal, mill: Home, provider: Witness) -> int:
    """The images that were there in between."""
    terminal.press("x")
    terminal.wait_for("stopping", "still to come")
    provider.hold(style="consistent", beat="2.1")
    terminal.wait_for("stopped")
    until(lambda: _status(mill)["run"]["state"] == "stopped", "the stop")
    landed = _done(mill)
    assert 1 <= landed < TOTAL
    assert not sum(style["in_doubt"] for style in _status(mill)["styles"].values())
    terminal.press("s")
    terminal.wait_for("Enter yes")
    terminal.press("Enter")
    terminal.wait_for("running")
    provider.wait_for_held(1)
    return landed


def _done(mill: Home) -> int:
    return sum(int(style["done"]) for style in _status(mill)["styles"].values())


def _leave(terminal: RealTerminal) -> int:
    """The images that were there, as the goodbye has it."""
    terminal.press("d")
    shown = terminal.wait_for("goes on", "Back: shotmill", "ready$")
    far = re.search(rf"goes on: (\d+) of {TOTAL}", shown)
    assert far, shown
    return int(far[1])


def _come_back_to_the_end(terminal: RealTerminal, provider: Witness) -> None:
    terminal.type("clear; shotmill attach film; echo attach ended with $?")
    shown = terminal.wait_for("Night train", "[3 consistent", "log, with done")
    assert _panels(shown) == 1, "the panel, its zoom and the filter are back"
    provider.release()
    terminal.wait_for(f"{TOTAL}/{TOTAL} images")
    terminal.press("d")
    terminal.wait_for(f"{TOTAL} of {TOTAL}", "attach ended with 0")


def test_the_demo_without_a_terminal(mill: Home) -> None:
    done = mill.command("demo", "film", "--headless", "--beats", "2", "--speed", "100", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert _all_whole(mill.path / "film") == 3 * 2
    status = _status(mill)
    assert {name: style["done"] for name, style in status["styles"].items()} == dict.fromkeys(STYLES, 2)
    assert not mill.folders.keys_file.exists()
    again = mill.command("demo", "film", "--headless")
    assert again.returncode == 0, again.stderr
    assert _all_whole(mill.path / "film") == 3 * 2
