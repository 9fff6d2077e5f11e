"""The mill floor: the screen that opens."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from shotmill_tui.drawing.floor import ALL, Block, Kept, arrangement, draw_floor, pointed_at
from shotmill_tui.drawing.loglines import Reading
from shotmill_tui.drawing.panel import Place
from shotmill_tui.model.grid import move
from shotmill_tui.model.hints import named
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.view import ForYou, View
from shotmill_tui.question import Entry
from shotmill_tui.reasons import NO_PICTURE, Context
from shotmill_tui.screens.logs import LogActions
from shotmill_tui.screens.mouse import WHEEL_LINES
from shotmill_tui.widgets.canvas import Canvas

_CURES = {"key": "{keys} to mend", "budget": "{start} asks for a new limit", "failed": "{retry} tries it again",
          "blocked": "reword its prompt, then {retry} tries again",
          "in_doubt": "{again} draws it again (perhaps pays twice), {leave_out} leaves it out"}  # fmt: skip


class FloorScreen(LogActions):
    """Styles side by side, one with tabs, or all in a table; see screens.md."""

    kind: ClassVar[str] = "floor"

    def __init__(self) -> None:
        super().__init__()
        self._kept = Kept()
        self._kept_of: Logbook | None = None
        self._seen: tuple[View, int] | None = None
        """The picture that was drawn last, and the last line of the log then: a key is answered on it."""

    def context(self) -> Context:
        held = self.mill.session.desk.place(self._log_of()).anchor is not None
        return replace(
            super().context(), table=self.shape == "table", alone=self._alone, held=held, **self.log_context()
        )

    def _log_of(self) -> str:
        """Whose log the floor scrolls: the focused style's, or the project's below the table."""
        session = self.mill.session
        return "" if self.shape == "table" or session.style is None else session.style.name

    def body(self, room: int, height: int) -> list[Block]:
        session = self.mill.session
        if session.view is None:
            return [Block(0, room, [((" " * room, ""),)] * height)]
        if session.log is not self._kept_of:
            self._kept_of, self._kept, self._seen = session.log, Kept(), None
        if self._seen is None or not self.answering:
            self._seen = session.view, session.log.last
        view, upto = self._seen
        desk = replace(session.desk, reading=replace(session.desk.reading, upto=upto))
        return draw_floor(view, session.log, desk, self.mill.look(), room, height, self._kept)

    @property
    def shape(self) -> str:
        view = self.mill.session.view
        return arrangement(view, self.mill.session.desk, self.mill.look(), self.size.width) if view else "tabs"

    @property
    def _alone(self) -> bool:
        """Whether one panel has the whole screen by itself, zoomed or not."""
        view, desk = self.mill.session.view, self.mill.session.desk
        shape = arrangement(view, replace(desk, shown=""), self.mill.look(), self.size.width) if view else ""
        return shape == "tabs"

    # ---- moving

    def move(self, key: str) -> None:
        session = self.mill.session
        if session.view is None or session.style is None:
            return
        if key in ("tab", "shift+tab"):
            step = 1 if key == "tab" else -1
            session.focus((session.desk.focus + step) % len(session.view.styles))
        elif key in ("pageup", "pagedown", "home", "end"):
            self._scroll_log(key)
        elif self.shape == "table":
            session.focus(session.desk.focus + {"up": -1, "down": 1}.get(key, 0))
        else:
            dx, dy = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[key]
            session.put(replace(session.place, cursor=move(session.style.shots, session.place.cursor, dx, dy)))
        self.redraw()

    def _scroll_log(self, key: str) -> None:
        shown = self._log_rows(self.mill.session.desk.focus)
        steps = {"pageup": shown, "pagedown": -shown, "home": 1_000_000, "end": -1_000_000}
        self._scroll(self._log_of(), steps[key], shown)

    def _scroll(self, style: str, lines: int, shown: int) -> None:
        session = self.mill.session
        place = session.desk.place(style)
        session.put(
            replace(place, anchor=session.log.moved(style, place.anchor, lines, shown, self.reading.lens)), style
        )

    def log_style(self) -> str:
        return self._log_of()

    @property
    def held_at(self) -> int | None:
        return self.mill.session.desk.place(self._log_of()).anchor

    @held_at.setter
    def held_at(self, line: int | None) -> None:
        session, style = self.mill.session, self._log_of()
        session.put(replace(session.desk.place(style), anchor=line), style)

    def _log_rows(self, style: int) -> int:
        drawn = next((one.drawn for one in self._blocks() if one.style == style), None)
        return drawn.sections.log_rows if drawn and drawn.sections.log_rows else 5

    def digit(self, number: int) -> None:
        session = self.mill.session
        if session.view is None:
            self.mill.notice(NO_PICTURE)
            return
        if number > len(session.view.styles):
            self.mill.notice(f"There is no style {number}")
            return
        session.focus(number - 1)
        if self.shape == "table":
            session.desk = replace(session.desk, shown="one")
        self.redraw()

    def click(self, x: int, row: int) -> None:
        """On a tab or a row of the table, else it focuses a panel; a key that stands there is pressed, and on the grid
        the cursor goes there."""
        session, blocks = self.mill.session, self._blocks()
        if self.asked is not None or session.view is None or not session.view.styles:
            return
        style = pointed_at(session.view, session.desk, self.mill.look(), blocks, x, row)
        if style == ALL:
            self.mill.do("all")
        elif style is not None:
            self.click_entry(style)
        for block in blocks if style is None else ():
            if block.x <= x < block.x + block.width and row < len(block.lines):
                self._click_block(block, x - block.x, row)
        self.redraw()

    def _click_block(self, block: Block, x: int, row: int) -> None:
        session, drawn = self.mill.session, block.drawn
        if drawn is None:
            self.click_key(block.lines[row], x)
            return
        had_focus = session.desk.focus == block.style
        session.focus(block.style)
        down, grid = row - drawn.grid_y, drawn.sections.grid
        if not 0 <= down < drawn.sections.grid_rows:
            self.click_key(block.lines[row], x)
        elif (cursor := grid.at(down + drawn.grid_top, x - 2)) is not None:
            there = session.place.cursor
            if had_focus and there is not None and grid.spot(there) == grid.spot(cursor):
                self.mill.do("open")  # once more on the cell that has the cursor
            else:
                session.put(replace(session.place, cursor=cursor))

    @property
    def entry(self) -> int:
        return self.mill.session.desk.focus

    def point(self, entry: int) -> None:
        self.mill.session.focus(entry)

    def wheel(self, way: str, x: int) -> None:
        """The log under the mouse is scrolled, also below a question and without the focus."""
        view, lines = self.mill.session.view, WHEEL_LINES if way == "up" else -WHEEL_LINES
        over = next((one.style for one in self._blocks() if one.x <= x < one.x + one.width), -1)
        if view is not None:
            name = view.styles[over].name if 0 <= over < len(view.styles) else self._log_of()
            self._scroll(name, lines, self._log_rows(over))
        self.redraw()

    # ---- looking

    def do_zoom(self) -> None:
        session = self.mill.session
        session.desk = replace(session.desk, shown="" if session.desk.shown == "one" else "one")
        self.redraw()

    def do_all(self) -> None:
        session = self.mill.session
        session.desk = replace(session.desk, shown="" if session.desk.shown == "all" else "all")
        self.redraw()

    def do_find(self) -> None:
        self.ask(Entry("style, beat or log:", "", lambda value: None, self._find, "go there"))

    def _find(self, value: str) -> None:
        """The first style whose name begins with, else contains, what was typed; or a beat by its id."""
        session = self.mill.session
        if not value or session.view is None or session.style is None:
            return
        names = [style.name.casefold() for style in session.view.styles]
        wanted = value.casefold().strip()
        found = [index for index, name in enumerate(names) if name.startswith(wanted)]
        found += [index for index, name in enumerate(names) if wanted in name]
        if found:
            self.digit(found[0] + 1)
        elif not session.go_to(session.style.name, value.strip()):
            if self.search(value):
                steps = named("{match_before} to the line before, {match} to the next", self.mill.keyboard.keys)
                self.mill.notice(f"{value}: {steps}")
            else:
                self.mill.notice(f"No style, no beat of {session.style.name} and no line of this log has {value}")
        self.redraw()

    def do_open(self) -> None:
        session = self.mill.session
        if self.shape == "table":
            session.desk = replace(session.desk, shown="one")
            self.redraw()
        elif session.beat is not None and self._shows_cells():
            self.mill.open_shot(session.beat[0], (session.place.cursor or (0, 0))[0])
        elif session.beat is not None:
            self.mill.open_beat(*session.beat)

    def _shows_cells(self) -> bool:
        """Whether the focused panel has a cell a shot, or several beats in one."""
        drawn = next((one.drawn for one in self._blocks() if one.style == self.mill.session.desk.focus), None)
        spans = [span for row in drawn.sections.grid.rows for span in row] if drawn else []
        return any(span.step != 1 for span in spans)

    def _blocks(self) -> list[Block]:
        return self.query_one("#body", Canvas).blocks

    def do_back(self) -> None:
        """Takes cursor and held log away: the floor as it opened."""
        session = self.mill.session
        session.put(Place())
        session.desk = replace(session.desk, reading=Reading(wrap=self.reading.wrap))
        self.redraw()

    def do_next(self) -> None:
        self._step(1)

    def do_previous(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        """To the next thing for you: the cursor goes to its beat, the second line says what it is."""
        mill = self.mill
        things = mill.session.view.for_you if mill.session.view else ()
        if not things:
            return
        start = mill.for_you_at if mill.for_you_at is not None else (-1 if step > 0 else 0)
        mill.for_you_at = (start + step) % len(things)
        thing = things[mill.for_you_at]
        if thing.beat:
            mill.session.go_to(thing.style, thing.beat)
        where = " ".join(part for part in (thing.style, thing.beat) if part) or thing.kind.replace("_", " ")
        cure = self._cure(thing)
        said = f"{thing.what}  {cure}" if cure else thing.what
        mill.notice(f"{mill.for_you_at + 1} of {len(things)}: {where}: {said}", 12)

    def _cure(self, thing: ForYou) -> str:
        """The key that does it where the screen has one, else what to do."""
        if thing.kind == "in_doubt" and self.mill.session.mark != "?":
            return thing.cure  # drawn anew meanwhile: no key reaches the doubt
        cure = _CURES.get(thing.kind)
        return named(cure, self.mill.keyboard.keys) if cure else thing.cure

    # ---- beats in doubt

    def do_again(self) -> None:
        session = self.mill.session
        if session.mark == "?" and session.beat is not None:
            self.settle("retry", *session.beat)
        else:
            super().do_again()

    def do_leave_out(self) -> None:
        if self.mill.session.beat is not None:
            self.settle("skip", *self.mill.session.beat)
