"""Themes: the one under the cursor is shown at once; Enter keeps it, Esc takes it back."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len

from shotmill.untrusted import printable
from shotmill_tui.drawing.floor import Block
from shotmill_tui.model.marks import MARKS
from shotmill_tui.model.meters import blocks, progress
from shotmill_tui.model.pieces import Line, pad_text, spread, wrap_text
from shotmill_tui.screens.runs import RunActions


class ThemesScreen(RunActions):
    kind: ClassVar[str] = "themes"

    def __init__(self) -> None:
        super().__init__()
        self._before = ""
        self._follow = False

    def on_mount(self) -> None:
        self._before = self.mill.painter.palette.name
        super().on_mount()

    def head_lines(self, room: int) -> list[Line]:
        known = len(self.mill.palettes)
        right: Line = ((f"{known} themes ", "dim"),)
        return [spread(((" Themes", "title"),), right, room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        plain, chosen = self.mill.plain, self.mill.painter.palette.name
        lines: list[Line] = [*self._faults(room), ()]
        at, first = 0, len(lines)
        for name, palette in self.mill.palettes.items():
            here = name == chosen
            lead = (">" if plain else "▸") if here else " "
            role = "title" if here else "text"
            at = len(lines) if here else at
            lines.append(((f" {lead} ", "accent"), (pad_text(name, 14), role), (palette.about, "dim")))
        starts = range(first, len(lines) + 1)
        marks = tuple((f"{one.plain if plain else one.drawn} ", one.role) for one in MARKS)
        bar, meter = progress(34, 60, 24, plain=plain), blocks(7, 9, 9, plain=plain)
        lines += [(), (("   ", ""), *marks), (("   ", ""), *bar, (" 34/60", "text"))]
        lines.append((("   ", ""), *meter, (" 7/9", "text"), ("   today 212/500", "dim")))
        if self._follow:
            self._follow = False
            self.keep_in_sight(at, at, len(lines), height)
        return self.scrolled(lines, room, height, starts)

    def _faults(self, room: int) -> list[Line]:
        """Theme files that can't be used: which, where in it, and why."""
        lines: list[Line] = []
        sign = "x" if self.mill.plain else "✗"
        for fault in self.mill.theme_faults:
            place = f"{fault.file.name}:{fault.line}" if fault.line else fault.file.name
            lead = f" {sign} {printable(place, 60)}  "
            parts = wrap_text(printable(fault.reason, 300), max(10, room - cell_len(lead) - 1))
            lines.append(((lead, "failed"), (parts[0], "text")))
            lines += [((" " * cell_len(lead), ""), (part, "text")) for part in parts[1:]]
        return [(), *lines] if lines else []

    def move(self, key: str) -> None:
        if key in ("pageup", "pagedown", "home", "end"):
            super().move(key)
            return
        names, at = list(self.mill.palettes), self.entry
        step = {"up": -1, "down": 1, "left": -1, "right": 1, "tab": 1, "shift+tab": -1}.get(key, 0)
        self.mill.show_theme(names[(at + step) % len(names)])
        self._follow = True
        self.redraw()

    @property
    def entry(self) -> int:
        names, worn = list(self.mill.palettes), self.mill.painter.palette.name
        return names.index(worn) if worn in names else 0

    def point(self, entry: int) -> None:
        self.mill.show_theme(list(self.mill.palettes)[entry])

    def do_open(self) -> None:
        name = self.mill.painter.palette.name
        if name != self._before:
            self.app.call_later(self.mill.keep_theme, name)  # said on the screen that one comes back to
        self.app.pop_screen()

    def do_back(self) -> None:
        if self._before in self.mill.palettes:
            self.mill.show_theme(self._before)
        self.app.pop_screen()
