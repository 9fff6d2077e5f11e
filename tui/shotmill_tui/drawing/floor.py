"""The mill floor between header and footer: columns of panels, one panel with tabs, a table, or one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from shotmill_tui.drawing.frame import Frame
from shotmill_tui.drawing.loglines import Reading
from shotmill_tui.drawing.look import Look
from shotmill_tui.drawing.panel import EVERYTHING, Drawn, Place, draw_panel
from shotmill_tui.drawing.quota import ticks
from shotmill_tui.drawing.table import draw_table, style_at
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.pieces import Line, crop, fit, width, wrap_text
from shotmill_tui.model.told import Told
from shotmill_tui.model.view import View

COLUMN = 38
TINY = (40, 10)
MOST_TABS = 4
ALL = -1
"""The tab that shows all styles."""
_EMPTY = (
    "Prompts belong in prompts/prompts-{style}.json, .js or .txt, or in storyboards/{style}.json or .md: a file is a "
    "style, and its panel stands here. A sample that costs nothing: shotmill demo"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a person did with the floor. `shown`: `""` lets the width decide, `one` and `all` were asked for;
    `reading` is how every log is read."""

    focus: int = 0
    shown: str = ""
    places: Mapping[str, Place] | None = None
    reading: Reading = EVERYTHING

    def place(self, style: str) -> Place:
        return (self.places or {}).get(style, Place())


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one width at a column, on `ground` or `panel`; `drawn` and `style` for the mouse."""

    x: int
    width: int
    lines: list[Line]
    ground: str = "ground"
    style: int = -1
    drawn: Drawn | None = None


def arrangement(view: View, desk: Desk, look: Look, room: int) -> str:
    """`columns`, `tabs` (one panel) or `table`."""
    number = len(view.styles)
    if desk.shown == "one" or number == 1:
        return "tabs"
    if desk.shown == "all":
        return "table"
    if room // max(1, number) >= COLUMN:
        return "columns"
    return "tabs" if number <= MOST_TABS and width(_tabs(view, desk.focus, look)) <= room - 6 else "table"


class Kept:
    """The panels as they were drawn last: one whose picture, log and place are the same is not drawn again."""

    def __init__(self) -> None:
        self._blocks: dict[int, tuple[tuple[object, ...], Block]] = {}

    def block(self, index: int, made_of: tuple[object, ...], draw: Callable[[], Block]) -> Block:
        """`made_of` is compared by identity first: parts of a picture that did not change are the same objects."""
        kept = self._blocks.get(index)
        if kept is not None and all(was is now or was == now for was, now in zip(kept[0], made_of, strict=True)):
            return kept[1]
        block = draw()
        self._blocks[index] = made_of, block
        return block


def draw_floor(
    view: View, log: Logbook, desk: Desk, look: Look, room: int, height: int, kept: Kept | None = None
) -> list[Block]:
    if not view.styles:
        lines: list[Line] = [(), *(((f" {part}", "dim"),) for part in wrap_text(_EMPTY, max(10, min(room, 100) - 2)))]
        return [Block(0, room, [fit(line, room) for line in (lines + [()] * height)[:height]])]
    focus = min(desk.focus, len(view.styles) - 1)
    shape = arrangement(view, desk, look, room)
    if shape == "table":
        anchor = desk.place("").anchor
        return [Block(0, room, draw_table(view, log, focus, anchor, desk.reading, look, room, height))]
    if shape == "tabs":
        title = _title(view, focus, look, room - 6)
        frame = Frame(room, focused=True, plain=look.plain)
        return [_panel(view, log, desk, focus, title, look, frame, 0, height, kept or Kept())]
    blocks, kept = [], kept or Kept()
    number, x = len(view.styles), 0
    for index, style in enumerate(view.styles):
        wide = room // number + (1 if index < room % number else 0)
        frame = Frame(wide, focused=index == focus, plain=look.plain)
        title = ((f"{index + 1} ", "dim"), (style.name, "title" if index == focus else "text"))
        blocks.append(_panel(view, log, desk, index, title, look, frame, x, height, kept))
        x += wide
    return blocks


def _panel(
    view: View,
    log: Logbook,
    desk: Desk,
    index: int,
    title: Line,
    look: Look,
    frame: Frame,
    x: int,
    height: int,
    kept: Kept,
) -> Block:
    style = view.styles[index]
    place = desk.place(style.name)

    def draw() -> Block:
        drawn = draw_panel(view, style, log, title, place, look, frame, height, desk.reading)
        return Block(x, frame.room, drawn.lines, "panel", index, drawn)

    moment = int(look.now) if ticks(view.quotas_of(style), look) else int(look.now) // 60
    newest = log.newest(style.name, desk.reading.upto)
    made_of = (style, view.quota, newest, title, place, frame, x, height, desk.reading, moment,
               look.zone, look.plain, look.keys, look.is_gone)  # fmt: skip
    return kept.block(index, made_of, draw)


def _title(view: View, focus: int, look: Look, room: int) -> Line:
    """The tabs; the open style alone where not all of them fit, or where it is the only one."""
    style = view.styles[focus]
    if len(view.styles) == 1:
        return ((style.name, "title"),)
    tabs = _tabs(view, focus, look)
    if width(tabs) <= room:
        return tabs
    opens, closes = f"[{focus + 1} ", f" {percent(style.done, style.total)}%]"
    others: Line = ((f"  of {len(view.styles)} styles  ", "dim"), *_all(look))
    name = crop(((style.name, "title"),), room - len(opens + closes) - width(others))
    return ((opens, "title"), *name, (closes, "title"), *others)


def _all(look: Look) -> Line:
    key = look.keys.get("all")
    return ((f"{key} all", "dim"),) if key else ()


def _tabs(view: View, focus: int, look: Look) -> Line:
    """`[1 illustration 57%]  2 clear 52%  0 all`: the brackets say which one is open where colour can't."""
    return (*(piece for index in range(len(view.styles)) for piece in _tab(view, index, focus)), *_all(look))


def _tab(view: View, index: int, focus: int) -> Line:
    style = view.styles[index]
    share = f"{percent(style.done, style.total)}%"
    name = f"{index + 1} {style.name}"
    if index == focus:
        return (f"[{name}", "title"), (f" {share}]", "title"), ("  ", "")
    return (name, "dim"), (f" {share}  ", "dim")


def pointed_at(view: View, desk: Desk, look: Look, blocks: Sequence[Block], x: int, row: int) -> int | None:
    """The style whose tab, or whose row of the table, is at a place of the floor; `ALL` for that tab."""
    focus, room = min(desk.focus, len(view.styles) - 1), sum(block.width for block in blocks)
    shape = arrangement(view, desk, look, room)
    if shape == "table":
        return style_at(view, focus, len(blocks[0].lines), row)
    return _tab_at(view, focus, look, room, x) if shape == "tabs" and row == 0 else None


def _tab_at(view: View, focus: int, look: Look, room: int, x: int) -> int | None:
    title, ways = _title(view, focus, look, room - 6), _all(look)
    x, end = x - len("╭ "), width(title)
    if len(view.styles) > 1 and ways and end - width(ways) <= x < end:
        return ALL
    if len(view.styles) == 1 or title != _tabs(view, focus, look):
        return None
    ends = list(accumulate(width(_tab(view, index, focus)) for index in range(len(view.styles))))
    return next((index for index, end in enumerate(ends) if 0 <= x < end), None)


def percent(done: int, total: int) -> int:
    """Rounded, but neither 0 once one is done nor 100 before all are."""
    if not total or not done:
        return 0
    return 100 if done == total else min(99, max(1, round(100 * done / total)))


def draw_tiny(view: View | None, told: Told, notice: str, keys: Line, room: int, height: int) -> list[Line]:
    """Below 40x10 a few sentences tell it all, and that the terminal is why; the last line names the `keys` that
    matter. `notice` is why a key did nothing, or what a command answered."""
    text = f"{view.title}: {told.word}, {view.done} of {view.total}." if view else f"Shotmill: {told.word}."
    if view and view.for_you:
        text += f" {len(view.for_you)} for you."
    why = f" Too small for more than this: {TINY[0]}x{TINY[1]} will do."
    said = [f"{text} {one.rstrip('.')}." for one in ([notice] if notice else [told.long, told.short])]
    forms = [wrap_text(one, max(1, room - 2)) for one in (*(one + why for one in said), *said)]
    lines = next((form for form in forms if len(form) < height), forms[-1])
    shown = [fit(((f" {line}", "text"),), room) for line in lines[: max(0, height - 1)]]
    return [*shown, *(fit((), room) for _ in range(height - 1 - len(shown))), fit(keys, room)]
