"""Lines of the log: time, mark, beat, what happened, which key; and what is told of it in the rule above."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from shotmill_tui.drawing.look import Look
from shotmill_tui.model import words
from shotmill_tui.model.lens import EVERY_LINE, Lens, highlighted
from shotmill_tui.model.logbook import Entry, Logbook
from shotmill_tui.model.marks import by_event
from shotmill_tui.model.pieces import Line, Piece, fit, pad_text, width, wrap_text

BODY = 13
BEAT, LONG_BEAT = 5, 12
"""Cells of a beat's name that stand under each other, and what a longer one may take: `100.10` is whole."""
_LEVELS = {"warning": "again", "error": "failed"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a log is read: through which lens, and whether long lines are wrapped. A log that follows is read up to the
    line numbered `upto` (None: to its end): what came since waits for its turn."""

    lens: Lens = EVERY_LINE
    wrap: bool = False
    upto: int | None = field(default=None, compare=False)


def log_lines(
    log: Logbook, style: str, anchor: int | None, reading: Reading, look: Look, room: int, rows: int, names: int = 0
) -> list[Line]:
    """At most `rows` lines of exactly `room` cells, the newest last, up to the line numbered `anchor`; with `names`
    the style's name stands in a column of its own."""
    lines: list[Line] = []
    last = anchor if anchor is not None else reading.upto
    for entry in log.tail(style, rows, last, reading.lens):
        block = log_block(entry, look, room, names) if reading.wrap else [log_line(entry, look, room, names)]
        lines.extend(highlighted(line, reading.lens.search) for line in block)
    if not lines and not reading.lens.clear:
        lines = [fit((("no such line", "dim"),), room)]
    return lines[-rows:] if rows > 0 else []


def log_rule(log: Logbook, style: str, anchor: int | None, lens: Lens, look: Look, room: int) -> Line:
    """`log`, what of it is shown, and whether it is held; with the key that ends that where there is room."""
    told = lens.told()
    named: Line = ((", ", "dim"), *told) if told else ()
    if anchor is None:
        return (("log", "dim"), *named)
    newer = words.thousands(log.newer(style, anchor, lens))
    said: Line = (("log held, ", "again"), (f"{newer} newer", "dim"), *named)
    follows: Line = (("  ", ""), *look.hint("follow", "follows"))
    return (*said, *follows) if width(said) + width(follows) <= room else said


def log_line(entry: Entry, look: Look, room: int, style_room: int = 0) -> Line:
    """Exactly `room` cells; with `style_room` the style's name stands in a column of its own."""
    return _line(entry, words.stamp(entry.at, look.now, look.zone), look.plain, room, style_room)


@lru_cache(2048)
def _line(entry: Entry, stamp: str, plain: bool, room: int, style_room: int) -> Line:
    """What is seen of a line stays the same for as long as it is seen."""
    return fit((*_lead(entry, stamp, plain, style_room), *_rest(entry)), room)


def log_block(entry: Entry, look: Look, room: int, style_room: int = 0) -> list[Line]:
    """The same over as many lines as its text needs, the text under itself."""
    lead = _lead(entry, words.stamp(entry.at, look.now, look.zone), look.plain, style_room)
    indent = width(lead) + (1 if entry.beat else 0)
    if not entry.text or room - indent < 10:
        return [log_line(entry, look, room, style_room)]
    parts = wrap_text(entry.text + (f"  {entry.key}" if entry.key else ""), room - indent)
    first = fit((*lead, (" " if entry.beat else "", ""), (parts[0], _role(entry))), room)
    return [first, *(fit(((" " * indent, ""), (part, _role(entry))), room) for part in parts[1:])]


def _lead(entry: Entry, stamp: str, plain: bool, style_room: int) -> Line:
    mark = by_event(entry.event)
    sign: Piece = ("-" if plain else "·", _LEVELS.get(entry.level, "dim"))
    if mark is not None:
        sign = (mark.plain if plain else mark.drawn, mark.role)
    name: Line = ((f"{pad_text(entry.style, style_room)} ", "dim"),) if style_room else ()
    beat: Line = ((pad_text(entry.beat, max(BEAT, min(LONG_BEAT, len(entry.beat)))), "text"),) if entry.beat else ()
    return ((stamp, "dim"), (" ", ""), sign, (" ", ""), *name, *beat)


def _rest(entry: Entry) -> Line:
    if entry.event == "done" and entry.seconds is not None:
        took = pad_text(f"{entry.seconds:.{1 if entry.seconds < 99.95 else 0}f} s", 6, right=True)
        size = f"{words.size(entry.bytes):>6}" if entry.bytes is not None else " " * 6
        return ((took, "text"), (f"  {size}  ", "dim"), (entry.key, "dim"))
    gap = (" " if entry.beat else "", "")
    if len(entry.text) > BODY or not entry.key:
        return (gap, (entry.text, _role(entry)), (f"  {entry.key}" if entry.key else "", "dim"))
    return (gap, (pad_text(entry.text, BODY), _role(entry)), (f"  {entry.key}", "dim"))


def _role(entry: Entry) -> str:
    return _LEVELS.get(entry.level, "text") if not entry.beat else "text"
