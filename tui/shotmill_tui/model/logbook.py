"""The last lines of the log, raw: a ring for the project and one a style. A line is laid out only when it is seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from shotmill_tui.model import parse

HELD = 10_000
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Entry:
    n: int
    at: float
    level: str
    style: str
    beat: str
    event: str
    key: str
    seconds: float | None
    bytes: float | None
    text: str

    def matches(self, wanted: str) -> bool:
        """Whether a filter's text occurs, whatever its case."""
        if not wanted:
            return True
        line = " ".join((self.style, self.beat, self.event, self.key, self.text, self.level))
        return wanted.casefold() in line.casefold()


def read_entry(source: object) -> Entry:
    return Entry(
        n=parse.whole(source, "n"),
        at=parse.amount(source, "at"),
        level=parse.text(source, "level", 10) or "info",
        style=parse.text(source, "style", 200),
        beat=parse.text(source, "beat", 100),
        event=parse.text(source, "event", 20),
        key=parse.text(source, "key", 100),
        seconds=parse.number(source, "seconds"),
        bytes=parse.number(source, "bytes"),
        text=parse.text(source, "text", 2000),
    )


class Logbook:
    """Lines arrive in order; one that was there before (a snapshot repeats the last ones) is passed over."""

    def __init__(self, held: int = HELD) -> None:
        self._held = held
        self.all: deque[Entry] = deque(maxlen=held)
        self._styles: dict[str, deque[Entry]] = {}
        self.last = 0

    def add(self, entries: Iterable[Any]) -> int:
        """How many of them were new."""
        added = 0
        for source in entries:
            entry = read_entry(source)
            if entry.n <= self.last:
                continue
            self.last = entry.n
            self.all.append(entry)
            if entry.style:
                self._styles.setdefault(entry.style, deque(maxlen=self._held)).append(entry)
            added += 1
        return added

    def of(self, style: str) -> deque[Entry]:
        """A style's lines; every line for an empty name."""
        return self.all if not style else self._styles.get(style, _NONE)

    def tail(self, style: str, count: int, anchor: int | None = None) -> list[Entry]:
        """The last `count` lines, up to the line numbered `anchor` when the reader holds still there."""
        back = self.newer(style, anchor)
        return list(islice(reversed(self.of(style)), back, back + max(0, count)))[::-1]

    def newer(self, style: str, anchor: int | None) -> int:
        """How many lines came after the one that is held."""
        if anchor is None:
            return 0
        newer = 0
        for entry in reversed(self.of(style)):
            if entry.n <= anchor:
                break
            newer += 1
        return newer

    def moved(self, style: str, anchor: int | None, lines: int, shown: int) -> int | None:
        """The anchor after scrolling `lines` up (negative: down); None is following again."""
        ring = self.of(style)
        back = min(self.newer(style, anchor) + lines, len(ring) - shown)
        if back <= 0 or not ring:
            return None
        return ring[-1 - back].n


_NONE: deque[Entry] = deque(maxlen=0)
