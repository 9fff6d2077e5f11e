"""Connections that are too many, and bodies that never come to their end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web

from shotmill.clock import SystemClock
from shotmill.daemon import lines, server
from shotmill.daemon.life import Life
from shotmill.daemon.lines import Lines
from shotmill.daemon.workshop import Workshop

ASKED = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[str]:
    """The socket of a server without a workshop behind it."""
    life, made = Life(SystemClock(), "", "plain"), Lines()
    runner = web.AppRunner(server.make_app(cast(Workshop, None), life, made), access_log=None, lingering_time=0)
    await runner.setup()
    assert runner.server is not None
    made.serve(runner.server)
    path = str(tmp_path / "d.sock")
    listening = await asyncio.get_running_loop().create_unix_server(made, path)
    life.become_ready()
    yield path
    listening.close()
    await runner.cleanup()


async def asking(door: str, words: bytes) -> Line:
    reader, writer = await asyncio.open_unix_connection(door)
    writer.write(words)
    return reader, writer


async def test_a_body_that_never_ends_is_given_up_and_its_line_closed(
    door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_S", 0.01)
    half = b"PUT /v1/log HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    reader, writer = await asking(door, half)
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "slow"
    writer.close()


async def test_one_line_too_many_is_told_so_and_closed(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_LINES", 2)
    open_ones = [await asking(door, ASKED) for _ in range(2)]
    for reader, _ in open_ones:
        assert b" 404 " in await reader.readline()
    late, _ = await asking(door, b"")
    answer = await late.read()
    assert answer.startswith(b"HTTP/1.1 503 ")
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert error["code"] == "too_many" and error["cure"]

    open_ones[0][1].close()
    while True:  # until the server has seen that one go
        reader, writer = await asking(door, ASKED)
        said = await reader.readline()
        writer.close()
        if b" 404 " in said:
            break
    open_ones[1][1].close()
