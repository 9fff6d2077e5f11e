"""A terminal that stops reading: `python bench/unread.py [--seconds 600] [--rate 100] [--size 120x36]`.

`shotmill` in a pseudo-terminal, on the daemon's real server that is fed so many changes a second (`feed.py`). After its
first picture nobody reads the terminal for all that time, as with a stalled line or a laptop that sleeps; then it is
read again. Printed: the memory of screen and server meanwhile, what they took of a processor, how soon the server
answered others, and how long after the first byte was read the screen, drawn anew, showed a line of the log that is
newer than that.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from feed import ask, rss_mb, write_film
from screen import Screen

HERE = Path(__file__).resolve().parent
LOOKS = 20
DRAW_ANEW = b"\x0c"
TOLD = re.compile(rb"told (\d+\.\d)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=int, default=100, help="changes a second")
    parser.add_argument("--size", default="120x36")
    asked = parser.parse_args()
    columns, rows = asked.size.split("x")
    with tempfile.TemporaryDirectory(prefix="unread-", dir="/tmp") as folder:
        home = Path(folder)
        write_film(home / "film")
        (home / "film" / "shotmill.toml").write_text("")
        serve = [sys.executable, str(HERE / "feed.py"), "--serve", str(home), "--rate", str(asked.rate)]
        server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        socket = json.loads(server.stdout.readline())["socket"]
        lock = _lock(home)
        command = [str(Path(sys.executable).with_name("shotmill")), str(home / "film")]
        screen = Screen(command, (int(columns), int(rows)), {**os.environ, "SHOTMILL_HOME": str(home)})
        try:
            _measure(screen, server.pid, socket, asked.seconds)
        finally:
            screen.close()
            server.send_signal(signal.SIGTERM)
            left = json.loads(server.stdout.readline())
            server.wait()
            os.close(lock)
        print(
            f"  server   {left['made']:.0f} changes a second, its loop {left['lag']['p50']:.1f} ms late at the median"
        )


def _lock(home: Path) -> int:
    """The daemon's, so that the screen knows one is there."""
    lock = os.open(home / "state" / "run" / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _measure(screen: Screen, server: int, socket: str, seconds: float) -> None:
    screen.first_paint()
    screen.read(3.0)
    memory, of_server, slowest = [screen.memory()], [rss_mb(server)], 0.0
    processor, began = screen.processor(), time.monotonic()
    for _ in range(LOOKS):
        time.sleep(seconds / LOOKS)
        memory.append(screen.memory())
        of_server.append(rss_mb(server))
        slowest = max(slowest, asyncio.run(ask(socket)))
    took = time.monotonic() - began
    share = 100 * (screen.processor() - processor) / took
    right, read = _until_right(screen)
    late, most = slowest * 1000, max(of_server)
    print(f"not read for {took:.0f} s")
    print(f"  screen   {memory[0]:.0f} MB before, {max(memory):.0f} MB at most, {share:.1f} % of a processor")
    print(f"  server   {of_server[0]:.0f} MB before, {most:.0f} MB at most; others are answered within {late:.0f} ms")
    print(f"  then     right {right:.1f} s after the first byte, {read / 1000:.0f} KB read; {screen.memory():.0f} MB")


def _until_right(screen: Screen) -> tuple[float, int]:
    """Seconds until a whole picture with a line newer than the start of this, and the bytes that came until then."""
    began, since, before = time.monotonic(), time.time(), screen.bytes
    while time.monotonic() - began < 60:
        os.write(screen.master, DRAW_ANEW)
        got = screen.read(0.2, re.compile(rb"$never"))
        if any(float(told) >= since for told in TOLD.findall(got)):
            return time.monotonic() - began, screen.bytes - before
    sys.exit("the picture was not right within a minute")


if __name__ == "__main__":
    main()
