"""What the screen costs: bytes to the terminal, processor, key-to-paint time, start, memory.

`python bench/screen.py [--seconds 6] [--sizes 200x50] [--rates 100,5000] [--slow] [--real]`: `shotmill` runs in a
pseudo-terminal of 80x24 and of 200x50. A scripted daemon (`scripted_daemon.py`) on the real socket tells 0, 10, 100 and
5,000 events a second, each a beat and a line of the log. The terminal answers what terminals answer. `--slow` adds rows
over a line of 32 KB/s, `--real` a run of the demo, with the real daemon and emulator.
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


def told(size: tuple[int, int], what: str, screen: Screen, seconds: float) -> None:
    """One row of the table."""
    bytes_, processor = screen.window(seconds)
    p50, p99 = screen.keys()
    shown = f"{bytes_:,.0f} B/s" if bytes_ < 1000 else f"{bytes_ / 1000:.1f} KB/s"
    row = f"| {shown} | {processor:.1f} % | {p50:.0f} / {p99:.0f} | {screen.memory():.0f} MB |"
    print(f"| {size[0]}x{size[1]} | {what} {row}", flush=True)


def slow_line(size: tuple[int, int], home: Path, daemon: subprocess.Popen[str], seconds: float) -> None:
    """The same over a line of 32 KB/s."""
    assert daemon.stdin is not None
    command = [str(Path(sys.executable).with_name("shotmill")), str(home / "project")]
    screen = Screen(command, size, {**os.environ, "SHOTMILL_HOME": str(home)}, SLOW_LINE)
    screen.first_paint()
    for rate in (100, 5000):
        daemon.stdin.write(f"{rate}\n")
        daemon.stdin.flush()
        told(size, f"{rate:,} over 32 KB/s", screen, seconds)
    daemon.stdin.write("0\n")
    daemon.stdin.flush()
    screen.close()


def measure(
    size: tuple[int, int], home: Path, daemon: subprocess.Popen[str], seconds: float, rates: tuple[int, ...]
) -> None:
    assert daemon.stdin is not None and daemon.stdout is not None
    name = f"{size[0]}x{size[1]}"
    command = [str(Path(sys.executable).with_name("shotmill")), str(home / "project")]
    starts = []
    for _ in range(5):
        screen = Screen(command, size, {**os.environ, "SHOTMILL_HOME": str(home)})
        starts.append((*screen.first_paint(), screen.memory()))
        screen.close()
    first, settled, memory = (statistics.median(column) for column in zip(*starts, strict=True))
    print(
        f"| {name} | start | first paint {first:.0f} ms, settled {settled:.0f} ms, {memory:.0f} MB | | | |", flush=True
    )
    screen = Screen(command, size, {**os.environ, "SHOTMILL_HOME": str(home)})
    screen.first_paint()
    for rate in rates:
        daemon.stdin.write(f"{rate}\n")
        daemon.stdin.flush()
        told(size, f"{rate:,}", screen, seconds)
    if size != SIZES[0] or rates != RATES:
        screen.close()
        return
    before = screen.memory()
    daemon.stdin.write("until 1000000 20000\n")
    daemon.stdin.flush()
    while not select.select([daemon.stdout], [], [], 0)[0]:
        screen.read(0.2)
    daemon.stdout.readline()
    screen.read(2.0)
    print(f"| {name} | a million lines | from {before:.0f} to {screen.memory():.0f} MB | | | |", flush=True)
    screen.close()


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
    daemon = subprocess.Popen([sys.executable, str(HERE / "scripted_daemon.py"), str(home)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    try:
        assert daemon.stdout is not None
        daemon.stdout.readline()
        print(f"Python {platform.python_version()}, Textual {textual.__version__}, {os.cpu_count()} cores\n")
        print("| size | events/s | to the terminal | processor | key p50 / p99 ms | memory |")
        print("| --- | --- | --- | --- | --- | --- |")
        rates = tuple(int(rate) for rate in options.rates.split(","))
        for named in options.sizes.split(","):
            wide, high = named.split("x")
            size = int(wide), int(high)
            if not options.only_real:
                measure(size, home, daemon, options.seconds, rates)
            if options.slow:
                slow_line(size, home, daemon, options.seconds)
            if options.real or options.only_real:
                real(size)
    finally:
        daemon.kill()
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
