"""What the daemon and its decoders say to each other: messages of a JSON object and bytes, with their lengths."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

VERSION = 2
"""A decoder says it first: after an upgrade in place its files may be another version's than the daemon."""
_LENGTHS = struct.Struct(">II")
_MAX_WORDS = 64 * 1024

Message = tuple[dict[str, Any], bytes]


def send(line: socket.socket, words: Mapping[str, Any], data: bytes = b"") -> None:
    """Raises OSError where nobody listens any more, TimeoutError beyond the line's time limit."""
    text = json.dumps(words).encode()
    line.sendall(_LENGTHS.pack(len(text), len(data)) + text)
    line.sendall(data)


def receive(line: socket.socket) -> Message:
    """The next message; EOFError where the other end is gone, in the middle of one too. TimeoutError as above."""
    size, length = _LENGTHS.unpack(_exactly(line, _LENGTHS.size))
    if size > _MAX_WORDS:
        raise EOFError("no message of a decoder")
    words = json.loads(bytes(_exactly(line, size)))
    return words, bytes(_exactly(line, length))


def _exactly(line: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        part = line.recv_into(view[got:])
        if not part:
            raise EOFError("the other end is gone")
        got += part
    return data
