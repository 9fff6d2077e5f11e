"""A small HTTP server over a Unix socket that answers as a test tells it to: well, slowly, cut, or with rubbish."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import shotmill
from places import short_folder
from shotmill.settings.folders import Folders

Line = socket.socket
Answerer = Callable[["Question", Line], None]


class Question:
    """A request as it came in."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = json.loads(body) if body else None


class FakeDaemon:
    """Answers each request with the answerer of its path; holds the daemon's lock as the real one does."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.asked: list[Question] = []
        self.version = shotmill.__version__
        self.pid = os.getpid()
        self.answers: dict[str, Answerer] = {
            "/v1/daemon": lambda question, line: self.json(line, self.describe()),
            "/v1/projects": lambda question, line: self.json(line, {"id": "p1", "path": "/x"}),
        }
        self._socket: socket.socket | None = None
        self._lock: int | None = None
        self._lines: list[Line] = []

    def describe(self) -> dict[str, Any]:
        return {"running": True, "state": "ready", "pid": self.pid, "version": self.version, "survives_logout": "plain"}

    def start(self) -> None:
        self.hold_lock()
        self.folders.socket.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self.folders.socket))
        self._socket.listen(32)
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def hold_lock(self) -> None:
        self.folders.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = os.open(self.folders.run / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def cut_lines(self) -> None:
        """Break every line that is open."""
        for line in self._lines:
            for action in (lambda line=line: line.shutdown(socket.SHUT_RDWR), line.close):
                try:
                    action()
                except OSError:
                    continue
        self._lines.clear()

    def close_socket(self) -> None:
        """Stop listening, as a daemon whose socket is being mended; it still holds its lock."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.folders.socket.unlink(missing_ok=True)

    def die(self) -> None:
        """As a killed process: the socket's file stays, the lock is free."""
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
        self.cut_lines()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def json(self, line: Line, value: Any, status: int = 200) -> None:
        body = json.dumps(value).encode()
        head = (
            f"HTTP/1.0 {status} Whatever\r\nX-Shotmill-Version: {self.version}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        line.sendall(head.encode() + body)

    def begin_stream(self, line: Line) -> None:
        line.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            self._lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: Line) -> None:
        try:
            question = _read(line)
            if question is not None:
                self.asked.append(question)
                self.answers[question.path.partition("?")[0]](question, line)
        except OSError:
            return
        finally:
            line.close()


def frame(number: int, event: str, data: dict[str, Any]) -> bytes:
    return f"id: {number}\nevent: {event}\ndata: {json.dumps(data)}\n\n".encode()


@contextmanager
def short_home() -> Iterator[Path]:
    """A folder with a short path: a Unix socket's path may not be longer than some hundred bytes."""
    home = short_folder("sm-")
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def fake_daemon(home: Path) -> Iterator[FakeDaemon]:
    daemon = FakeDaemon(Folders.of({"SHOTMILL_HOME": str(home)}))
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.die()


def _read(line: Line) -> Question | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        part = line.recv(65536)
        if not part:
            return None
        raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += line.recv(65536)
    method, path, _ = first.split(" ")
    return Question(method, path, headers, body)
