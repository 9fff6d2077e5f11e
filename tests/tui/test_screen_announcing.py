"""The bell, messages, title and bar: each once, only where it is understood, and taken back at the end."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shotmill.client.link import SnapshotArrived
from shotmill.settings.config import Notify
from shotmill_tui.announce import Announcer, bar_of, protocol_of, shows_bar
from shotmill_tui.envelope import outer_terminal, terminal_name, wrapped
from shotmill_tui.model.reading import reduce
from shotmill_tui.model.view import ForYou, View
from tui.sample import night_train

XTERM = {"TERM": "xterm-256color"}


def view() -> View:
    found = reduce(None, SnapshotArrived(night_train()))
    assert found is not None
    return replace(found, for_you=())


def finished(one: View) -> View:
    return replace(one, run=replace(one.run, state="finished"))


class Wire:
    def __init__(self, notify: Notify | None = None, environ: dict[str, str] | None = None, outer: str = "") -> None:
        self.sent: list[str] = []
        self.rung = 0
        self.announcer = Announcer(self.sent.append, self._ring, notify or Notify(), environ or XTERM)
        self.announcer.begin(outer)

    def _ring(self) -> None:
        self.rung += 1

    @property
    def text(self) -> str:
        return "".join(self.sent)


def test_the_title_says_how_far_it_is_and_comes_back_at_the_end() -> None:
    wire = Wire()
    wire.announcer.tell(view(), looked_at=True)
    wire.announcer.tell(view(), looked_at=True)
    assert wire.text == "\x1b[22;2t\x1b]2;93/180 Night train\x07"
    wire.announcer.end()
    wire.announcer.end()
    assert wire.text.endswith("\x1b[23;2t") and wire.text.count("\x1b[23;2t") == 1


def test_a_title_can_not_smuggle_a_sequence() -> None:
    wire = Wire()
    wire.announcer.tell(replace(view(), title="a\x1b]0;b\x07c"), looked_at=True)
    assert wire.sent[-1].count("\x1b") == 1 and wire.sent[-1].count("\x07") == 1


def test_everything_can_be_switched_off() -> None:
    wire = Wire(Notify(bell=False, desktop="off", title=False, progress=False), outer="ghostty")
    wire.announcer.tell(view(), looked_at=False)
    wire.announcer.tell(finished(view()), looked_at=False)
    wire.announcer.end()
    assert not wire.sent and not wire.rung


@pytest.mark.parametrize(
    ("outer", "begins"),
    [("xterm-kitty", "\x1b]99;"), ("iTerm2", "\x1b]9;"), ("foot", "\x1b]777;notify;"), ("xterm-256color", "")],
)
def test_a_message_is_sent_in_the_terminals_own_way_and_only_when_nobody_looks(outer: str, begins: str) -> None:
    for looked_at in (False, True):
        wire = Wire(Notify(title=False, progress=False), outer=outer)
        wire.announcer.tell(view(), looked_at=looked_at)
        wire.announcer.tell(finished(view()), looked_at=looked_at)
        wire.announcer.tell(finished(view()), looked_at=looked_at)
        assert wire.rung == 1
        assert len(wire.sent) == (1 if begins and not looked_at else 0)
        if wire.sent:
            assert wire.text.startswith(begins) and "Night train finished" in wire.text


def test_inside_tmux_it_is_put_through() -> None:
    environ = {"TMUX": "t,1,0", "TERM": "tmux-256color"}
    wire = Wire(Notify(title=False, progress=False, desktop="osc9"), environ)
    wire.announcer.tell(view(), looked_at=False)
    wire.announcer.tell(finished(view()), looked_at=False)
    assert wire.text.startswith("\x1bPtmux;\x1b\x1b]9;Night train finished") and wire.text.endswith("\x1b\\")
    pieces = wrapped("x" * 1500, {"STY": "1.pts"}).split("\x1bP")
    assert len(pieces) == 4 and all(len(one) < 768 for one in pieces)


def rings(*pictures: View) -> int:
    wire = Wire(Notify(title=False, progress=False))
    for one in pictures:
        wire.announcer.tell(one, looked_at=False)
    return wire.rung


def told(state: str = "running", done: int = 0, needs: int = 0, run: str = "run-1") -> View:
    """A picture with `done` more images than the sample."""
    one = view()
    styles = (replace(one.styles[0], counts={**one.styles[0].counts, "v": 200 + done}), *one.styles[1:])
    things = (ForYou("blocked", "clear", "1.1", "refused", ""),) * needs
    return replace(one, styles=styles, for_you=things, run=replace(one.run, state=state, id=run))


def test_a_line_that_comes_and_goes_rings_once_until_an_image_came() -> None:
    flapping = [told("waiting"), told(), told("waiting"), told(), told("waiting")]
    assert rings(told(), *flapping) == 1
    assert rings(told(), *flapping, told(done=1), told("waiting", done=1)) == 2
    assert rings(told("waiting"), told(), told("waiting")) == 0, "one who comes back was told"


def test_the_first_thing_for_you_rings_and_those_behind_it_do_not() -> None:
    assert rings(told(), told(needs=1), told(needs=2), told(needs=1)) == 1
    assert rings(told(), told(needs=1), told(), told(needs=1)) == 1
    assert rings(told(), told(needs=1), told(done=1), told(done=1, needs=1)) == 2


def test_each_run_ends_with_a_bell_of_its_own() -> None:
    assert rings(told(), told("finished"), told("finished")) == 1
    assert rings(told(), told("finished"), told(run="run-2"), told("finished", run="run-2")) == 2
    assert rings(told(needs=1), told(needs=1, run="run-2")) == 0


def test_the_bar_is_only_sent_to_terminals_that_have_one() -> None:
    wire = Wire(Notify(title=False), outer="ghostty")
    wire.announcer.tell(view(), looked_at=True)
    assert wire.text == "\x1b]9;4;1;51\x07"
    wire.announcer.tell(finished(view()), looked_at=True)
    assert wire.text.endswith("\x1b]9;4;0\x07")
    assert bar_of(replace(view(), run=replace(view().run, state="waiting"))) == "4;51"
    assert not shows_bar("xterm-256color", XTERM)
    assert not shows_bar("iterm2", {"LC_TERMINAL_VERSION": "3.5.11"}), "it took the bar for a message"
    assert shows_bar("iterm2", {"LC_TERMINAL_VERSION": "3.6.6"})


def test_inside_tmux_the_terminal_itself_is_believed() -> None:
    environ = {"TMUX": "t,1,0", "LC_TERMINAL_VERSION": "3.6.6"}
    assert protocol_of("iterm2 3.5.4 xterm-256color") == protocol_of("wezterm 20260905-175422 xterm-256color") == "osc9"
    assert shows_bar("iterm2 3.6.6 xterm-256color", environ)
    assert not shows_bar("iterm2 3.5.4 xterm-256color", environ), "the environment tells of another one"
    assert shows_bar("konsole", XTERM)


def test_it_can_be_told_why_a_message_goes_its_way() -> None:
    assert "OSC 9, which iterm2 3.5.4" in Wire(outer="iTerm2 3.5.4").announcer.explained()
    assert "only the bell: xterm-256color is not known" in Wire(outer="xterm-256color").announcer.explained()
    assert "OSC 777, as notify.desktop" in Wire(Notify(desktop="osc777"), outer="x").announcer.explained()
    inside = Wire(environ={"TMUX": "t,1,0"}, outer="WezTerm 2026").announcer.explained()
    assert "allow-passthrough" in inside


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_tmux_passes_on_what_the_terminal_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "t"
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "cat"], check=True)
    master, slave = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color"}
    client = subprocess.Popen([*tmux, "attach"], stdin=slave, stdout=slave, stderr=slave, env=environ,
                              start_new_session=True)  # fmt: skip
    try:
        monkeypatch.setenv("TMUX", f"{socket},1,0")
        end, got = time.monotonic() + 20, b""
        while "iTerm2 3.5.4" not in outer_terminal({"TMUX": "t"}):
            assert time.monotonic() < end, got
            if select.select([master], [], [], 0.05)[0]:
                got = os.read(master, 1 << 16)
                if b"\x1b[c" in got:
                    os.write(master, b"\x1b[?62;4c")
                if b"\x1b[>q" in got:
                    os.write(master, b"\x1bP>|iTerm2 3.5.4\x1b\\")
        assert outer_terminal({"TMUX": "t"}) == "iTerm2 3.5.4 xterm-256color"
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
        client.wait(20)
        os.close(master)
        os.close(slave)


def test_terminals_are_known_by_what_they_say() -> None:
    assert terminal_name({"KITTY_WINDOW_ID": "1", "TERM": "xterm-kitty"}) == "kitty"
    assert terminal_name({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}) == "iTerm2"
    assert protocol_of(terminal_name({"VTE_VERSION": "7600", "TERM": "xterm-256color"})) == "osc777"
    assert protocol_of(terminal_name(XTERM)) == "off"
