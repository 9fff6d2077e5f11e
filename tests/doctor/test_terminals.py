"""tmux, colours and pictures, as the environment tells of them."""

from __future__ import annotations

import pytest

from shotmill.doctor import terminal
from shotmill.doctor.check import Surroundings
from shotmill.doctor.copying import desktop_programs
from shotmill.settings.folders import Folders


@pytest.mark.parametrize(
    ("version", "clipboard", "verdict", "cure"),
    [
        ("tmux 3.3a", "external", "fine", ""),
        ("tmux 3.3a", "off", "look", "set-clipboard on"),
        ("tmux 2.8", "external", "look", "3.2"),
        ("", "", "look", "tmux -V"),
    ],
)
def test_tmux(version: str, clipboard: str, verdict: str, cure: str) -> None:
    check = terminal.judged_tmux(version, clipboard)[0]
    assert check.verdict.value == verdict
    assert cure in check.cure


@pytest.mark.parametrize(
    ("environ", "verdict"),
    [
        ({"TERM": "xterm-256color"}, "look"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "fine"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "fine"),
        ({"TERM": "dumb"}, "fine"),
    ],
)
def test_colours(environ: dict[str, str], verdict: str) -> None:
    check = terminal.judged_colours(environ)[0]
    assert check.verdict.value == verdict
    assert ("COLORTERM" in check.cure) is (verdict == "look")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iTerm"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm"}, "half blocks"),
        ({"TERM": "xterm-kitty", "TMUX": "x"}, "half blocks"),
    ],
)
def test_pictures(environ: dict[str, str], said: str) -> None:
    assert said in terminal.pictures(environ)


SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}


@pytest.mark.parametrize(
    ("environ", "there", "platform", "verdict", "words"),
    [
        ({}, "", "darwin", "fine", "pbcopy"),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "wl-copy xclip", "linux", "fine", "wl-copy"),
        ({"DISPLAY": ":0"}, "wl-copy xclip xsel", "linux", "fine", "xclip"),
        ({"DISPLAY": ":0"}, "xsel", "linux", "fine", "xsel"),
        ({"DISPLAY": ":0"}, "", "linux", "look", "Install xclip"),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "", "linux", "look", "Install wl-clipboard"),
        ({**SSH, "DISPLAY": ":0"}, "xclip", "linux", "fine", "over ssh copies go to the terminal (OSC 52)"),
        (SSH, "", "darwin", "fine", "can't be confirmed"),
        ({}, "xclip", "linux", "fine", "can't be confirmed"),
    ],
)
def test_clipboard(environ: dict[str, str], there: str, platform: str, verdict: str, words: str) -> None:
    programs = desktop_programs(environ, there.split().__contains__, platform)
    (check,) = terminal.judged_clipboard(environ, programs)
    assert check.verdict.value == verdict
    assert words in f"{check.fact} {check.cure}"


def test_the_clipboard_is_told_on_a_terminal_and_in_tmux_by_tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_size", lambda: (120, 40))
    folders = Folders.of({"SHOTMILL_HOME": "/nowhere"})
    (check,) = terminal.check_clipboard(Surroundings(folders, SSH))
    assert check.id == "clipboard"
    assert not terminal.check_clipboard(Surroundings(folders, {"TMUX": "x"}))
    monkeypatch.setattr(terminal, "_size", lambda: None)
    assert not terminal.check_clipboard(Surroundings(folders, SSH))
