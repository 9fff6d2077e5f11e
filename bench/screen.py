"""What the screen costs: bytes to the terminal, processor, key-to-paint time, start, memory.

`python bench/screen.py [--seconds 6] [--sizes 200x50] [--rates 100,5000] [--slow] [--real]`: `shotmill` runs in a
pseudo-terminal of 80x24 and of 200x50. A scripted daemon (`scripted_daemon.py`) on the real socket tells 0, 10, 100 and
5,000 events a second, each a beat and a line of the log. The terminal answers what terminals answer. `--slow` adds rows
over a line of 32 KB/s, `--real` a run of the demo, with the real daemon and emulator.

"Taken" is what the screen read of the daemon's lines, a second; the daemon waits for a reader that can't keep up, so
none was dropped where it is the number that was offered. The memory of the rows of 5,000 is that with all the lines
that a screen keeps; "every screen" is after diagnostics, keys, projects, log, themes and help were opened as well.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import platform
import pty
import re
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import textual

HERE = Path(__file__).resolve().parent
RATES = (0, 10, 100, 5000)
SIZES = ((80, 24), (200, 50))
SLOW_LINE = 32_000
"""Bytes a second of a slow line."""
KEYS = 60
ANSWERS = ((b"\x1b[?2026$p", b"\x1b[?2026;2$y"), (b"\x1b[6n", b"\x1b[1;1R"))
TICK = os.sysconf("SC_CLK_TCK")


OTHERS = b"ikolv?"
"""The keys of all other screens, the last ones over the first."""


class Teller:
    """The scripted daemon, which tells as many events a second as it is asked to."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen([sys.executable, str(HERE / "scripted_daemon.py"), str(home)], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._asked, self._answers = self._process.stdin, self._process.stdout
        self._answers.readline()

    def ask(self, line: str) -> None:
        self._asked.write(f"{line}\n")
        self._asked.flush()

    def count(self) -> int:
        """Lines of the log that were told so far."""
        self.ask("count")
        return int(self._answers.readline())

    def is_done(self) -> bool:
        """Whether there is an answer to `until`."""
        return bool(select.select([self._answers], [], [], 0)[0] and self._answers.readline())

    def end(self) -> None:
        self._process.kill()


class Screen:
    """A command in a pseudo-terminal that is read at once, or at `line` bytes a second, and answers."""

    def __init__(self, command: list[str], size: tuple[int, int], environment: dict[str, str], line: int = 0) -> None:
        self._line, self._free_at = line, 0.0
        self.master, slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        for name in ("NO_COLOR", "TMUX", "SSH_CONNECTION", "SSH_TTY"):
            environment.pop(name, None)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.bytes = 0
        self.painted = re.compile(rb"\x1b\[%d;" % (size[1] - 1))
        """The panel's last line names the beat under the cursor; nothing but a key changes it."""

    def read(self, seconds: float, until: re.Pattern[bytes] | None = None) -> bytes:
        """What comes within `seconds`, or up to where `until` is found."""
        end, got = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            try:
                part = os.read(self.master, self._line // 100 or 1 << 16)
            except OSError:
                break
            if self._line:  # the line carries it for so long before anything of it is seen
                self._free_at = max(self._free_at, time.monotonic()) + len(part) / self._line
                time.sleep(max(0.0, self._free_at - time.monotonic()))
            self.bytes += len(part)
            for asked, answer in ANSWERS:
                for _ in range(part.count(asked)):
                    os.write(self.master, answer)
            got = (got + part) if until is not None else part
            if until is not None and until.search(got):
                break
        return got

    def first_paint(self) -> tuple[float, float]:
        """Milliseconds to the first 1,500 bytes, and to the last byte before 0.4 s of silence."""
        first = last = 0.0
        while time.monotonic() - self.began < 10:
            before = self.bytes
            self.read(0.4, re.compile(b"."))
            if self.bytes == before and first:
                break
            last = (time.monotonic() - self.began) * 1000
            first = first or (last if self.bytes >= 1500 else 0.0)
        return first, last

    def processor(self) -> float:
        """Seconds of processor so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """Resident megabytes."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def window(self, seconds: float) -> tuple[float, float]:
        """Bytes a second and percent of one processor."""
        self.read(1.0)
        bytes_, processor, began = self.bytes, self.processor(), time.monotonic()
        self.read(seconds)
        took = time.monotonic() - began
        return (self.bytes - bytes_) / took, 100 * (self.processor() - processor) / took

    def keys(self) -> tuple[float, float]:
        """p50 and p99 of key to paint in ms."""
        took = []
        os.write(self.master, b"\x1b[C\x1b[C\x1b[C")  # away from the edge, where a key has nothing to paint
        self.read(0.3)
        for at in range(KEYS):
            self.read(0.03 + at % 7 * 0.011)
            began = time.monotonic()
            os.write(self.master, b"\x1b[C" if at % 20 < 10 else b"\x1b[D")
            self.read(2.0, self.painted)
            took.append((time.monotonic() - began) * 1000)
        return statistics.median(took), sorted(took)[int(len(took) * 0.99)]

    def close(self) -> None:
        os.write(self.master, b"d")
        self.read(1.5)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


def told(size: tuple[int, int], what: str, screen: Screen, seconds: float, teller: Teller | None = None) -> None:
    """One row of the table."""
    screen.read(1.0)
    before, began = teller.count() if teller else 0, time.monotonic()
    bytes_, processor = screen.window(seconds)
    taken = f"{(teller.count() - before) / (time.monotonic() - began):,.0f}" if teller else ""
    p50, p99 = screen.keys()
    shown = f"{bytes_:,.0f} B/s" if bytes_ < 1000 else f"{bytes_ / 1000:.1f} KB/s"
    row = f"| {taken} | {shown} | {processor:.1f} % | {p50:.0f} / {p99:.0f} | {screen.memory():.0f} MB |"
    print(f"| {size[0]}x{size[1]} | {what} {row}", flush=True)


def remark(size: tuple[int, int], what: str, said: str) -> None:
    """A row that says one thing."""
    print(f"| {size[0]}x{size[1]} | {what} | {said} | | | | |", flush=True)


def slow_line(size: tuple[int, int], home: Path, teller: Teller, seconds: float) -> None:
    """The same over a line of 32 KB/s."""
    command = [str(Path(sys.executable).with_name("shotmill")), str(home / "project")]
    screen = Screen(command, size, {**os.environ, "SHOTMILL_HOME": str(home)}, SLOW_LINE)
    screen.first_paint()
    for rate in (100, 5000):
        teller.ask(f"{rate}")
        told(size, f"{rate:,} over 32 KB/s", screen, seconds, teller)
    teller.ask("0")
    screen.close()


def measure(size: tuple[int, int], home: Path, teller: Teller, seconds: float, rates: tuple[int, ...]) -> None:
    command = [str(Path(sys.executable).with_name("shotmill")), str(home / "project")]
    starts = []
    for _ in range(5):
        screen = Screen(command, size, {**os.environ, "SHOTMILL_HOME": str(home)})
        starts.append((*screen.first_paint(), screen.processor() * 1000, screen.memory()))
        screen.close()
    first, settled, processor, memory = (statistics.median(column) for column in zip(*starts, strict=True))
    worked = f"{processor:.0f} ms of processor, {memory:.0f} MB"
    remark(size, "start", f"first paint {first:.0f} ms, settled {settled:.0f} ms, {worked}")
    screen = Screen(command, size, {**os.environ, "SHOTMILL_HOME": str(home)})
    screen.first_paint()
    for rate in rates:
        teller.ask(f"{rate}")
        told(size, f"{rate:,}", screen, seconds, teller)
    teller.ask("0")
    a_million_lines(size, screen, teller)
    every_screen(size, screen)
    screen.close()


def a_million_lines(size: tuple[int, int], screen: Screen, teller: Teller) -> None:
    before = screen.memory()
    teller.ask("until 1000000 20000")
    while not teller.is_done():
        screen.read(0.2)
    screen.read(2.0)
    remark(size, "a million lines", f"from {before:.0f} to {screen.memory():.0f} MB")


def every_screen(size: tuple[int, int], screen: Screen) -> None:
    before = screen.memory()
    for key in OTHERS:
        os.write(screen.master, bytes([key]))
        screen.read(2.0)
    remark(size, "every screen", f"from {before:.0f} to {screen.memory():.0f} MB")
    for _ in OTHERS:
        os.write(screen.master, b"\x1b")
        screen.read(0.5)


def real(size: tuple[int, int]) -> None:
    """The demo at work: real daemon, emulator, images."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SHOTMILL_HOME": f"{folder}/home"}
        shotmill = str(Path(sys.executable).with_name("shotmill"))
        screen = Screen([shotmill, "demo", "--beats", "200", "--speed", "2", f"{folder}/project"], size, environment)
        screen.read(5.0, re.compile(rb"Shot 1"))
        told(size, "the demo, real daemon and emulator", screen, 20)
        screen.close()
        stop = [shotmill, "stop", "--now", "--yes", f"{folder}/project"]
        subprocess.run(stop, env=environment, capture_output=True, check=False)
        subprocess.run([shotmill, "daemon", "stop"], env=environment, capture_output=True, check=False)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=6.0)
    asked.add_argument("--sizes", default=",".join(f"{wide}x{high}" for wide, high in SIZES))
    asked.add_argument("--rates", default=",".join(str(rate) for rate in RATES))
    asked.add_argument("--slow", action="store_true", help="a line of 32 KB/s too")
    asked.add_argument("--real", action="store_true", help="the demo too")
    asked.add_argument("--only-real", action="store_true")
    options = asked.parse_args()
    home = Path(tempfile.mkdtemp(prefix="shotmill-screen-"))
    (home / "project").mkdir()
    (home / "project" / "shotmill.toml").write_text("")
    teller = Teller(home)
    try:
        print(f"Python {platform.python_version()}, Textual {textual.__version__}, {os.cpu_count()} cores\n")
        print("| size | events/s | taken | to the terminal | processor | key p50 / p99 ms | memory |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        rates = tuple(int(rate) for rate in options.rates.split(","))
        for named in options.sizes.split(","):
            wide, high = named.split("x")
            size = int(wide), int(high)
            if not options.only_real:
                measure(size, home, teller, options.seconds, rates)
            if options.slow:
                slow_line(size, home, teller, options.seconds)
            if options.real or options.only_real:
                real(size)
    finally:
        teller.end()
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
