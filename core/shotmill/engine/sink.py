"""Where an answer's bytes go: to the spool, and to memory while the spool's disk refuses them."""

from __future__ import annotations

from pathlib import Path

from shotmill.takes.place import PlaceError
from shotmill.takes.spool import SpoolWriter


class PatientSink:
    """A `BodySink` that never breaks an answer off for the disk's sake: what was paid for is kept in memory then."""

    def __init__(self, writer: SpoolWriter) -> None:
        self._writer = writer
        self._held: list[bytes] = []

    def write(self, chunk: bytes) -> None:
        if self._held:
            self._held.append(bytes(chunk))
            return
        try:
            self._writer.write(chunk)
        except PlaceError:
            self._held.append(bytes(chunk))

    def seal(self) -> Path:
        """Write what is held and seal the spool's file; blocking. Raises `PlaceError`: say it again later; `SpoolGone`:
        there is only `body` now.
        """
        while self._held:
            self._writer.write(self._held[0])
            self._held.pop(0)
        return self._writer.seal()

    def body(self) -> bytes:
        """All that came, whatever has become of the spool; blocking."""
        return b"".join((self._writer.body(), *self._held))

    def end(self, *, keep: bool) -> None:
        """No whole answer came: keep what there is of it, or nothing; blocking."""
        if keep:
            self._writer.keep_partial()
        else:
            self._writer.discard()
