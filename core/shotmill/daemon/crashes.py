"""A daemon that dies again and again, and is started again each time: it must not buy something in each life."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from shotmill.takes.durable import write_atomically
from shotmill.takes.place import PlaceError

WITHIN_S = 300.0
MANY = 3
PAUSE_S = 10.0
NAME = "starts.json"
_log = logging.getLogger(__name__)


class Crashes:
    """Starts without an orderly end, on disk."""

    def __init__(self, run: Path) -> None:
        self._path = run / NAME

    def begin(self, now: float) -> int:
        """Note this start; how many lives ended without order in the last five minutes."""
        earlier = [at for at in self._read() if 0 <= now - at < WITHIN_S]
        try:
            write_atomically(self._path, json.dumps([*earlier, now]).encode(), 0o600)
        except PlaceError as error:  # a full disk is no reason not to start: what is on it may have to be taken in
            _log.warning("%s", error.message)
        return len(earlier)

    def end(self) -> None:
        """An orderly end: nothing before it counts any more."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> list[float]:
        try:
            found = json.loads(self._path.read_text())
            return [float(at) for at in found]
        except (OSError, ValueError, TypeError):
            return []
