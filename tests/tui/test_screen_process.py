"""The screen as a process in a real terminal: what it imports, how signals and a closed line end it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PLAY = """
import sys
sys.path.insert(0, {tests!r})
from shotmill_tui.terminal import run_screen
from tui.sample import NOW
from tui.scripted import playing
print(run_screen(playing(), now=lambda: NOW))
"""
LIMIT_S = 60.0


def test_the_screen_never_imports_what_only_the_daemon_needs() -> None:
    code = "import shotmill_tui.terminal, shotmill_tui.screens.log, sys; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    assert "textual.app" in loaded
    assert not loaded & {"aiohttp", "PIL", "google.genai", "httpx", "pydantic"}


def test_no_module_of_the_client_imports_the_providers_sdk() -> None:
    code = (
        "import importlib, pkgutil, sys, shotmill.client, shotmill_tui\n"
        "for package in (shotmill.client, shotmill_tui):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        found.name.endswith('__main__') or importlib.import_module(found.name)\n"
        "print(*sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    assert {"shotmill_tui.cli.attach", "shotmill_tui.screens.floor", "shotmill.client.connection"} <= loaded
    assert not loaded & {"google.genai", "aiohttp", "httpx", "pydantic"}


class Terminal:
    """A process in a pseudo-terminal whose output is kept."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        code = PLAY.format(tests=str(TESTS))
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.output = b""

    def read_until(self, wanted: bytes) -> None:
        """Fails where it does not come in time."""
        end = time.monotonic() + LIMIT_S
        while wanted not in self.output:
            assert time.monotonic() < end, self.output[-2000:]
            ready, _, _ = select.select([self.master], [], [], 0.1)
            if ready:
                try:
                    self.output += os.read(self.master, 65536)
                except OSError:  # the other side is closed
                    assert wanted in self.output
                    return

    def ended(self) -> int:
        """Reads on, so that the process is never held up, until it is gone."""
        end = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < end, "an orphan stayed"
            ready, _, _ = select.select([self.master], [], [], 0.05) if self.master >= 0 else ([], [], [])
            if ready:
                try:
                    self.output += os.read(self.master, 65536)
                except OSError:
                    time.sleep(0.01)
        return self.process.returncode

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1


@contextmanager
def a_terminal(**settings: str) -> Iterator[Terminal]:
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "LC_ALL": "C.UTF-8"}
    for name in ("NO_COLOR", "COLORTERM"):
        environment.pop(name, None)
    opened = Terminal({**environment, **settings})
    try:
        yield opened
    finally:
        if opened.process.poll() is None:
            opened.process.kill()
            opened.process.wait()
        if opened.master >= 0:
            os.close(opened.master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with a_terminal() as opened:
        yield opened


def test_a_terminal_of_16_colours_is_sent_no_other() -> None:
    with a_terminal(TERM="xterm-16color") as terminal:
        terminal.read_until(b"Night train")
        os.write(terminal.master, b"nl?vd")
        terminal.ended()
    styled = [one for one in terminal.output.split(b"\x1b[") if b"m" in one]
    assert len(styled) > 50 and any(b"36" in one for one in styled)
    assert b"38;2" not in terminal.output and b"38;5" not in terminal.output
    assert b"48;2" not in terminal.output and b"48;5" not in terminal.output


def drain(terminal: Terminal) -> bytes:
    ready, _, _ = select.select([terminal.master], [], [], 0.2)
    if ready:
        with suppress(OSError):  # the other side is closed
            terminal.output += os.read(terminal.master, 65536)
    return terminal.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_detaches_and_restores_the_terminal(terminal: Terminal, number: signal.Signals) -> None:
    terminal.read_until(b"Night train")
    terminal.process.send_signal(number)
    assert terminal.ended() == 0
    output = drain(terminal)
    assert output.rindex(b"\x1b[?1049l") > output.rindex(b"\x1b[?1049h")
    assert output.rindex(b"\x1b[?1000l") > output.rindex(b"\x1b[?1000h")
    assert b"Night train goes on: 93 of 180" in output


def test_a_key_detaches(terminal: Terminal) -> None:
    terminal.read_until(b"Night train")
    os.write(terminal.master, b"d")
    assert terminal.ended() == 0
    assert b"Night train goes on: 93 of 180" in drain(terminal)


def test_a_closed_line_leaves_no_orphan(terminal: Terminal) -> None:
    terminal.read_until(b"Night train")
    terminal.hang_up()
    terminal.process.send_signal(signal.SIGHUP)
    assert terminal.ended() in (0, 1, 128 + signal.SIGHUP)
