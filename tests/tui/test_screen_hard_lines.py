"""A terminal that stops reading, is suspended, closed or has few colours: the screen stays alive, or ends in time."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shotmill_tui.terminal import fitting
from shotmill_tui.themes import DEFAULT

TESTS = Path(__file__).resolve().parents[1]
LIMIT_S = 60.0
TELLS = """
import asyncio, sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from shotmill_tui.terminal import run_screen
from tui.sample import NOW, done
from tui.scripted import playing

class Busy(type(playing())):
    async def updates(self):
        async for update in self._start():
            yield update

    async def _start(self):
        for update in self._first:
            yield update
        told = 0
        while True:
            await asyncio.sleep(0.01)
            told += 1
            Path({beat!r}).write_text(str(told))
            self.change(log=[done(100 + told, "12:04:13", "illustration", f"9.{{told}}", "carl", 7.0, 1.0)])
            yield self._queue.get_nowait()

from tui.sample import night_train
print(run_screen(Busy(night_train()), now=lambda: NOW))
"""


class Held:
    """The screen in a pseudo-terminal that reads only when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.beat = folder / "beat"
        self.master, slave = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        for name in ("NO_COLOR", "TMUX", "SSH_CONNECTION"):
            environment.pop(name, None)
        code = TELLS.format(tests=str(TESTS), beat=str(self.beat))
        self.process = subprocess.Popen([sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave,
                                        env=environment, start_new_session=True)  # fmt: skip
        os.close(slave)
        self.output = b""

    def read(self, seconds: float = 0.05) -> None:
        if self.master >= 0 and select.select([self.master], [], [], seconds)[0]:
            with suppress(OSError):
                self.output += os.read(self.master, 65536)

    def until(self, met: Callable[[], bool], *, reading: bool = True) -> None:
        end = time.monotonic() + LIMIT_S
        while not met():
            assert time.monotonic() < end, self.output[-500:]
            if reading:
                self.read()
            else:
                time.sleep(0.02)

    def drawing(self) -> bool:
        """The floor is there and changes: only cells that differ are sent, so no line's words can be waited for."""
        return b"Night train" in self.output and self.told() > 2

    def told(self) -> int:
        return int(self.beat.read_text() or 0) if self.beat.exists() else 0

    def gone(self) -> bool:
        return self.process.poll() is not None

    def close(self) -> None:
        if not self.gone():
            self.process.kill()
        self.process.wait()
        if self.master >= 0:
            os.close(self.master)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    opened = Held(tmp_path)
    yield opened
    opened.close()


def test_a_terminal_that_stops_reading_does_not_stop_the_loop(held: Held) -> None:
    held.until(held.drawing)
    before = held.told()
    held.until(lambda: held.told() > before + 200, reading=False)  # some seconds in which nobody reads
    held.until(lambda: b"d, run goes on" in held.output or held.told() > before + 201)
    seen = len(held.output)
    held.until(lambda: len(held.output) > seen + 200)
    os.write(held.master, b"d")
    held.until(held.gone)
    assert held.process.returncode == 0
    held.read()
    assert b"Night train goes on" in held.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_though_nobody_reads(held: Held, number: signal.Signals) -> None:
    held.until(held.drawing)
    before = held.told()
    held.until(lambda: held.told() > before + 100, reading=False)
    began = time.monotonic()
    held.process.send_signal(number)
    held.until(held.gone, reading=False)
    assert held.process.returncode in (0, 128 + number)
    assert time.monotonic() - began < LIMIT_S / 2


def test_a_closed_line_ends_it(held: Held) -> None:
    held.until(held.drawing)
    os.close(held.master)
    held.master = -1
    held.process.send_signal(signal.SIGHUP)
    held.until(held.gone, reading=False)


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it(held: Held) -> None:
    held.until(held.drawing)
    held.output = b""
    os.write(held.master, b"\x1a")
    held.until(lambda: b"\x1b[?1049l" in held.output)
    held.until(lambda: _state(held.process.pid) == "T")
    assert b"\x1b[23;2t" in held.output, "the title is given back too"
    held.output = b""
    held.process.send_signal(signal.SIGCONT)
    held.until(lambda: b"\x1b[?1049h" in held.output and b"Night train" in held.output)
    pressed = [0.0]

    def left() -> bool:
        if time.monotonic() - pressed[0] > 0.5:  # a key that comes before it listens again is lost
            pressed[0] = time.monotonic()
            os.write(held.master, b"d")
        return held.gone()

    held.until(left)
    assert held.process.returncode == 0


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]


def test_few_colours_get_the_terminals_own() -> None:
    assert fitting(DEFAULT, {"TERM": "xterm"}) == "terminal"
    assert fitting(DEFAULT, {"TERM": "linux"}) == "terminal"
    assert fitting(DEFAULT, {"TERM": "xterm-256color"}) == DEFAULT, "256 are enough, also without COLORTERM"
    assert fitting(DEFAULT, {"TERM": "xterm", "COLORTERM": "truecolor"}) == DEFAULT
    assert fitting("noir", {"TERM": "xterm"}) == "noir", "who chose a theme gets it"
