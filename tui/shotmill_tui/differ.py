"""Between Textual and the terminal: only the cells that differ are sent.

Textual sends dirty rows whole, every segment with its full style. Here the last frame is kept as rows of cells; of an
update only cells that differ go out, near runs joined, and of a style only what changes. It leans on two
private things of Textual, `App._display` and the update classes of its compositor, which is why textual is pinned below
its next minor. `SHOTMILL_DIFFER=0` turns it off; any update that is not understood goes the ordinary way.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from shotmill_tui.sgr import PLAIN, change, look_of

NEAR = 5  # cells that are sent again rather than moving the cursor over them

Cell = tuple[str, Style | None]  # a wide character's second cell has an empty text
Row = list[Cell | None]  # None: not known


class Frame:
    """What the terminal shows, as far as it is known."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._room = 0

    def forget(self) -> None:
        """Something else has written to the terminal: everything is sent again."""
        self._rows = []

    def thin(self, update: object, room: int, height: int) -> object:
        """The same update, that sends less; others as they are, and the frame is forgotten."""
        if isinstance(update, ChopsUpdate | LayoutUpdate):
            if (self._room, len(self._rows)) != (room, height):
                self._room, self._rows = room, [[None] * room for _ in range(height)]
            return _Thin(update, self)
        if update is not None:
            self.forget()
        return update

    def changed(self, y: int, x: int, strip: Iterable[Segment]) -> list[tuple[int, list[Cell]]]:
        """Runs of cells that differ from the frame, which then has them."""
        if not 0 <= y < len(self._rows):
            return []
        row, runs = self._rows[y], list[tuple[int, list[Cell]]]()
        cells = _cells(strip)[: max(0, self._room - x)]
        before = row[x : x + len(cells)]
        row[x : x + len(cells)] = cells
        last = -NEAR - 1
        for at in [at for at, (was, now) in enumerate(zip(before, cells, strict=True)) if was != now]:
            if at - last == 1 or (at - last <= NEAR and _alike(cells[last:at])):
                runs[-1][1].extend(cells[last + 1 : at + 1])
            else:
                runs.append((at + x, [cells[at]]))
            last = at
        return [_whole(run, cells, x) for run in runs]


def _alike(cells: list[Cell]) -> bool:
    """Whether a changed cell and those behind it need one style: else moving over them is shorter."""
    return all(style == cells[0][1] for _, style in cells)


def _whole(run: tuple[int, list[Cell]], cells: list[Cell], x: int) -> tuple[int, list[Cell]]:
    """A run that would begin or end inside a wide character takes the whole of it."""
    at, found = run
    if not found[0][0] and at > x:
        at, found = at - 1, [cells[at - 1 - x], *found]
    end = at + len(found) - x
    if end < len(cells) and not cells[end][0]:
        found = [*found, cells[end]]
    return at, found


class _Thin(CompositorUpdate):
    """Decides what to send at the moment of sending, so that the frame never runs ahead of the terminal."""

    def __init__(self, update: ChopsUpdate | LayoutUpdate, frame: Frame) -> None:
        self._update = update
        self._frame = frame

    def render_segments(self, console: Console) -> str:
        sent: list[str] = []
        system = console._color_system
        now, row = PLAIN, -1
        for y, x, strip in _strips(self._update):
            for at, run in self._frame.changed(y, x, strip):
                sent.append(f"\x1b[{at + 1}G" if y == row else f"\x1b[{y + 1};{at + 1}H")
                row = y
                for text, wanted in run:
                    look = look_of(wanted, system)
                    if now != look and not (text == " " and now.blanks_like(look)):
                        sent.append(change(now, look))
                        now = look
                    sent.append(text)
        return "".join(sent) + ("\x1b[0m" if now != PLAIN else "")


def _strips(update: ChopsUpdate | LayoutUpdate) -> Iterable[tuple[int, int, Iterable[Segment]]]:
    """Row, column and text of everything that an update holds."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, Strip.join(list(line))
    else:
        for y in dict.fromkeys(y for y, _, _ in update.spans):
            for x, strip in update.chops[y].items():
                if strip is not None:
                    yield y, x, strip


def _cells(strip: Iterable[Segment]) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, control in strip:
        if control:
            continue
        if text.isascii() or cell_len(text) == len(text):
            cells.extend(zip(text, repeat(style)))
        else:
            for character in text:
                wide = cell_len(character)
                if not wide and cells:  # a mark that combines with what is before it
                    cells[-1] = (cells[-1][0] + character, cells[-1][1])
                    continue
                cells.append((character, style))
                cells.extend([("", style)] * (wide - 1))
    return cells
