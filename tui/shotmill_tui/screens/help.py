"""Keys and marks, made from the registry and the table of marks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar

from shotmill_tui.actions import GROUPS, MOVES
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.look import Look
from shotmill_tui.keymap import Keyboard
from shotmill_tui.model.marks import MARKS
from shotmill_tui.model.pieces import Line, fit, pad_text, plain_text, spread
from shotmill_tui.screens.runs import RunActions

TWO_COLUMNS = 110
_KEY = 7


class HelpScreen(RunActions):
    kind: ClassVar[str] = "help"

    def click(self, x: int, row: int) -> None:
        """It tells what keys do; a click on one here is no wish to do it."""

    def head_lines(self, room: int) -> list[Line]:
        right: Line = (("Shift-drag selects text while the mouse is on", "dim"), (" ", ""))
        return [spread(((" Keys and marks", "title"),), right, room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        marks, keyboard = mark_lines(self.mill.look()), self.mill.keyboard
        if room < TWO_COLUMNS:
            return self.scrolled([(), *marks, (), *key_lines(keyboard), (), *move_lines()], room, height)
        wide = room * 11 // 20
        left = key_lines(keyboard, [group for group in GROUPS if group != "Screen"])
        right = [*marks, (), *key_lines(keyboard, ["Screen"]), (), *move_lines()]
        both: list[Line] = [
            (*fit(one, wide), *fit(other, room - wide)) for one, other in zip_longest(left, right, fillvalue=())
        ]
        return self.scrolled([(), *both], room, height)

    def copied(self) -> list[str]:
        lines = (*mark_lines(self.mill.look()), (), *key_lines(self.mill.keyboard), (), *move_lines())
        return [plain_text(line) for line in lines]


def mark_lines(look: Look) -> list[Line]:
    lines: list[Line] = [((" Marks", "title"), ("   drawn, plain, and what they say", "dim"))]
    for one in MARKS:
        drawn = (one.plain if look.plain else one.drawn, one.role)
        lines.append((("  ", ""), drawn, ("  ", ""), (one.plain, one.role), (f"   {one.word}", "text")))
    return lines


def key_lines(keyboard: Keyboard, groups: Sequence[str] = GROUPS) -> list[Line]:
    """Groups of actions, a blank line between."""
    lines: list[Line] = []
    for group in groups:
        lines += [(), ((f" {group}", "title"),)] if lines else [((f" {group}", "title"),)]
        for one in keyboard.actions:
            if one.group == group:
                lines.append(((f"  {pad_text(one.shown, _KEY)}", "key"), (keyboard.help(one), "text")))
    return lines


def move_lines() -> list[Line]:
    lines: list[Line] = [((" Moving", "title"),)]
    lines.append(((f"  {pad_text('1-9', _KEY)}", "key"), ("Focus a panel, or open a style", "text")))
    lines.extend(((f"  {pad_text(shown, _KEY)}", "key"), (told, "text")) for _, shown, told in MOVES)
    return lines
