"""Where shots and beats stand in a panel: columns while they fit, then one line a shot, then one cell a shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len

from shotmill_tui.model.marks import fold
from shotmill_tui.model.pieces import crop_text, pad_text
from shotmill_tui.model.view import Shot

LEAST_GAP, WIDEST_GAP = 3, 8

Cursor = tuple[int, int]  # shot index, beat index


class Span(NamedTuple):
    """A run of marks on one row. `step` beats share a cell; 0: each cell is a whole shot, from `shot` on."""

    x: int
    label: str
    marks: str
    shot: int
    step: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows of spans; `kind` is `columns`, `lines` or `cells`."""

    kind: str
    rows: tuple[tuple[Span, ...], ...]

    def spot(self, cursor: Cursor) -> tuple[int, int] | None:
        """Row and cell column of a beat (of its shot, where shots are cells)."""
        shot, beat = cursor
        for row, spans in enumerate(self.rows):
            for span in spans:
                start = span.x + cell_len(span.label)
                if span.step and span.shot == shot:
                    return row, start + min(beat // span.step, max(0, len(span.marks) - 1))
                if not span.step and span.shot <= shot < span.shot + len(span.marks):
                    return row, start + shot - span.shot
        return None

    def at(self, row: int, x: int) -> Cursor | None:
        """The beat under a place, for a mouse; a shot's name is its first beat."""
        if not 0 <= row < len(self.rows):
            return None
        for span in self.rows[row]:
            cell = x - span.x - cell_len(span.label)
            if span.x <= x and span.marks and cell < 0:
                return span.shot, 0
            if 0 <= cell < len(span.marks):
                return (span.shot, cell * span.step) if span.step else (span.shot + cell, 0)
        return None


class _Same:
    """Shots told from others by identity: comparing thousands of beats costs more than a plan."""

    __slots__ = ("shots",)

    def __init__(self, shots: Sequence[Shot]) -> None:
        self.shots = shots

    def __hash__(self) -> int:
        return id(self.shots)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.shots is other.shots


def plan(shots: Sequence[Shot], room: int, rows: int) -> Plan:
    """The roomiest way to show all shots within `room` cells and, if it can be, `rows` lines. Asked for the same shots
    again, nothing is planned again."""
    return _plan(_Same(shots), room, rows)


@lru_cache(64)
def _plan(same: _Same, room: int, rows: int) -> Plan:
    shots = same.shots
    if not shots or room < 4:
        return Plan("columns", ())
    for number in range(-(-len(shots) // max(1, rows)), len(shots) + 1):
        columns = _columns(shots, room, number)
        if columns is None:
            break
        if len(columns.rows) <= rows:
            return columns
    if len(shots) <= rows:
        return _lines(shots, room)
    return _cells(shots, room)


def _columns(shots: Sequence[Shot], room: int, number: int) -> Plan | None:
    """`number` columns of equal height; None when they are too wide."""
    height = -(-len(shots) // number)
    groups = [shots[start : start + height] for start in range(0, len(shots), height)]
    labels = [max(cell_len(shot.label) for shot in group) + 1 for group in groups]
    widths = [label + max(len(shot.states) for shot in group) for label, group in zip(labels, groups, strict=True)]
    gaps = len(groups) - 1
    spare = room - sum(widths)
    if spare < gaps * LEAST_GAP:
        return None
    even = room // number - max(widths)  # columns that begin at equal parts of a wide panel
    gap = max(min(WIDEST_GAP, spare // gaps), even) if gaps else 0
    rows: list[list[Span]] = [[] for _ in range(height)]
    x = first = 0
    for label, wide, group in zip(labels, widths, groups, strict=True):
        for row, shot in enumerate(group):
            rows[row].append(Span(x, pad_text(shot.label, label), shot.states, first + row, 1))
        x, first = x + wide + gap, first + len(group)
    return Plan("columns", tuple(tuple(row) for row in rows))


def _lines(shots: Sequence[Shot], room: int) -> Plan:
    """One line a shot; where a shot is longer than the line, as few beats as needed share a cell."""
    label = min(max(cell_len(shot.label) for shot in shots) + 1, room // 2)
    wide = max(1, room - label)
    step = max(1, max(-(-len(shot.states) // wide) for shot in shots))
    rows = []
    for index, shot in enumerate(shots):
        folded = shot.states if step == 1 else _folded(shot.states, step)
        rows.append((Span(0, pad_text(crop_text(shot.label, label - 1), label), folded, index, step),))
    return Plan("lines", tuple(rows))


def _folded(states: str, step: int) -> str:
    return "".join(fold(states[start : start + step]) for start in range(0, len(states), step))


def _cells(shots: Sequence[Shot], room: int) -> Plan:
    """One cell a shot that shows what needs the user most, tens of them behind the first one's number."""
    label = max(cell_len(shot.label) for shot in shots) + 1
    label = label if label <= room // 2 else 0
    wide = room - label
    wide = wide // 10 * 10 if wide >= 10 else wide
    rows = []
    for start in range(0, len(shots), wide):
        group = shots[start : start + wide]
        marks = "".join(fold(shot.states) for shot in group)
        rows.append((Span(0, pad_text(group[0].label, label), marks, start, 0),))
    return Plan("cells", tuple(rows))


def move(shots: Sequence[Shot], cursor: Cursor | None, dx: int, dy: int) -> Cursor | None:
    """The beat beside, or the same beat of the shot above or below; it stays on the grid."""
    filled = [index for index, shot in enumerate(shots) if shot.states]
    if not filled:
        return None
    if cursor is None:
        return filled[0], 0
    shot, beat = cursor
    shot = min(filled, key=lambda index: abs(index - shot))
    beat = min(beat, len(shots[shot].states) - 1) + dx
    place = filled.index(shot)
    if beat < 0:
        place, beat = (place - 1, len(shots[filled[place - 1]].states) - 1) if place else (0, 0)
    elif beat >= len(shots[shot].states):
        place, beat = (place + 1, 0) if place + 1 < len(filled) else (place, beat - 1)
    place = min(max(place + dy, 0), len(filled) - 1)
    shot = filled[place]
    return shot, min(beat, len(shots[shot].states) - 1)


def first_unfinished(plan_: Plan) -> int:
    """The first row where something is still to come: what a grid shows that can't show everything."""
    for row, spans in enumerate(plan_.rows):
        if any(set(span.marks) - set("v=*~") for span in spans):
            return row
    return 0
