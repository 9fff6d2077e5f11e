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
REST_S = 0.2


class Doorman:
    """At the listening socket until the server comes. Callbacks only: a task that is cancelled between accepting a
    connection and looking at it would leave somebody waiting for ever."""

    def __init__(self, listener: socket.socket, life: Life) -> None:
        self._listener = listener
        self._life = life
        self._waiting: set[socket.socket] = set()
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._loop.add_reader(listener, self._accept)

    async def hand_over(self, server: Callable[[], asyncio.BaseProtocol]) -> None:
        """Leave the door, and give the server everyone who still waits."""
        self._loop.remove_reader(self._listener)
        if self._resting is not None:
            self._resting.cancel()
        for line in self._waiting:
            self._loop.remove_reader(line)
        for line in self._waiting:
            await self._loop.connect_accepted_socket(server, line)
        self._waiting.clear()

    def _accept(self) -> None:
        try:
            line, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError:  # out of file descriptors: whoever knocks would be seen again and again
            self._loop.remove_reader(self._listener)
            self._resting = self._loop.call_later(REST_S, self._loop.add_reader, self._listener, self._accept)
            return
        line.setblocking(False)
        if uid_of(line) != self._life.uid or len(self._waiting) >= _MOST_WAITING:
            line.close()
            return
        self._waiting.add(line)
        self._loop.add_reader(line, self._meet, line)

    def _meet(self, line: socket.socket) -> None:
        """Look at what is asked without taking it; answer the one question that can be answered now."""
        try:
            asked = line.recv(4096, socket.MSG_PEEK)
            if asked.startswith(_QUESTION) and b"\r\n\r\n" in asked:
                line.recv(len(asked))
                line.send(self._answer())
            elif asked:
                self._loop.remove_reader(line)  # for the server; half a question may grow meanwhile
                return
        except OSError:
            pass  # it went away
        self._loop.remove_reader(line)
        self._waiting.discard(line)
        line.close()

    def _answer(self) -> bytes:
        body = json.dumps(self._life.describe()).encode()
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            f"X-Shotmill-Version: {__version__}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body
