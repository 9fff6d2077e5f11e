"""32 clients of the real server: for those that stop reading no bytes wait, those that read get a few frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from daemon.film import make_film
from daemon.home import Home
from shotmill.clock import SystemClock
from shotmill.daemon.frames import FRAME_S
from shotmill.daemon.life import Life
from shotmill.daemon.lines import Lines
from shotmill.daemon.opening import open_project
from shotmill.daemon.server import make_app
from shotmill.daemon.workshop import Workshop
from shotmill.engine.feed import RING
from shotmill.engine.project import OpenProject

CLIENTS = 32
BEATS = [f"{shot}.{number}" for shot in range(1, 9) for number in range(1, 6)]
HIGH_WATER = 64 << 10
"""What asyncio lets wait in a line's own buffer before a writer has to wait."""
Event = tuple[str, dict[str, Any]]


@dataclass
class Server:
    """The daemon's server in this process, and the project that it tells of."""

    project: OpenProject
    socket: Path
    lines: web.Server

    def waiting(self) -> int:
        """Bytes that wait in this process for clients to take them."""
        transports = [handler.transport for handler in self.lines.connections]
        return sum(one.get_write_buffer_size() for one in transports if one is not None)

    async def change(self, count: int) -> None:
        """So many changes of beats and lines of the log, 10,000 a second where the machine is quick enough."""
        style = self.project.board.styles[0]
        for number in range(count):
            self.project.feed.beat(style.name, style.beats[number % len(BEATS)].place, ">v"[number % 2])
            if number % 10 == 0:
                self.project.feed.log({"n": number, "at": 0.0, "level": "info", "style": style.name, "text": "x" * 200})
            if number % 50 == 0:
                self.project.feed.topic("status")
                await asyncio.sleep(0.005)

    async def client(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(str(self.socket), limit=1 << 12)
        writer.write(f"GET /v1/events?project={self.project.id} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        return reader, writer


@asynccontextmanager
async def serving(mill: Home, root: Path) -> AsyncIterator[Server]:
    life = Life(SystemClock(), str(mill.folders.socket), "plain")
    with ThreadPoolExecutor(2) as threads:
        workshop = Workshop(mill.folders, SystemClock(), threads)
        await asyncio.to_thread(workshop.open)
        lines = Lines()
        runner = web.AppRunner(make_app(workshop, life, lines), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        assert runner.server is not None
        lines.serve(runner.server)
        mill.folders.run.mkdir(parents=True, mode=0o700, exist_ok=True)
        server = await asyncio.get_running_loop().create_unix_server(lines, str(mill.folders.socket), backlog=512)
        life.become_ready()
        project = await open_project(workshop, str(root))
        yield Server(project, Path(mill.folders.socket), runner.server)
        life.ending.set()
        server.close()
        await runner.cleanup()
        await workshop.close()


async def event(reader: asyncio.StreamReader) -> Event:
    """The next one, read as it comes: it may be longer than the reader's limit."""
    block = b""
    while not block.endswith(b"\n\n") or block.startswith(b":"):
        block = b"" if block.endswith(b"\n\n") else block
        block += await reader.readexactly(1) if block.endswith(b"\n") else await _line(reader)
    fields = dict(line.partition(": ")[::2] for line in block.decode().splitlines())
    return fields["event"], json.loads(fields["data"])


async def _line(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while not found.endswith(b"\n"):
        try:
            found += await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as more:
            found += await reader.readexactly(more.consumed)
    return found


@pytest.fixture
def root(mill: Home, tmp_path: Path) -> Path:
    return make_film(tmp_path / "film", "http://127.0.0.1:9", beats=BEATS).root


async def test_clients_that_stop_reading_keep_no_bytes_waiting_and_get_a_fresh_snapshot(
    mill: Home, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(mill, root) as server:
        clients = [await server.client() for _ in range(CLIENTS)]
        first = [await event(reader) for reader, _ in clients]
        assert {kind for kind, _ in first} == {"snapshot"}
        largest = len(json.dumps(first[0][1])) + RING * 300  # one frame: a snapshot, or all that the ring holds
        most = 0
        for _ in range(30):  # 60,000 changes are 6 MB and more for each of them, if they were kept
            await server.change(2000)
            most = max(most, server.waiting())
        assert most <= CLIENTS * (HIGH_WATER + largest), f"{most} bytes wait for clients that do not read"
        assert most < 60_000 * CLIENTS * 20, "a queue of every change would be longer"
        late = clients[0][0]
        seen = [await event(late)]
        while seen[-1][0] != "snapshot":
            seen.append(await event(late))
        assert len(seen) < 100, "what it missed is not told one by one"
        for _, writer in clients:
            writer.transport.abort()
        while server.lines.connections:  # noqa: ASYNC110 - until the server has met the end of each
            await asyncio.sleep(0.01)
    assert "unexpected fault" not in caplog.text, "one that is killed while bytes wait for it is no fault"


async def test_at_ten_thousand_changes_a_second_everyone_who_reads_gets_a_few_frames(mill: Home, root: Path) -> None:
    async with serving(mill, root) as server:
        marks: list[dict[tuple[int, int], str]] = [{} for _ in range(CLIENTS)]
        frames = [0] * CLIENTS

        async def read(number: int) -> None:
            reader, writer = await server.client()
            try:
                while True:
                    kind, data = await event(reader)
                    frames[number] += 1
                    if kind == "snapshot":
                        shots = data["styles"][0]["shots"]
                        marks[number] = {
                            (shot, beat): mark
                            for shot, one in enumerate(shots)
                            for beat, mark in enumerate(one["states"])
                        }
                    for _, shot, beat, mark in data.get("beats", []):
                        marks[number][shot, beat] = mark
            finally:
                writer.transport.abort()

        reading = [asyncio.create_task(read(number)) for number in range(CLIENTS)]
        while not all(frames):  # noqa: ASYNC110 - many clients, each at its own pace
            await asyncio.sleep(0.01)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await server.change(10_000)
        style = server.project.board.styles[0]
        last = {tuple(beat.place): ">v"[(10_000 - len(BEATS) + at) % 2] for at, beat in enumerate(style.beats)}
        async with asyncio.timeout(60):
            while any(known != last for known in marks):  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.01)
        assert max(frames) <= (loop.time() - began) / FRAME_S + 3, "changes of a tenth of a second go together"
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
