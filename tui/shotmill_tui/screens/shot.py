"""The beats of one shot, one line each: what a cell that stands for a whole shot opens."""

from __future__ import annotations

from typing import ClassVar

from shotmill_tui.drawing.floor import Block
from shotmill_tui.model.marks import mark
from shotmill_tui.model.pieces import Line, fit, pad_text, spread
from shotmill_tui.model.view import Shot
from shotmill_tui.screens.runs import RunActions


class ShotScreen(RunActions):
    kind: ClassVar[str] = "shot"

    def __init__(self, style: str, shot: int) -> None:
        """`shot` is the index in the style."""
        super().__init__()
        self._style, self._shot = style, shot
        self._at = 0

    def _found(self) -> Shot | None:
        view = self.mill.session.view
        style = next((one for one in view.styles if one.name == self._style), None) if view else None
        return style.shots[self._shot] if style and self._shot < len(style.shots) else None

    def head_lines(self, room: int) -> list[Line]:
        shot = self._found()
        left: Line = ((f" {shot.label if shot else 'Shot'}", "title"), ("   ", ""), (self._style, "text"))
        number = len(shot.beats) if shot else 0
        return [spread(left, ((f"{number} beats ", "dim"),), room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        shot = self._found()
        lines: list[Line] = [()]
        wide = max((len(one) for one in shot.beats), default=0) + 2 if shot else 0
        for index, beat in enumerate(shot.beats if shot else ()):
            kind = mark(shot.states[index]) if shot else mark("")
            lead = (">" if self.mill.plain else "▸") if index == self._at else " "
            role = "title" if index == self._at else "text"
            name = (pad_text(beat, wide), role)
            lines.append(((f" {lead} ", "accent"), name, self.mill.look().mark(kind), (f" {kind.word}", "dim")))
        self.keep_in_sight(self._at + 1 if self._at else 0, self._at + 1, len(lines), height)
        return self.scrolled([fit(line, room) for line in lines], room, height, range(1, len(lines) + 1))

    def move(self, key: str) -> None:
        shot = self._found()
        page = max(1, self.size.height - 4)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -100_000, "end": 100_000}
        last = len(shot.beats) - 1 if shot else 0
        self._at = min(max(0, self._at + steps.get(key, 0)), last)
        self.redraw()

    @property
    def entry(self) -> int:
        return self._at

    def point(self, entry: int) -> None:
        self._at = entry

    def do_open(self) -> None:
        shot = self._found()
        if shot is not None and self._at < len(shot.beats):
            self.mill.session.go_to(self._style, shot.beats[self._at])
            self.mill.open_beat(self._style, shot.beats[self._at])
