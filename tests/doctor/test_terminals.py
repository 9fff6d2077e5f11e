"""tmux, colours and pictures, as the environment tells of them."""

from __future__ import annotations

import pytest

from shotmill.doctor import terminal


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
