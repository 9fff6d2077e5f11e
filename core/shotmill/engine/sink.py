"""Where an answer's bytes go: to the spool, and to memory while the spool's disk refuses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shotmill.takes.place import PlaceError
from shotmill.takes.reserve import Reserve
from shotmill.takes.spool_writer import SpoolWriter


class PatientSink:
    """A `BodySink` that never breaks an answer off for the disk's sake: what was paid for takes the room that was set
    aside for it, and is kept in memory when that is full too. `in_memory` is called then."""

    def __init__(self, writer: SpoolWriter, reserve: Reserve, in_memory: Callable[[], None]) -> None:
        self._writer = writer
        self._reserve = reserve
        self._in_memory = in_memory
        self._held: list[bytes] = []

    def write(self, chunk: bytes) -> None:
        if not self._held and self._is_written(chunk):
            return
        self._held.append(bytes(chunk))
        self._in_memory()

    def _is_written(self, chunk: bytes) -> bool:
        try:
            self._writer.write(chunk)
        except PlaceError:
            return self._reserve.relieve() and self._is_written(chunk)
        return True

    def seal(self) -> Path:
        """Write what is held and seal the spool's file; blocking. Raises `PlaceError`: say it again later; `SpoolGone`:
        there is only `body` now.
        """
        try:
            while self._held:
                self._writer.write(self._held[0])
                self._held.pop(0)
            return self._writer.seal()
        except PlaceError:
            if not self._reserve.relieve():
                raise
        return self.seal()

    def body(self) -> bytes:
        """All that came, whatever has become of the spool; blocking."""
        return b"".join((self._writer.body(), *self._held))

    def end(self, *, keep: bool) -> None:
        """No whole answer came: keep what there is of it, or nothing; blocking."""
        if keep:
            self._writer.keep_partial()
        else:
            self._writer.discard()
