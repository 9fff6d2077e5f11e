"""The end of a sealed spool file: magic, the body's length and the SHA-256 of everything before it."""

from __future__ import annotations

import hashlib
import os
import struct

# A JSON text has no NUL: a trailer that a power cut left torn is told from the body by its first byte.
_MAGIC = b"\0SHOTMILL SEAL1\n"
_TRAILER = struct.Struct(f">{len(_MAGIC)}sQ32s")


def pack(length: int, digest: bytes) -> bytes:
    """The trailer for a body of `length` bytes; `digest` is over header line and body."""
    return _TRAILER.pack(_MAGIC, length, digest)


def is_there(fd: int, size: int, header_length: int) -> bool:
    """Whether the file ends with a trailer that agrees with its size; the sum is not looked at."""
    if size < header_length + _TRAILER.size:
        return False
    magic, length, _ = _TRAILER.unpack(os.pread(fd, _TRAILER.size, size - _TRAILER.size))
    return bool(magic == _MAGIC and length == size - header_length - _TRAILER.size)


def verified_body(data: bytes) -> bytes | None:
    """The body of a whole file, None unless trailer, length and sum agree."""
    if len(data) < _TRAILER.size:
        return None
    content = memoryview(data)[: -_TRAILER.size]  # megabytes: looked at in place
    magic, length, digest = _TRAILER.unpack(data[-_TRAILER.size :])
    start = data.find(b"\n", 0, len(content)) + 1
    is_whole = magic == _MAGIC and start and length == len(content) - start
    return bytes(content[start:]) if is_whole and hashlib.sha256(content).digest() == digest else None


def without_torn(data: bytes) -> bytes:
    """A body without the beginning of a trailer that a kill or a power cut may have left behind it."""
    torn = data.find(b"\0", max(0, len(data) - _TRAILER.size))
    return data if torn < 0 else data[:torn]
