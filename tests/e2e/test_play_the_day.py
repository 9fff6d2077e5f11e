"""The whole day in a real terminal: demo, zoom, filter, stop, take it back, stop, go on, detach, attach, finish."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.film import Film
from daemon.home import Home
from daemon.waiting import until
from e2e.real_terminal import real_terminal

BEATS = 6
SPEED = 2
"""Slow enough that a stop has an image to wait for."""
STYLES = ("illustration", "clear", "consistent")


def _status(mill: Home) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(mill.command("status", "--json", "film").stdout)
    return found


def _done(mill: Home) -> int:
    return sum(int(style["done"]) for style in _status(mill)["styles"].values())


def _after_one_more(mill: Home) -> None:
    """The chain has just gone on: its next image is out for seconds."""
    before = int(_status(mill)["styles"]["consistent"]["done"])
    until(lambda: int(_status(mill)["styles"]["consistent"]["done"]) > before, "one more of the chain")
    until(lambda: _status(mill)["styles"]["consistent"]["in_flight"], "the next of the chain to be out")


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
def test_a_day_at_the_mill(mill: Home) -> None:
    shotmill = str(Path(sys.executable).with_name("shotmill"))
    total = 3 * BEATS
    with real_terminal(mill.path, mill.environ, (120, 36)) as terminal:
        terminal.wait_for("ready$")
        terminal.type(f"{shotmill} demo film --beats {BEATS} --speed {SPEED}")
        shown = terminal.wait_for("Night train", "running", f"/{total} images")
        assert _panels(shown) == 3
        until(lambda: _done(mill) >= 1, "the first image")

        terminal.press("3", "z")
        shown = terminal.wait_for("[3 consistent", "to do")
        assert _panels(shown) == 1
        terminal.press("&", "d", "o", "n", "e", "Enter")
        shown = terminal.wait_for("log, with done")
        assert not [row for row in shown.splitlines() if re.search(r"\d\d:\d\d:\d\d → ", row)], "only what is done"

        _after_one_more(mill)
        run = _status(mill)["run"]["id"]
        terminal.press("x")
        terminal.wait_for("stopping", "still to come")
        terminal.press("s")
        terminal.wait_for("● running")
        assert (_status(mill)["run"]["state"], _status(mill)["run"]["id"]) == ("running", run)

        _after_one_more(mill)
        terminal.press("x")
        terminal.wait_for("stopped")
        until(lambda: _status(mill)["run"]["state"] == "stopped", "the stop")
        landed = _done(mill)
        assert 1 <= landed < total
        assert not sum(style["in_doubt"] for style in _status(mill)["styles"].values())

        terminal.press("s")
        terminal.wait_for("Enter yes")
        terminal.press("Enter")
        terminal.wait_for("running")
        terminal.press("d")
        shown = terminal.wait_for("goes on", "Back: shotmill", "ready$")
        far = re.search(rf"goes on: (\d+) of {total}", shown)
        assert far, shown
        assert landed <= int(far[1]) < total

        until(lambda: _done(mill) > int(far[1]), "more images while nobody looks")
        terminal.type(f"clear; {shotmill} attach film; echo attach ended with $?")
        shown = terminal.wait_for("Night train", "[3 consistent", "log, with done")
        assert _panels(shown) == 1, "the panel, its zoom and the filter are back"
        terminal.wait_for(f"{total}/{total} images")
        terminal.press("d")
        terminal.wait_for(f"{total} of {total}", "attach ended with 0")
        print(*terminal.seen, sep="\n\f")  # pytest -rP shows what the terminal showed
    assert _all_whole(mill.path / "film") == 3 * BEATS
    assert _status(mill)["run"]["state"] == "finished"


def test_the_demo_without_a_terminal(mill: Home) -> None:
    done = mill.command("demo", "film", "--headless", "--beats", "4", "--speed", "30", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert _all_whole(mill.path / "film") == 3 * 4
    status = _status(mill)
    assert {name: style["done"] for name, style in status["styles"].items()} == dict.fromkeys(STYLES, 4)
    assert not mill.folders.keys_file.exists()
    again = mill.command("demo", "film", "--headless")
    assert again.returncode == 0, again.stderr
    assert _all_whole(mill.path / "film") == 3 * 4
