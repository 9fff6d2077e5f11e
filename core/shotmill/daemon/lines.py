"""Connections that never ask anything are closed before they can become many, and of all there are so many at most."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

HEADER_S = 5.0
"""How long a new connection may take until its first request is there, headers and all."""
KEEP_S = 30.0
"""How long a connection that was used may be silent."""
BODY_S = 30.0
"""How long what a request brings along may take to come."""
MOST_LINES = 256
"""Connections at once: eight for each client that may watch, and fewer than there are file descriptors."""


class Lines:
    """Makes the server's side of each new connection, and closes it when no request comes."""

    def __init__(self) -> None:
        self._silent: set[object] = set()
        self._server: web.Server | None = None

    def serve(self, server: web.Server) -> None:
        self._server = server

    def __call__(self) -> asyncio.BaseProtocol:
        """One more connection: a protocol factory, as `loop.create_unix_server` wants it."""
        if self._server is None:
            raise RuntimeError("no server yet")
        if len(self._server.connections) >= MOST_LINES:
            return _Full()
        line = self._server()
        self._silent.add(line)
        asyncio.get_running_loop().call_later(HEADER_S, self._look, line)
        return line

    def spoke(self, request: web.Request) -> None:
        """A whole request head came over this connection."""
        self._silent.discard(request.protocol)

    def _look(self, line: web.RequestHandler) -> None:
        if line in self._silent:
            self._silent.discard(line)
            line.force_close()


class _Full(asyncio.Protocol):
    """Says that there are too many connections, and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - a socket's is one
        said = f"{MOST_LINES} connections are open already"
        error = {"code": "too_many", "message": said, "cure": "close some of the programs that ask", "exit_code": 1}
        body = json.dumps({"error": error}).encode()
        head = f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        transport.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        transport.close()


LINES: web.AppKey[Lines] = web.AppKey("lines", Lines)
