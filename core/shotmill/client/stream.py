"""The daemon's server-sent events, read line by line without ever holding the daemon up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

from shotmill.client import http
from shotmill.client.place import refuse_foreign
from shotmill.errors import UnreachableError

LONGEST_LINE = 32 * 1024 * 1024
"""Bytes. A snapshot of ten thousand beats is one line of some 2 MB."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event; `event` is `snapshot`, `change` or `bye`, `number` its `id:` as sent (empty if it has none)."""

    event: str
    number: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alive:
    """A comment line: nothing new, but somebody is there."""


Heard = Frame | Alive


async def ask(
    socket_path: str | PathLike[str], method: str, path: str, body: dict[str, Any] | None = None, within: float = 30.0
) -> http.Answer:
    """`http.exchange` for code that runs on an event loop; the same answers, the same errors."""
    try:
        async with asyncio.timeout(within):
            return http.parsed(await _whole(socket_path, http.encoded(method, path, body)))
    except TimeoutError as fault:
        raise http.too_late(within) from fault
    except OSError as fault:
        raise http.unreachable(fault, fspath(socket_path)) from fault


async def listen(
    socket_path: str | PathLike[str], path: str, last: str = "", within: float = 10.0
) -> AsyncGenerator[Heard, None]:
    """What comes in, until the daemon ends the stream.

    `last` is the number of the last frame that was seen. `within` is for opening only: silence afterwards is for
    the caller to judge. Raises `ShotmillError` for a line that can't be opened or breaks.
    """
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    writer = None
    try:
        async with asyncio.timeout(within):
            reader, writer = await _open(socket_path)
            writer.write(http.encoded("GET", path, None, headers))
            await writer.drain()
            await _accepted(reader)
        async for heard in frames(reader):
            yield heard
    except TimeoutError as fault:
        raise http.too_late(within) from fault
    except OSError as fault:
        raise http.unreachable(fault, fspath(socket_path)) from fault
    finally:
        if writer is not None:
            writer.close()


async def frames(reader: asyncio.StreamReader) -> AsyncGenerator[Heard, None]:
    """Parse `id:`, `event:` and `data:` lines; an empty line ends a frame, a line with `:` first is a comment."""
    event, number = "message", ""
    data: list[bytes] = []
    while raw := await _line(reader):
        line = raw.rstrip(b"\r\n")
        if not line:
            if data:
                yield Frame(event, number, _object(b"\n".join(data)))
            event, number, data = "message", "", []
            continue
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not name:
            yield Alive()
        elif name == b"data":
            data.append(value)
        elif name == b"event":
            event = value.decode("utf-8", "replace")
        elif name == b"id":
            number = value.decode("ascii", "ignore")


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line; empty at the end, and for a line that the end cut off (half a frame is none)."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        return b""
    except asyncio.LimitOverrunError as fault:
        raise http.garbled(f"a line of it is longer than {LONGEST_LINE >> 20} MB") from fault


def _object(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise http.garbled("an event is no JSON") from fault
    if not isinstance(data, dict):
        raise http.garbled("an event is no JSON object")
    return data


async def _open(socket_path: str | PathLike[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    refuse_foreign(socket_path)
    return await asyncio.open_unix_connection(fspath(socket_path), limit=LONGEST_LINE)


async def _accepted(reader: asyncio.StreamReader) -> None:
    """Read the head of the answer; anything but a stream is an error object, and raised as one."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
        raise http.garbled("it was cut off") from fault
    status, _ = http.parsed_head(head.removesuffix(b"\r\n\r\n"))
    if status != 200:
        raise http.error_of(http.parsed(head + await reader.read()))


async def _whole(socket_path: str | PathLike[str], question: bytes) -> bytes:
    reader, writer = await _open(socket_path)
    try:
        writer.write(question)
        await writer.drain()
        answer = bytearray()
        while part := await reader.read(262144):
            answer += part
            if len(answer) > http.MAX_ANSWER:
                raise UnreachableError("The daemon's answer is too long to be one.", code="garbled")
        return bytes(answer)
    finally:
        writer.close()
