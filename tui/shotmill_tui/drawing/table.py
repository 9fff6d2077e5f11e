"""All styles, one line each, for more styles than columns fit; the project's log below them."""

from __future__ import annotations

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
LEAST_BAR, WIDEST_BAR = 6, 60
USUAL_NOW = 16  # cells for what is done now, so that bars keep their length while figures change


def draw_table(
    view: View, log: Logbook, focus: int, anchor: int | None, reading: Reading, look: Look, room: int, height: int
) -> list[Line]:
    """`height` lines of exactly `room` cells."""
    names = min(max((cell_len(one.name) for one in view.styles), default=5), max(6, room // 4))
    done = max((len(_done(one)) for one in view.styles), default=3)
    now = max(USUAL_NOW, *(cell_len(_now(view, one, look)[0]) for one in view.styles))
    bar = max(0, min(WIDEST_BAR, room // 3, room - names - done - now - FIGURES))
    bar = bar if bar >= LEAST_BAR else 0
    shown = max(1, min(len(view.styles), height - 1))
    top = min(max(0, focus - shown + 1), len(view.styles) - shown)
    lines = [_heading(names, bar, done, room)]
    for index in range(top, top + shown):
        lines.append(_row(view, index, index == focus, names, bar, done, look, room))
    if (rest := height - len(lines) - 3) >= 3:
        lines.append(fit((), room))
        lines.append(_rule(log_rule(log, "", anchor, reading.lens, look), look, room))
        entries = log_lines(log, "", anchor, reading, look, max(1, room - 2), rest, names)
        lines.extend(fit(((" ", ""), *line), room) for line in entries)
    lines.extend(fit((), room) for _ in range(height - len(lines)))
    return lines[:height]


def _rule(title: Line, look: Look, room: int) -> Line:
    named = crop(((" ", ""), *title, (" ", "")), max(0, room - 1))
    return fit((*named, (("-" if look.plain else "─") * max(0, room - width(named) - 1), "line")), room)


def _heading(names: int, bar: int, done: int, room: int) -> Line:
    figures = (
        f"{'done':<{bar + 2 + done}}  {'to do':>7}  for you  now"
        if bar
        else f"{'done':>{done}}  {'to do':>7}  for you  now"
    )
    return fit(((f"      {pad_text('style', names)}  {figures}", "dim"),), room)


def _row(view: View, index: int, focused: bool, names: int, bar: int, done: int, look: Look, room: int) -> Line:
    style = view.styles[index]
    for_you = view.for_you_in(style)
    lead = f" {'>' if look.plain else '▸'} " if focused else "   "
    meter: Line = ()
    if bar:
        meter = (*progress(style.done, style.total, bar, plain=look.plain), ("  ", ""))
    return fit(
        (
            (lead, "accent"),
            (f"{index + 1:>2} ", "dim"),
            (f"{pad_text(style.name, names)}  ", "title" if focused else "text"),
            *meter,
            (f"{_done(style):>{done}}  ", "text"),
            (f"{words.thousands(style.to_do):>7}  ", "text"),
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
