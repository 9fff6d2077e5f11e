"""From roles to styles: the one place where a theme's colours meet the text."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from shotmill_tui.model.pieces import Line
from shotmill_tui.themes import Palette

_SAME_AS = {"": "text", "title": "text", "key": "text", "focus": "accent", "drawing": "accent"}
_BOLD = frozenset({"title", "key"})
_ASCII = str.maketrans("…·–→←↑↓▸⇧", "~.-><^v>^")  # what words bring along; marks and lines have plain forms
_FAINT = frozenset({"dim", "line"})
_JOINED = re.compile("([\u2190-\u2bff\U0001f000-\U0001faff])(?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d.)+")
"""An emoji that is made of several characters."""


class Painter:
    """Gives text the styles of a palette; they are made once a role. `plain` is for terminals without UTF-8, `faint`
    says what is dim by the terminal's own attribute, where no colour does."""

    def __init__(self, palette: Palette, *, plain: bool = False, faint: bool = False) -> None:
        self.palette = palette
        self._plain, self.faint = plain, faint or palette.ansi
        self._styles: dict[tuple[str, str], Style] = {}

    def segments(self, line: Line, ground: str) -> list[Segment]:
        """`ground` is `ground` or `panel`. Text is drawn as it is: no markup is ever read from it."""
        if self._plain:
            line = tuple((text if text.isascii() else text.translate(_ASCII), role) for text, role in line)
        return [Segment(text if text.isascii() else in_one(text), self.style(role, ground)) for text, role in line]

    def style(self, role: str, ground: str) -> Style:
        found = self._styles.get((role, ground))
        if found is None:
            found = self._styles[role, ground] = self._make(role, ground)
        return found

    def _make(self, role: str, ground: str) -> Style:
        name, _, cursor = role.partition(" ")
        colour = self.palette.colours[_SAME_AS.get(name, name)]
        return Style(
            color=Color.parse(colour).rich_color,
            bgcolor=Color.parse(self.palette.colours[ground]).rich_color,
            bold=name in _BOLD or None,
            dim=(name in _FAINT and self.faint) or None,
            reverse=bool(cursor) or None,
        )


def in_one(text: str) -> str:
    """Emoji of several characters are one to whoever measures here, but several to most terminals, which would push the
    rest of the row aside: the first of the characters stands for all, in as many cells."""
    return _JOINED.sub(lambda found: found[1] + " " * (cell_len(found[0]) - cell_len(found[1])), text)
