"""A body's content coding, taken off while the body comes.

aiohttp would do it too, but gives the whole answer up where a header names a coding that the body doesn't have: then
nobody would know that an error was answered, and nothing of an image would be left.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip, deflate"
_GZIP, _ZLIB, _BARE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class Decoder:
    """Of one body. `coding` is what the header says; of what isn't known, or isn't so, the bytes pass as they came."""

    def __init__(self, coding: str) -> None:
        self._coding = coding.strip().lower().removeprefix("x-")
        self._plain = self._coding not in ("gzip", "deflate")
        self._inflate: zlib._Decompress | None = None
        self._ended = False

    def pieces(self, chunk: bytes, most: int) -> Iterator[bytes]:
        """What the chunk holds, in pieces of up to `most` bytes: a small chunk can be a large text."""
        while chunk and not self._plain:
            try:
                inflate = self._inflate = self._inflate or zlib.decompressobj(self._format(chunk))
                piece = inflate.decompress(chunk, most)
            except zlib.error:
                if self._ended:
                    return  # padding behind the end
                self._plain = True
                break
            chunk = inflate.unconsumed_tail
            if inflate.eof:  # gzip may go on with a further member
                chunk, self._inflate, self._ended = inflate.unused_data, None, True
            if piece:
                yield piece
        if chunk:
            yield chunk

    def _format(self, chunk: bytes) -> int:
        """What is called deflate is zlib's by the book, and bare from some servers."""
        if self._coding == "gzip":
            return _GZIP
        return _ZLIB if chunk[0] & 0x0F == zlib.DEFLATED else _BARE
