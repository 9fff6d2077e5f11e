"""The last lines of the log, raw: a ring for the project and one a style. A line is laid out only when it is seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice, takewhile
from sys import intern
from typing import Any, NamedTuple, Protocol

from shotmill_tui.model import parse

HELD = 10_000
HELD_OF_STYLE = 5_000
LEVELS = ("debug", "info", "warning", "error")


class Entry(NamedTuple):
    """A line. Thousands come in a second, and a tuple is made in a third of the time of a frozen dataclass."""

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

    @property
    def folded(self) -> str:
        """All its words, whatever their case, for filters and searches."""
        return " ".join((self.style, self.beat, self.event, self.key, self.text, self.level)).casefold()


def read_entry(source: object) -> Entry:
    """Words that come again and again are kept once: a line is a third as large."""
    told = source.get if isinstance(source, dict) else {}.get
    figure, short = parse.figure, parse.short
    return Entry(
        int(figure(told("n")) or 0),
        figure(told("at")) or 0.0,
        intern(short(told("level"), 10) or "info"),
        intern(short(told("style"), 200)),
        intern(short(told("beat"), 100)),
        intern(short(told("event"), 20)),
        intern(short(told("key"), 100)),
        figure(told("seconds")),
        figure(told("bytes")),
        short(told("text"), 2000),
    )


class Admits(Protocol):
    """A lens on the log: see `model/lens.py`."""

    @property
    def clear(self) -> bool: ...

    def admits(self, entry: Entry) -> bool: ...

    def finds(self, entry: Entry) -> bool: ...


class Logbook:
    """Lines arrive in order; one that was there before (a snapshot repeats the last ones) is passed over. `last` is the
    number of the newest line here: the daemon's own, but it never falls, not even where a log was begun anew."""

    def __init__(self, held: int = HELD) -> None:
        self._held = held
        self.all: deque[Entry] = deque(maxlen=held)
        self._styles: dict[str, deque[Entry]] = {}
        self._admitted: dict[str, _Admitted] = {}
        self.last = 0
        self._ahead = 0  # how much higher lines are numbered here than by the daemon

    def meet(self, entries: Iterable[Any]) -> int:
        """A snapshot's lines, which may be of another log than the one that was read: one whose end was lost with a
        daemon, or that was removed. What was written since is added then by its time."""
        told = list(entries)
        known = self.all[-1] if self.all else None
        lines = [read_entry(source) for source in told]
        if known is None or any((one.n + self._ahead, one.at) == (known.n, known.at) for one in lines):
            return self.add(told)
        news = [source for source, one in zip(told, lines, strict=True) if one.at > known.at]
        before = max((one.n for one in lines if one.at <= known.at), default=0)
        self._ahead = max(self._ahead, known.n - before)
        return self.add(news)

    def add(self, entries: Iterable[Any]) -> int:
        """How many of them were new."""
        added = 0
        for source in entries:
            entry = read_entry(source)
            if entry.n + self._ahead <= self.last:
                continue
            if self._ahead:
                entry = entry._replace(n=entry.n + self._ahead)
            self.last = entry.n
            self.all.append(entry)
            if entry.style:
                self._styles.setdefault(entry.style, deque(maxlen=min(self._held, HELD_OF_STYLE))).append(entry)
            added += 1
        return added

    def newest(self, style: str, upto: int | None = None) -> int:
        """The number of a style's last line, of those up to the one numbered `upto`; 0 without one."""
        ring = self._styles.get(style, _NONE)
        return next((one.n for one in reversed(ring) if upto is None or one.n <= upto), 0)

    def of(self, style: str, lens: Admits | None = None) -> deque[Entry]:
        """A style's lines, every line for an empty name; only those that `lens` admits. Each line is looked at once:
        what was admitted is kept for as long as the same lens is asked for."""
        ring = self.all if not style else self._styles.get(style, _NONE)
        if lens is None or lens.clear:
            return ring
        kept = self._admitted.get(style)
        if kept is None or kept.lens != lens:
            kept = self._admitted[style] = _Admitted(lens, deque(maxlen=self._held))
        kept.add(ring, self.last)
        return kept.lines

    def tail(self, style: str, count: int, anchor: int | None = None, lens: Admits | None = None) -> list[Entry]:
        """The last `count` lines, up to the line numbered `anchor` when the reader holds still there."""
        back = self.newer(style, anchor, lens)
        return list(islice(reversed(self.of(style, lens)), back, back + max(0, count)))[::-1]

    def newer(self, style: str, anchor: int | None, lens: Admits | None = None) -> int:
        """How many lines came after the one that is held."""
        if anchor is None:
            return 0
        newer = 0
        for entry in reversed(self.of(style, lens)):
            if entry.n <= anchor:
                break
            newer += 1
        return newer

    def moved(self, style: str, anchor: int | None, lines: int, shown: int, lens: Admits | None = None) -> int | None:
        """The anchor after scrolling `lines` up (negative: down); None is following again."""
        ring = self.of(style, lens)
        back = min(self.newer(style, anchor, lens) + lines, len(ring) - shown)
        if back <= 0 or not ring:
            return None
        return ring[-1 - back].n

    def found(self, style: str, at: int | None, step: int, lens: Admits) -> Entry | None:
        """The nearest line that the lens's search finds: before the line numbered `at` for -1, behind it for 1; the
        newest of all for None. Only lines that are seen are searched."""
        lines = self.of(style, lens)
        if at is None:
            return next((one for one in reversed(lines) if lens.finds(one)), None)
        ordered = lines if step > 0 else reversed(lines)
        return next((one for one in ordered if (one.n - at) * step > 0 and lens.finds(one)), None)


class _Admitted:
    """The lines of a ring that a lens admits, added to as they come."""

    def __init__(self, lens: Admits, lines: deque[Entry]) -> None:
        self.lens, self.lines = lens, lines
        self._to = 0

    def add(self, ring: deque[Entry], last: int) -> None:
        if last == self._to:
            return
        news = list(takewhile(lambda one: one.n > self._to, reversed(ring)))
        self.lines.extend(one for one in reversed(news) if self.lens.admits(one))
        self._to = last


_NONE: deque[Entry] = deque(maxlen=0)
