"""Keys and marks, made from the registry and the table of marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from shotmill_tui.actions import GROUPS, MOVES, Action
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.look import Look
from shotmill_tui.model.marks import MARKS
from shotmill_tui.model.pieces import Line, fit, pad_text, plain_text, spread
from shotmill_tui.screens.runs import RunActions

TWO_COLUMNS = 110
_KEY = 7


class HelpScreen(RunActions):
    kind: ClassVar[str] = "help"

    def head_lines(self, room: int) -> list[Line]:
        right: Line = (("Shift-drag selects text while the mouse is on", "dim"), (" ", ""))
        return [spread(((" Keys and marks", "title"),), right, room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        marks, keys = mark_lines(self.mill.look()), key_lines(self.mill.keyboard.actions)
        if room < TWO_COLUMNS:
            return self.scrolled([(), *marks, (), *keys], room, height)
        wide = room - 40
        rows = max(len(marks), len(keys))
        padded = ([*part, *([()] * (rows - len(part)))] for part in (keys, marks))
        both: list[Line] = [(*fit(left, wide), *fit(right, 40)) for left, right in zip(*padded, strict=True)]
        return self.scrolled([(), *both], room, height)

    def copied(self) -> list[str]:
        return [
            plain_text(line) for line in (*mark_lines(self.mill.look()), (), *key_lines(self.mill.keyboard.actions))
        ]


def mark_lines(look: Look) -> list[Line]:
    lines: list[Line] = [((" Marks", "title"), ("   drawn, plain, and what they say", "dim"))]
    for one in MARKS:
        lines.append((("  ", ""), (one.drawn, one.role), ("  ", ""), (one.plain, one.role), (f"   {one.word}", "text")))
    return lines


def key_lines(actions: Sequence[Action]) -> list[Line]:
    lines: list[Line] = []
    for group in GROUPS:
        lines.append(((f" {group}", "title"),))
        for one in actions:
            if one.group == group:
                lines.append(((f"  {pad_text(one.shown, _KEY)}", "key"), (one.help, "text")))
        lines.append(())
    lines.append(((" Moving", "title"),))
    lines.append(((f"  {pad_text('1-9', _KEY)}", "key"), ("Focus a panel, or open a style", "text")))
    lines.extend(((f"  {pad_text(shown, _KEY)}", "key"), (told, "text")) for _, shown, told in MOVES)
    return lines
