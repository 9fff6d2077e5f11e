"""Answers `GET /v1/daemon` from the first moment on, while everything heavy is still being loaded.

Whoever asks for anything else is kept, unread, and handed to the server when that is there: no request is lost.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable

from shotmill import __version__
from shotmill.daemon.life import Life
from shotmill.daemon.peer import uid_of

_QUESTION = b"GET /v1/daemon HTTP/"
_MOST_WAITING = 64


class Doorman:
    """At the listening socket until the server comes."""

    def __init__(self, listener: socket.socket, life: Life) -> None:
        self._listener = listener
        self._life = life
        self._waiting: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    async def hand_over(self, server: Callable[[], asyncio.BaseProtocol]) -> None:
        """Leave the door, and give the server everyone who still waits."""
        self._accepting.cancel()
        await asyncio.wait([self._accepting])
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        loop = asyncio.get_running_loop()
        for line in self._waiting:
            await loop.connect_accepted_socket(server, line)
        self._waiting.clear()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                line, _ = await loop.sock_accept(self._listener)
            except OSError:  # out of file descriptors
                await asyncio.sleep(0.2)
                continue
            line.setblocking(False)
            if uid_of(line) != self._life.uid or len(self._waiting) >= _MOST_WAITING:
                line.close()
                continue
            self._waiting.add(line)
            task = asyncio.create_task(self._meet(line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _meet(self, line: socket.socket) -> None:
        """Look at what is asked without taking it; answer the one question that can be answered now."""
        await _readable(line)
        try:
            asked = line.recv(4096, socket.MSG_PEEK)
            if not asked.startswith(_QUESTION) or b"\r\n\r\n" not in asked:
                return
            line.recv(len(asked))
            body = json.dumps(self._life.describe()).encode()
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
                f"X-Shotmill-Version: {__version__}\r\nConnection: close\r\n\r\n"
            )
            line.send(head.encode() + body)
        except OSError:
            pass  # it went away
        self._waiting.discard(line)
        line.close()


async def _readable(line: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(line.fileno(), _tell, ready)
    try:
        await ready
    finally:
        loop.remove_reader(line.fileno())


def _tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
