"""A daemon that dies again and again, and is started again each time: it must not buy something in each life."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shotmill.moment import moment
from shotmill.settings.folders import Folders
from shotmill.takes.durable import write_atomically
from shotmill.takes.place import PlaceError

WITHIN_S = 300.0
MANY = 3
PAUSE_S = 10.0
NAME = "starts.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LastLife:
    """A life that ended without order: when it began, and when it last wrote something (epoch seconds)."""

    began: float
    seen: float

    def told(self, now: float) -> str:
        """What became of it, the telling words first: a panel is narrow."""
        return (
            f"the daemon died without goodbye after {moment(self.seen, now)} (killed, crashed, or the machine went "
            f"down; it began {moment(self.began, now)})"
        )


class Crashes:
    """Starts without an orderly end, on disk."""

    def __init__(self, run: Path) -> None:
        self._path = run / NAME

    def last_life(self, written: Iterable[Path]) -> LastLife | None:
        """The life before this one, to be asked before `begin` and before this one writes; None where that one ended in
        order. `written` are files that a daemon writes again and again."""
        starts = self._starts()
        if not starts:
            return None
        return LastLife(starts[-1], max((starts[-1], *(_changed_at(path) for path in written))))

    def begin(self, now: float) -> int:
        """Note this start; how many lives ended without order in the last five minutes."""
        earlier = [at for at in self._starts() if 0 <= now - at < WITHIN_S]
        try:
            write_atomically(self._path, json.dumps([*earlier, now]).encode(), 0o600)
        except PlaceError as error:  # a full disk is no reason not to start: what is on it may have to be taken in
            _log.warning("%s", error.message)
        return len(earlier)

    def refused(self) -> None:
        """This life could not begin, and says so itself: it is none. Those before it count on."""
        starts = self._starts()[:-1]
        try:
            write_atomically(self._path, json.dumps(starts).encode(), 0o600)
        except PlaceError as error:
            _log.warning("%s", error.message)

    def end(self) -> None:
        """An orderly end: nothing before it counts any more."""
        self._path.unlink(missing_ok=True)

    def _starts(self) -> list[float]:
        try:
            found = json.loads(self._path.read_text())
            return [float(at) for at in found]
        except (OSError, ValueError, TypeError):
            return []


def written(folders: Folders) -> tuple[Path, ...]:
    """What a daemon writes to while it works."""
    database = Path(folders.database)
    return Path(folders.daemon_log), database, database.with_name(f"{database.name}-wal")


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
