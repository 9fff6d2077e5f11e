"""`:` lists every action by its name, from the registry: type a part of it, Enter does it."""

from __future__ import annotations

from typing import ClassVar

from textual import events

from shotmill_tui.actions import Action, footer_label
from shotmill_tui.drawing.floor import Block
from shotmill_tui.model.hints import named
from shotmill_tui.model.pieces import Line, fit, pad_text, spread, wrap_text
from shotmill_tui.question import Entry
from shotmill_tui.reasons import Context
from shotmill_tui.screens.mill import MillScreen

_LABEL, _KEY = 22, 6


class PaletteScreen(MillScreen):
    """Goes by the screen below it: what can be used there stands first, the rest says why not."""

    kind: ClassVar[str] = "palette"
    lists_answers: ClassVar[bool] = True

    def __init__(self, below: Context) -> None:
        super().__init__()
        self._below = below
        self._at = 0
        self.asked = Entry("do:", "", self._typed, self._typed, "does it")

    def head_lines(self, room: int) -> list[Line]:
        right: Line = (("↑ ↓ choose   Esc back ", "dim"),)
        return [spread(((" All actions", "title"),), right, room), super().head_lines(room)[1]]

    def listed(self) -> list[tuple[Action, str]]:
        """Actions whose name or help has what was typed, with the reason why not now."""
        wanted = self.asked.value.casefold() if isinstance(self.asked, Entry) else ""
        keyboard = self.mill.keyboard
        found = [
            (one, named(self._why_not(one), keyboard.keys))
            for one in keyboard.actions
            if one.id != "palette" and wanted in f"{one.label} {one.id} {keyboard.help(one)}".casefold()
        ]
        return sorted(found, key=lambda pair: (bool(pair[1]), wanted not in pair[0].label.casefold()))

    def _why_not(self, one: Action) -> str:
        places = one.elsewhere(self._below)
        return f"only for {places}" if places else one.reason(self._below)

    def body(self, room: int, height: int) -> list[Block]:
        listed = self.listed()
        self._at = min(max(0, self._at), max(0, len(listed) - 1))
        lines: list[Line] = [()]
        rows = [0]
        for index, (one, reason) in enumerate(listed):
            lines.extend(self._entry(one, reason, room, here=index == self._at))
            rows.append(len(lines) - 1)
        self.keep_in_sight(rows[self._at] + 1, rows[min(self._at + 1, len(rows) - 1)] + 1, len(lines), height)
        if not listed:
            lines.append((("   No action is called that.", "dim"),))
        return self.scrolled([fit(line, room) for line in lines], room, height, [row + 1 for row in rows])

    def _entry(self, one: Action, reason: str, room: int, *, here: bool) -> list[Line]:
        """Key, name, and what it does or why not now, under itself where it is long."""
        lead = (">" if self.mill.plain else "▸") if here else " "
        role = "title" if here else "dim" if reason else "text"
        name = pad_text(footer_label(one, self._below), _LABEL)
        key = (pad_text(one.shown, _KEY), "dim" if reason else "key")
        indent = len("   ") + _KEY + _LABEL + len(" ")
        told = wrap_text(reason or self.mill.keyboard.help(one), max(10, room - indent - 1))
        first: Line = ((f" {lead} ", "accent"), key, (f"{name} ", role), (told[0], "dim"))
        return [first, *(((" " * indent, ""), (part, "dim")) for part in told[1:])]

    def on_key(self, event: events.Key) -> None:
        if event.key in ("up", "down", "pageup", "pagedown"):
            event.stop()
            event.prevent_default()
            self._at += {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}[event.key]
            self.redraw()
        else:
            super().on_key(event)

    @property
    def entry(self) -> int:
        return self._at

    def point(self, entry: int) -> None:
        self._at = entry

    def _typed(self, value: str) -> None:
        self._at = self.top = 0

    def _type(self, entry: Entry, event: events.Key) -> None:
        """`?` begins no action's name: it asks for help, as on every screen."""
        if event.character != "?" or entry.value:
            super()._type(entry, event)
            return
        self.app.pop_screen()
        if self._below.screen != "help":
            self.mill.do("help")

    def finish(self, key: str, entry: Entry) -> None:
        """Enter does what the cursor is on, on the screen below."""
        listed = self.listed()
        self.app.pop_screen()
        if key == "enter" and listed:
            self.mill.do(listed[self._at][0].id)
