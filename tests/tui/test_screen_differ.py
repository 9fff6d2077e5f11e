"""The terminal shows the same with and without the differ."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from daemon.waiting import PATIENCE_S, until
from shotmill_tui.differ import Frame

ROOM, HEIGHT = 12, 3
CONSOLE = Console(force_terminal=True, color_system="truecolor", no_color=False, legacy_windows=False)
STYLES = [
    Style.parse(one)
    for one in (
        "red on black",
        "bold blue on black",
        "dim white on red",
        "reverse green on black",
        "bold dim red",
        "white",
    )
]
_TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[(\d+)G|\x1b\[([\d;]*)m|(.)")


class Paper:
    """As much of a terminal as a frame needs: cells with a character and how it looks."""

    def __init__(self) -> None:
        self.rows = [[(" ", "")] * ROOM for _ in range(HEIGHT)]

    def write(self, sequence: str) -> None:
        x = y = 0
        pen: dict[str, str] = {}
        for row, column, across, style, character in _TOKEN.findall(sequence):
            if row:
                y, x = int(row) - 1, int(column) - 1
            elif across:
                x = int(across) - 1
            elif style:
                pen = turned(pen, style.split(";"))
            else:
                wide = cell_len(character)
                look = pen if character != " " or "7" in pen else {"ground": pen.get("ground", "")}
                told = ";".join(f"{name}={value}" for name, value in sorted(look.items()) if value)
                self.rows[y][x] = (character, told)
                if wide == 2:
                    self.rows[y][x + 1] = ("", told)
                x += wide
        assert not any(pen.values()), "a style was left on"


def turned(pen: dict[str, str], codes: list[str]) -> dict[str, str]:
    """The pen after an SGR sequence, as terminals read it: what is not named stays."""
    pen, left = dict(pen), list(codes)
    while left:
        code = left.pop(0)
        if code in ("38", "48"):
            long = 4 if left[0] == "2" else 2
            pen["colour" if code == "38" else "ground"] = ";".join(left[:long])
            del left[:long]
        elif code in ("", "0"):
            pen = {}
        elif code in ("1", "2", "3", "4", "7"):
            pen[code] = "on"
        elif len(code) == 2 and code[0] in "39":
            pen["colour"] = code if code != "39" else ""
        elif len(code) in (2, 3) and code[0] in "41":
            pen["ground"] = code if code != "49" else ""
        else:
            raise AssertionError(code)
    return pen


def seen(capture: str) -> list[list[tuple[str, dict[str, str]]]]:
    """What tmux shows, cell by cell; of a space only its ground can be seen."""
    rows = []
    pen: dict[str, str] = {}
    for line in capture.split("\n"):
        row = []
        for style, character in re.findall(r"\x1b\[([\d;]*)m|(.)", line):
            if not character:
                pen = turned(pen, style.split(";"))
            else:
                look = pen if character != " " or "7" in pen else {"ground": pen.get("ground", "")}
                row.append((character, {name: value for name, value in look.items() if value}))
        while row and row[-1][0] == " ":  # tmux leaves out those behind the last style
            row.pop()
        rows.append(row)
    return rows


pieces = st.lists(st.tuples(st.text(alphabet="ab ─✓漢", min_size=1, max_size=5), st.sampled_from(STYLES)), min_size=1)


def strip(parts: list[tuple[str, Style]]) -> Strip:
    return Strip([Segment(text, style) for text, style in parts]).adjust_cell_length(ROOM, STYLES[0])


@given(st.lists(st.tuples(st.integers(0, HEIGHT - 1), pieces), min_size=1, max_size=8))
def test_what_is_sent_adds_up_to_the_frame(updates: list[tuple[int, list[tuple[str, Style]]]]) -> None:
    frame, paper = Frame(), Paper()
    whole: dict[int, Strip] = {}
    for y, parts in updates:
        whole[y] = strip(parts)
        update = frame.thin(LayoutUpdate([[whole[y]]], Region(0, y, ROOM, 1)), ROOM, HEIGHT)
        assert isinstance(update, CompositorUpdate)
        paper.write(update.render_segments(CONSOLE))
        again = frame.thin(LayoutUpdate([[whole[y]]], Region(0, y, ROOM, 1)), ROOM, HEIGHT)
        assert isinstance(again, CompositorUpdate) and again.render_segments(CONSOLE) == ""
    fresh, expected = Frame(), Paper()
    for y, line in whole.items():
        update = fresh.thin(LayoutUpdate([[line]], Region(0, y, ROOM, 1)), ROOM, HEIGHT)
        assert isinstance(update, CompositorUpdate)
        expected.write(update.render_segments(CONSOLE))
    assert paper.rows == expected.rows
    for y, line in whole.items():
        assert "".join(character for character, _ in paper.rows[y]) == line.text


def test_an_update_that_is_not_understood_goes_the_ordinary_way() -> None:
    frame = Frame()
    strange = object()
    assert frame.thin(strange, ROOM, HEIGHT) is strange
    assert frame.thin(None, ROOM, HEIGHT) is None


PLAY = """
import sys
sys.path.insert(0, {tests!r})
from datetime import UTC
from shotmill_tui.terminal import run_screen
from tui.sample import NOW
from tui.scripted import playing
run_screen(playing(), now=lambda: NOW, timezone=UTC)
"""
KEYS = (
    "n",
    "Right",
    "z",
    "2",
    "l",
    "Escape",
    "v",
    "Down",
    "Down",
    "Enter",
    "0",
    "z",
    "0",
    "X",
    "Escape",
    "?",
    "Escape",
)


class Tmux:
    """A tmux of our own with one window for each setting."""

    def __init__(self, folder: Path) -> None:
        self._base = ["tmux", "-S", str(folder / "t"), "-f", "/dev/null"]

    def run(self, *words: str) -> str:
        return subprocess.run([*self._base, *words], capture_output=True, text=True, check=True).stdout

    def start(self, name: str, differ: str) -> None:
        code = PLAY.format(tests=str(Path(__file__).resolve().parents[1]))
        environment = ["-e", f"SHOTMILL_DIFFER={differ}", "-e", "LC_ALL=C.UTF-8", "-e", "COLORTERM=truecolor"]
        self.run("new-session", "-d", "-s", name, "-x", "120", "-y", "30", *environment, sys.executable, "-c", code)

    def shown(self, name: str) -> str:
        return self.run("capture-pane", "-p", "-e", "-t", name)

    def settled(self, name: str) -> str:
        """What stands there once it stays the same."""
        before = self.shown(name)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            time.sleep(0.05)
            now = self.shown(name)
            if now == before and now.strip():
                return now
            before = now
        raise AssertionError(before)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    assert shutil.which("tmux"), "tests of the screen need tmux"
    opened = Tmux(tmp_path)
    yield opened
    subprocess.run(["tmux", "-S", str(tmp_path / "t"), "kill-server"], capture_output=True, check=False)


def test_a_real_terminal_shows_the_same_with_and_without(tmux: Tmux) -> None:
    names = {"with": "1", "without": "0"}
    for name, differ in names.items():
        tmux.start(name, differ)
    for name in names:
        _wait_for(tmux, name, "Night train")
    for key in ("", *KEYS):
        for name in names:
            if key:
                tmux.run("send-keys", "-t", name, key)
        _same(tmux, key)
    for name in names:
        tmux.run("resize-window", "-t", name, "-x", "80", "-y", "24")
    _same(tmux, "resize")
    assert os.environ.get("SHOTMILL_DIFFER") is None


def _wait_for(tmux: Tmux, name: str, words: str) -> None:
    until(lambda: words in tmux.run("capture-pane", "-p", "-t", name), f"{words} in {name}")


def _same(tmux: Tmux, step: str) -> None:
    """Both end up with the same cells and colours, within a time limit."""
    one = other = ""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        one, other = tmux.settled("with"), tmux.settled("without")
        if seen(one) == seen(other):
            return
    assert seen(one) == seen(other), step
