"""A provider on a socket of its own: it reads a whole request, keeps it, and does what the test says with the line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class Asked:
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        decoded = json.loads(self.body)
        assert isinstance(decoded, dict)
        return decoded


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Provider:
    """`answer` is called for each request that was read whole; `asked` holds them."""

    port: int = 0
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)
    answer: Answer | None = None
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                asked = await _read(reader)
                self.asked.append(asked)
                self.reading.set()
                if self.answer is not None:
                    await self.answer(asked, writer)
                await writer.drain()
                if writer.is_closing():
                    return
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(head[0], headers, body)


def whole(status: int, body: bytes, *, kind: str = "application/json", headers: str = "") -> Answer:
    """A complete answer."""

    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(
            f"HTTP/1.1 {status} Reason\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
        )
        for start in range(0, len(body), 100_000):
            writer.write(body[start : start + 100_000])
            await writer.drain()

    return answer


async def reset(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    """The connection is torn down without a byte of answer."""
    line: socket.socket = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    """The connection is closed in good order without a byte of answer."""
    writer.close()


async def hang(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
    """No answer, ever."""
    await asyncio.Event().wait()


def part(sent: bytes, promised: int, *, then: Answer) -> Answer:
    """The head and some of the body, then something else."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {promised}\r\n\r\n"
        writer.write(head.encode() + sent)
        await writer.drain()
        await asyncio.sleep(0.05)  # a reset would throw away what the client hasn't read yet
        await then(asked, writer)

    return answer


@contextlib.asynccontextmanager
async def provider_on_a_socket(certificate: ssl.SSLContext | None = None) -> AsyncIterator[Provider]:
    provider = Provider(scheme="https" if certificate else "http")
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0, ssl=certificate, limit=1 << 20)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
        for writer in provider.open:
            writer.transport.abort()
