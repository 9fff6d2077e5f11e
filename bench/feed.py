"""What many, slow and stopped clients cost the daemon: `python bench/feed.py [--seconds 20] [--stopped 16]`.

A server of its own (the daemon's real one, without keys) is fed 10,000 changes a second. Of 32 clients some read all
that comes, some stop reading after the first bytes, and one is a process that is stopped (SIGSTOP) for all that time
and has to get a fresh snapshot when it goes on. Ten minutes: `--seconds 600`. Printed: changes a second, the server's
memory before and after, how late its loop is, how long a question takes meanwhile, and how long the end takes with all
of them there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

RATE = 10_000
CLIENTS = 32
BEATS, STYLES = 500, ("illustration", "clear", "consistent")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--stopped", type=int, default=16, help="how many of the 32 clients stop reading")
    parser.add_argument("--client", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rate", type=int, default=RATE, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        from shotmill.daemon.loop_lag import LoopLag, TimedSelector

        lag = LoopLag()
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(TimedSelector(lag))) as runner:
            runner.run(_serve(asked.serve, lag, asked.rate))
    elif asked.client:
        _say_snapshots(*asked.client)
    else:
        with tempfile.TemporaryDirectory(prefix="feed-", dir="/tmp") as home:
            asyncio.run(_measure(Path(home), asked.seconds, asked.stopped))


async def _serve(home: Path, lag: Any, rate: int) -> None:
    from aiohttp import web

    from shotmill.clock import SystemClock
    from shotmill.daemon.life import Life
    from shotmill.daemon.lines import Lines
    from shotmill.daemon.opening import open_project
    from shotmill.daemon.server import make_app
    from shotmill.daemon.workshop import Workshop
    from shotmill.settings.folders import Folders

    folders = Folders.of({"SHOTMILL_HOME": str(home)})
    life = Life(SystemClock(), str(folders.socket), "plain", lag)
    workshop = Workshop(folders, SystemClock(), ThreadPoolExecutor(4))
    await asyncio.to_thread(workshop.open)
    lines = Lines()
    runner = web.AppRunner(make_app(workshop, life, lines), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    assert runner.server is not None
    lines.serve(runner.server)
    folders.run.mkdir(parents=True, exist_ok=True)
    folders.run.chmod(0o700)
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lines, str(folders.socket), backlog=512)
    life.become_ready()
    loop.add_signal_handler(signal.SIGTERM, life.stop_asked.set)
    project = await open_project(workshop, str(home / "film"))
    keeping = asyncio.create_task(lag.keep())
    print(json.dumps({"project": project.id, "socket": str(folders.socket)}), flush=True)
    made = await _feed(project, life, rate)
    life.ending.set()
    keeping.cancel()
    server.close()
    await runner.cleanup()
    await workshop.close()
    print(json.dumps({"made": made, "lag": life.describe()["loop_lag_ms"]}), flush=True)


async def _feed(project: Any, life: Any, rate: int) -> float:
    """Changes of beats, and a line of the log with its moment for every fiftieth, until the end is asked for; how many
    a second."""
    began, made = time.monotonic(), 0
    while not life.stop_asked.is_set():
        due = int((time.monotonic() - began) * rate)
        while made < due:
            made += 1
            style = project.board.styles[made % len(STYLES)]
            project.feed.beat(style.name, style.beats[made % BEATS].place, ">v"[made % 2])
            if made % 50 == 0:
                project.feed.log({"n": made, "at": time.time(), "level": "info", "style": style.name,
                                  "text": f"told {time.time():.1f} ".ljust(60, "x")})  # fmt: skip
        project.feed.topic("status")
        await asyncio.sleep(0.005)
    return made / (time.monotonic() - began)


async def _measure(home: Path, seconds: float, stopped: int) -> None:
    write_film(home / "film")
    command = [sys.executable, __file__, "--serve", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 - nothing else runs yet
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    at_first = rss_mb(process.pid)
    stalled = [_stopped(said["socket"], said["project"]) for _ in range(stopped)]
    counts = [0] * (CLIENTS - stopped - 1)
    sleeper = _Sleeper(said)
    reading = [asyncio.create_task(_read(said, counts, number)) for number in range(len(counts))]
    slowest, memory = 0.0, [at_first]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(min(1.0, seconds / 10))
        slowest = max(slowest, await ask(said["socket"]))
        memory.append(rss_mb(process.pid))
    woke = await asyncio.to_thread(sleeper.wake)
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    left = json.loads(await asyncio.to_thread(process.stdout.readline))
    await asyncio.to_thread(process.wait)
    ended = time.monotonic() - asked
    await asyncio.gather(*reading, return_exceptions=True)
    for line in stalled:
        line.close()
    frames = sum(counts) / max(1, len(counts)) / seconds
    half = memory[len(memory) // 2]
    print(f"{left['made']:,.0f} changes a second, {len(counts)} clients reading, {stopped} stopped, {seconds:.0f} s")
    print(f"  memory   {at_first:.0f} MB before, {half:.0f} MB halfway, {memory[-1]:.0f} MB at the end")
    print(f"  frames   {frames:.1f} a second to each client that reads")
    print(f"  loop     {left['lag']['p50']:.1f} ms late at the median, {left['lag']['max']:.1f} ms at most")
    print(f"  answers  within {slowest * 1000:.0f} ms")
    print(f"  stopped  a process that was stopped all the time had a fresh snapshot {woke:.1f} s after it went on")
    print(f"  the end  {ended:.1f} s after it was asked for")


async def _read(said: dict[str, str], counts: list[int], number: int) -> None:
    reader, writer = await asyncio.open_unix_connection(said["socket"], limit=1 << 24)
    writer.write(f"GET /v1/events?project={said['project']} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    while line := await reader.readline():
        counts[number] += line.startswith(b"event: ")
    writer.close()


class _Sleeper:
    """A client's process that is stopped after its first snapshot, and goes on when it is woken."""

    def __init__(self, said: dict[str, str]) -> None:
        command = [sys.executable, __file__, "--client", said["socket"], said["project"]]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._hear()
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> float:
        """Seconds until it had its next snapshot; ends it."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGCONT)
        self._hear()
        self._process.kill()
        self._process.wait()
        return time.monotonic() - began

    def _hear(self) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "snapshot\n":
            sys.exit("the client's process ended without a snapshot")


def _say_snapshots(path: str, project: str) -> None:
    """A line for each snapshot; where it was hung up on it comes back with the last number that it saw."""
    last = ""
    while True:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(path)
            again = f"Last-Event-ID: {last}\r\n" if last else ""
            line.sendall(f"GET /v1/events?project={project} HTTP/1.0\r\nHost: x\r\n{again}\r\n".encode())
            for text in line.makefile("rb"):
                if text.startswith(b"id: "):
                    last = text[4:].decode().strip()
                if text == b"event: snapshot\n":
                    print("snapshot", flush=True)


def _stopped(path: str, project: str) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.connect(path)
    line.sendall(f"GET /v1/events?project={project} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return line


async def ask(path: str) -> float:
    began = time.monotonic()
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"GET /v1/daemon HTTP/1.0\r\nHost: x\r\n\r\n")
    await reader.read()
    writer.close()
    return time.monotonic() - began


def rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def write_film(root: Path) -> None:
    (root / "prompts").mkdir(parents=True)
    rows = [{"beat_number": f"{1 + n // 25}.{1 + n % 25}", "ai_prompt": f"A train, {n}"} for n in range(BEATS)]
    for style in STYLES:
        (root / "prompts" / f"prompts-{style}.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
