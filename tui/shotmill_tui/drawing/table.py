"""All styles, one line each, for more styles than columns fit; the project's log below them."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from shotmill_tui.drawing.loglines import Reading, log_lines, log_rule
from shotmill_tui.drawing.look import Look
from shotmill_tui.drawing.panel import out, waits_for
from shotmill_tui.model import words
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.meters import progress
from shotmill_tui.model.pieces import Line, crop, fit, pad_text, width
from shotmill_tui.model.view import Style, View

FIGURES = 31  # cells of a row beside name, bar, images and what is done now
TO_DO = 9  # of them those of the column that is dropped first: images and their total say the same
LEAST_BAR, WIDEST_BAR = 6, 60
USUAL_NOW = 16  # cells for what is done now, so that bars keep their length while figures change


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of the style's name, of the bar (0: none) and of the images; whether those to do have a column."""

    names: int
    bar: int
    done: int
    to_do: bool


def columns(view: View, look: Look, room: int) -> Columns:
    names = min(max((cell_len(one.name) for one in view.styles), default=5), max(6, room // 4))
    done = max((len(_done(one)) for one in view.styles), default=3)
    now = max(cell_len(_now(view, one, look)[0]) for one in view.styles)
    bar = max(0, min(WIDEST_BAR, room // 3, room - names - done - max(USUAL_NOW, now) - FIGURES))
    return Columns(names, bar if bar >= LEAST_BAR else 0, done, names + done + now + FIGURES - 3 <= room)


def draw_table(
    view: View, log: Logbook, focus: int, anchor: int | None, reading: Reading, look: Look, room: int, height: int
) -> list[Line]:
    """`height` lines of exactly `room` cells."""
    shape = columns(view, look, room)
    lines = [_heading(shape, room)]
    for index in _seen(view, focus, height):
        lines.append(_row(view, index, index == focus, shape, look, room))
    if (rest := height - len(lines) - 3) >= 3:
        lines.append(fit((), room))
        lines.append(_rule(log_rule(log, "", anchor, reading.lens, look, room - 3), look, room))
        entries = log_lines(log, "", anchor, reading, look, max(1, room - 2), rest, shape.names)
        lines.extend(fit(((" ", ""), *line), room) for line in entries)
    lines.extend(fit((), room) for _ in range(height - len(lines)))
    return lines[:height]


def style_at(view: View, focus: int, height: int, row: int) -> int | None:
    """The style that a row of the table is about."""
    seen = _seen(view, focus, height)
    return seen[row - 1] if 1 <= row <= len(seen) else None


def _seen(view: View, focus: int, height: int) -> range:
    shown = max(1, min(len(view.styles), height - 1))
    top = min(max(0, focus - shown + 1), len(view.styles) - shown)
    return range(top, top + shown)


def _rule(title: Line, look: Look, room: int) -> Line:
    named = crop(((" ", ""), *title, (" ", "")), max(0, room - 1))
    return fit((*named, (("-" if look.plain else "─") * max(0, room - width(named) - 1), "line")), room)


def _heading(shape: Columns, room: int) -> Line:
    done = f"{'done':<{shape.bar + 2 + shape.done}}" if shape.bar else f"{'done':>{shape.done}}"
    to_do = f"  {'to do':>{TO_DO - 2}}" if shape.to_do else ""
    return fit(((f"      {pad_text('style', shape.names)}  {done}{to_do}  for you  now", "dim"),), room)


def _row(view: View, index: int, focused: bool, shape: Columns, look: Look, room: int) -> Line:
    style = view.styles[index]
    for_you = view.for_you_in(style)
    lead = f" {'>' if look.plain else '▸'} " if focused else "   "
    meter: Line = ()
    if shape.bar:
        meter = (*progress(style.done, style.total, shape.bar, plain=look.plain), ("  ", ""))
    return fit(
        (
            (lead, "accent"),
            (f"{index + 1:>2} ", "dim"),
            (f"{pad_text(style.name, shape.names)}  ", "title" if focused else "text"),
            *meter,
            (f"{_done(style):>{shape.done}}  ", "text"),
            (f"{words.thousands(style.to_do):>{TO_DO - 2}}  " if shape.to_do else "", "text"),
            (f"{words.thousands(for_you):>7}  ", "doubt" if for_you else "dim"),
            _now(view, style, look),
        ),
        room,
    )


def _done(style: Style) -> str:
    return f"{words.thousands(style.done)}/{words.thousands(style.total)}"


def _now(view: View, style: Style, look: Look) -> tuple[str, str]:
    if waits := waits_for(view, style, look):
        return waits
    if style.drawing:
        return f"{words.thousands(style.drawing)} {out(style, look)}", "drawing"
    if style.total and not style.to_do:
        return "done", "dim"
    return ("queued" if style.state == "running" else ""), "dim"
