"""A provider that answers with bytes of the test's choice: bodies and lines that no honest server would send."""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from daemon.witness import bills

Answer = Callable[[socket.socket], int | None]
"""Answers on the line; returns the status of an answer that went out to its last byte."""
_PROMPT = re.compile(rb"(\S+) style: Shot \d+, Beat ([\w.]+)\.")


class RawProvider:
    """Reads each request whole, counts it by its beat, answers as told, and closes the line."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answers: dict[str, Answer] = {}
        """By a word of the prompt; the rest gets `usual`."""
        self.usual: Answer = whole(image_body(b""))
        self.asked: Counter[str] = Counter()
        self.sightings: list[dict[str, Any]] = []
        """One a request, as the emulator lists them; each is held for billed."""
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            body = _read(line)
            word = next((word for word in self.answers if word.encode() in body), "")
            style, beat = found.groups() if (found := _PROMPT.search(body)) else (b"", b"")
            seen: dict[str, Any] = {
                "style": style.decode().strip('"'),
                "beat": beat.decode(),
                "billed": True,
                "status": 0,
            }
            with self._lock:
                self.asked[word] += 1
                self.sightings.append(seen)
            seen["status"] = self.answers.get(word, self.usual)(line) or 0


def _read(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += line.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = (int(one.split(b":")[1]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length"))
    wanted = next(lengths, 0)  # of a question there is nothing more
    while len(body) < wanted:
        body += line.recv(65536)
    return body


def image_body(image: bytes, mime: str = "image/png") -> bytes:
    """A reply that holds these bytes as its picture."""
    part = {"inlineData": {"mimeType": mime, "data": base64.b64encode(image).decode()}}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 1120, "totalTokenCount": 1129}
    reply = {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}], "usageMetadata": usage}
    return json.dumps(reply).encode()


def whole(body: bytes, status: int = 200, headers: str = "", kind: str = "application/json") -> Answer:
    def answer(line: socket.socket) -> int:
        head = f"HTTP/1.1 {status} Reason\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}"
        line.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
        return status

    return answer


def cut(body: bytes, promised: int) -> Answer:
    """Says that so many bytes come, sends these, and hangs up."""

    def answer(line: socket.socket) -> None:
        line.sendall(
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {promised}\r\n\r\n".encode()
        )
        line.sendall(body)

    return answer


def cut_chunk(body: bytes) -> Answer:
    """A chunked answer that ends within a chunk."""

    def answer(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.sendall(f"{len(body):x}\r\n".encode() + body[: len(body) // 2])

    return answer


def reset(line: socket.socket) -> None:
    """The request was read; then the line is torn down."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(line: socket.socket) -> None:
    """No answer, until the other side has had enough."""
    with suppress(OSError):
        line.recv(1)


@contextmanager
def raw_provider() -> Iterator[RawProvider]:
    made = RawProvider()
    bills[made.base_url] = lambda: made.sightings
    try:
        yield made
    finally:
        made.close()
