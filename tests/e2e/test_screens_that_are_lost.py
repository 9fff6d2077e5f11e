"""A real run goes on whatever becomes of the screens that look at it, and none of them stays behind."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from daemon.home import Home
from daemon.waiting import until
from e2e.real_terminal import RealTerminal, real_terminal
from faults.pty_screen import on_a_pty

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux"),
]
SHOTMILL = str(Path(sys.executable).with_name("shotmill"))
TERMINAL = {"TERM": "xterm-256color"}


def _done(mill: Home) -> int:
    (project,) = mill.ask("GET", "/v1/status")["projects"]
    assert project["run"]["state"] in ("running", "waiting"), project["run"]
    return sum(int(style["done"]) for style in project["styles"].values())


def _goes_on(mill: Home) -> None:
    before = _done(mill)
    until(lambda: _done(mill) > before, "more images")


def _left_of(session: int) -> list[int]:
    """The processes of a session, by the one that leads it; one that only waits to be reaped is none."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(of) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_run_outlives_every_screen(mill: Home) -> None:
    with real_terminal(mill.path, mill.environ, (100, 30)) as terminal:
        terminal.wait_for("ready$")
        terminal.type(f"{SHOTMILL} demo film --beats 40 --speed 3")
        terminal.wait_for("Night train", "running")
        terminal.press("d")
        terminal.wait_for("goes on", "ready$")
        _a_line_that_is_closed(mill)
        _a_terminal_that_reads_nothing(mill)
        _a_pane_that_is_killed(mill, terminal)
        _suspended_and_back(mill, terminal)
        _goes_on(mill)


def _a_line_that_is_closed(mill: Home) -> None:
    """Without a signal: under nohup, or in a session that does not own the terminal."""
    with on_a_pty([SHOTMILL, "attach", "film"], {**mill.environ, **TERMINAL}, mill.path) as screen:
        screen.wait_for(b"Night train")
        assert screen.process.pid in _left_of(screen.process.pid)
        screen.hang_up()
        until(lambda: screen.process.poll() is not None, "the end of a screen whose line is closed")
        until(lambda: not _left_of(screen.process.pid), "the end of all that it started")
    _goes_on(mill)


def _a_terminal_that_reads_nothing(mill: Home) -> None:
    with on_a_pty([SHOTMILL, "attach", "film"], {**mill.environ, **TERMINAL}, mill.path) as screen:
        screen.wait_for(b"Night train")
        for _ in range(3):
            _goes_on(mill)
        screen.press(b"d")
        assert screen.ended() == 0
        assert b"Night train goes on" in screen.output


def _a_pane_that_is_killed(mill: Home, terminal: RealTerminal) -> None:
    words = [f"{name}={value}" for name, value in {**mill.environ, "TERM": "tmux-256color"}.items()]
    command = shlex.join(["exec", "env", "-i", *words, SHOTMILL, "attach", str(mill.path / "film")])
    made = terminal.tmux("new-window", "-P", "-F", "#{pane_id} #{pane_pid}", command).split()
    pane, pid = made[0], int(made[1])
    terminal.wait_for("Night train", "running")
    assert pid in _left_of(pid)
    terminal.tmux("kill-pane", "-t", pane)
    until(lambda: not _left_of(pid), "the end of a screen whose pane is gone")
    _goes_on(mill)


def _suspended_and_back(mill: Home, terminal: RealTerminal) -> None:
    terminal.type("clear; stty -a > before")
    until(lambda: (mill.path / "before").is_file(), "the terminal as it was")
    terminal.type(f"{SHOTMILL} attach film")
    terminal.wait_for("Night train", "running")
    terminal.press("C-z")
    terminal.wait_for("Stopped", "ready$")
    terminal.type("stty -a > meanwhile")
    _goes_on(mill)
    terminal.type("clear; fg")
    terminal.wait_for("Night train", "running", "Shot 1")
    terminal.press("d")
    terminal.wait_for("goes on", "ready$")
    terminal.type("stty -a > after; echo all told")
    terminal.wait_for("all told\nready$")
    settings = [(mill.path / name).read_text() for name in ("before", "meanwhile", "after")]
    assert settings[0] and settings[0] == settings[1] == settings[2]
