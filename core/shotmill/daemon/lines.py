"""Connections that never ask anything: they are closed before they can become many."""

from __future__ import annotations

import asyncio

from aiohttp import web

HEADER_S = 5.0
"""How long a new connection may take until its first request is there, headers and all."""
KEEP_S = 30.0
"""How long a connection that was used may be silent."""


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


LINES: web.AppKey[Lines] = web.AppKey("lines", Lines)
