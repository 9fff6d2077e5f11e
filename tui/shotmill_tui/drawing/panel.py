"""One style's panel: progress, counts, the beats, quota and log, from the most needed to the least."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from shotmill.engine.tried import TRIED
from shotmill_tui.drawing.frame import Frame
from shotmill_tui.drawing.loglines import Reading, log_lines, log_rule
from shotmill_tui.drawing.look import Look
from shotmill_tui.drawing.quota import quota_lines, trouble_of
from shotmill_tui.model import words
from shotmill_tui.model.grid import Cursor, Plan, first_unfinished, plan
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.marks import mark
from shotmill_tui.model.meters import progress
from shotmill_tui.model.pieces import Line, Piece, fit, width
from shotmill_tui.model.view import Style, View

LEAST_LOG = 3
EVERYTHING = Reading()


@dataclass(frozen=True, slots=True)
class Place:
    """What a person did with a panel: the cursor's beat, and the log line they hold (None: it follows)."""

    cursor: Cursor | None = None
    anchor: int | None = None


@dataclass(frozen=True, slots=True)
class Sections:
    """Rows of each section; 0: not shown."""

    grid: Plan
    grid_rows: int
    quota_rows: int
    log_rows: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel's lines, and where its grid stands for the mouse: first row on the panel, first row of the plan."""

    lines: list[Line]
    sections: Sections
    grid_y: int
    grid_top: int


def draw_panel(
    view: View,
    style: Style,
    log: Logbook,
    title: Line,
    place: Place,
    look: Look,
    frame: Frame,
    height: int,
    reading: Reading = EVERYTHING,
) -> Drawn:
    """`height` lines of exactly `frame.room` cells."""
    quotas = quota_lines(view.quotas_of(style), look, frame.inner)
    sections = share_out(style, len(quotas), frame.inner, height)
    top = _first_row(sections, place.cursor)
    rows = [
        frame.top(title),
        frame.row(progress_line(style, look, frame.inner)),
        frame.row(counts(view, style, look, frame.inner)),
    ]
    grid_y = len(rows)
    for row in range(top, top + sections.grid_rows):
        rows.append(frame.row(_grid_row(sections.grid, row, place.cursor, frame.focused, look)))
    if sections.quota_rows:
        rows.append(frame.section((("quota, each cloud project", "dim"),)))
        rows.extend(frame.row(line) for line in _folded(quotas, sections.quota_rows, look))
    if sections.log_rows:
        rows.append(frame.section(log_rule(log, style.name, place.anchor, reading.lens, look, frame.inner)))
        lines = log_lines(log, style.name, place.anchor, reading, look, frame.inner, sections.log_rows)
        rows.extend(frame.row(line) for line in lines)
    rows = rows[: max(1, height - 1)]
    rows.extend(frame.row() for _ in range(height - 1 - len(rows)))
    rows.append(frame.bottom(_cursor_words(style, place.cursor if frame.focused else None, look)))
    return Drawn(rows[:height], sections, grid_y, top)


def share_out(style: Style, quota_lines_wanted: int, inner: int, height: int) -> Sections:
    """Who gets how many rows. Where there is too little room the log goes first, then the grid."""
    room = max(0, height - 4)
    quota = min(quota_lines_wanted, max(2, room // 4))
    roomy = plan(style.shots, inner, max(4, height // 5))
    if roomy.kind != "columns":
        roomy = plan(style.shots, inner, max(4, (room - quota - 2) // 2))
    grid = min(len(roomy.rows), max(4, (room - quota - 2) // 2))
    if (log := room - grid - (quota + 1) - 1) >= LEAST_LOG:
        return Sections(roomy, grid, quota, log)
    tall = plan(style.shots, inner, max(1, room - quota - 1))
    if (grid := min(len(tall.rows), room - quota - 1)) >= 1:
        return Sections(tall, grid, quota, 0)
    return Sections(tall, 0, max(0, min(quota, room - 1)), 0)


def progress_line(style: Style, look: Look, room: int) -> Line:
    figures = f" {words.thousands(style.done)}/{words.thousands(style.total)}"
    return fit((*progress(style.done, style.total, room - len(figures), plain=look.plain), (figures, "text")), room)


def counts(view: View, style: Style, look: Look, room: int) -> Line:
    """`2 drawing  23 to do  1 blocked`, with marks for words where those don't fit; then what it waits for, as far as
    there is room."""
    known = [(style.drawing, out(style, look), mark(">")), (style.to_do, "to do", mark("."))]
    known += [(style.counts.get(plain, 0), mark(plain).word, mark(plain)) for plain in "#x?~"]
    shown = [(words.thousands(number), word, kind) for number, word, kind in known if number]
    parts: list[Piece] = []
    for number, word, kind in shown:
        parts.extend(((number, kind.role if kind.role != "dim" else "text"), (f" {word}  ", "dim")))
    if width(parts) - 2 > room:
        parts = [piece for number, _, kind in shown for piece in (look.mark(kind), (f" {number}  ", "text"))]
    if waits := waits_for(view, style, look):
        parts.append((_shortened(waits[0], room - width(parts)), waits[1]))
    elif not parts and style.total:
        parts.append(("all done", "dim"))
    return tuple(piece for piece in parts if piece[0])


def _shortened(waits: str, room: int) -> str:
    """`waits until Tue 09:00`, `until Tue 09:00`, `waits`; `paused` without the reason, which the second line has."""
    forms = (waits, waits.replace("waits until", "until"), waits.partition(" until ")[0].partition(": ")[0])
    return next((form for form in forms if cell_len(form) <= room), "")


def out(style: Style, look: Look) -> str:
    """What is said of the images that are on their way, or were when the daemon went."""
    return "drawing" if not look.is_gone else "was out" if style.drawing == 1 else "were out"


def waits_for(view: View, style: Style, look: Look) -> Piece | None:
    """Why a style stands still: paused, waiting until, or its next free slot. Nothing waits without a daemon."""
    if look.is_gone:
        return None
    if style.state == "paused":
        return f"paused: {style.reason}" if style.reason else "paused", "again"
    if style.state == "waiting":
        if not style.waiting_until or style.code in TRIED:  # the second line says when, by the second
            return "waits", "again"
        return f"waits until {words.back_at(style.waiting_until, look.now, look.zone)}", "again"
    if style.state == "running" and style.to_do:
        open_ = [one for one in view.quotas_of(style) if trouble_of(one, look) is None]
        slots = [one.next_slot_at for one in open_] or [one.until for one in view.quotas_of(style)]
        ahead = [slot for slot in slots if slot is not None and slot > look.now]
        if ahead and len(ahead) == len(slots):
            return f"next in {words.length(min(ahead) - look.now)}", "dim"
    return None


def _first_row(sections: Sections, cursor: Cursor | None) -> int:
    hidden = len(sections.grid.rows) - sections.grid_rows
    if hidden <= 0 or not sections.grid_rows:
        return 0
    spot = sections.grid.spot(cursor) if cursor else None
    wanted = spot[0] if spot else first_unfinished(sections.grid)
    return min(max(0, wanted - sections.grid_rows // 2), hidden)


def _grid_row(grid: Plan, row: int, cursor: Cursor | None, focused: bool, look: Look) -> Line:
    """Runs of equal marks become one piece; the cursor's cell stands reversed."""
    spot = grid.spot(cursor) if cursor and focused else None
    pieces: list[Piece] = []
    x = 0
    for span in grid.rows[row]:
        pieces.extend(((" " * (span.x - x), ""), (span.label, "dim")))
        start = span.x + width(((span.label, ""),))
        for offset, plain in enumerate(span.marks):
            text, role = look.mark(mark(plain))
            here = spot == (row, start + offset)
            _append(pieces, text, f"{role} cursor" if here else role)
        x = start + len(span.marks)
    return tuple(piece for piece in pieces if piece[0])


def _append(pieces: list[Piece], text: str, role: str) -> None:
    if pieces and pieces[-1][1] == role:
        pieces[-1] = (pieces[-1][0] + text, role)
    else:
        pieces.append((text, role))


def _folded(lines: list[Line], rows: int, look: Look) -> list[Line]:
    """The first lines, and how many more there are."""
    if len(lines) <= rows:
        return lines
    more = f"{words.count(len(lines) - rows + 1, 'more line')}   "
    return [*lines[: rows - 1], ((more, "dim"), *look.hint("keys", "shows all"))]


def _cursor_words(style: Style, cursor: Cursor | None, look: Look) -> Line:
    """The cursor's beat in words, so that the mark under it need not be known by heart."""
    if cursor is None or not 0 <= cursor[0] < len(style.shots):
        return ()
    shot = style.shots[cursor[0]]
    if not 0 <= cursor[1] < len(shot.beats):
        return ()
    kind, opens = mark(shot.states[cursor[1]]), look.hint("open", "opens it")
    said: Line = ((shot.beats[cursor[1]], "text"), (" ", ""), look.mark(kind), (f" {kind.word}", "dim"))
    return (*said, ("  ", ""), *opens) if opens else said
