"""A widget of lines: it is told what to show and repaints only the rows that differ."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from shotmill_tui.drawing.floor import Block
from shotmill_tui.model.pieces import Line
from shotmill_tui.paint import Painter


class Canvas(Widget):
    """Blocks of lines side by side, by Textual's Line API."""

    ALLOW_SELECT = False

    def __init__(self, painter: Painter, name: str) -> None:
        super().__init__(id=name)
        self._painter = painter
        self._blocks: list[Block] = []
        self._strips: dict[int, Strip] = {}

    @property
    def blocks(self) -> list[Block]:
        return self._blocks

    def paint_with(self, painter: Painter) -> None:
        """Another theme: everything is drawn anew."""
        self._painter = painter
        self._strips.clear()
        self.refresh()

    def show_lines(self, lines: list[Line], room: int) -> None:
        self.show([Block(0, room, lines)])

    def show(self, blocks: list[Block]) -> None:
        """Nothing is repainted where nothing changed."""
        before, self._blocks = self._blocks, blocks
        if [_shape(one) for one in before] != [_shape(one) for one in blocks]:
            self._strips.clear()
            self.refresh()
            return
        regions = [
            Region(new.x, y, new.width, 1)
            for old, new in zip(before, blocks, strict=True)
            for y, (was, now) in enumerate(zip(old.lines, new.lines, strict=True))
            if was != now
        ]
        for region in regions:
            self._strips.pop(region.y, None)
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            parts = [self._painter.strip(one.lines[y], one.ground) for one in self._blocks if y < len(one.lines)]
            strip = Strip.join(parts).adjust_cell_length(self.size.width, self._painter.style("", "ground"))
            self._strips[y] = strip
        return strip

    def on_resize(self) -> None:
        self._strips.clear()


def _shape(block: Block) -> tuple[int, int, int, str]:
    return block.x, block.width, len(block.lines), block.ground
