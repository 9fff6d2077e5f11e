"""A widget of lines: it is told what to show and repaints only the rows that differ."""

from __future__ import annotations

from rich.segment import Segment
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
        self._strips: dict[tuple[int, int], Strip] = {}
        """A block's line by the block's number and the row."""

    @property
    def blocks(self) -> list[Block]:
        return self._blocks

    def line(self, row: int) -> Line:
        """What the first block has there."""
        lines = self._blocks[0].lines if self._blocks else []
        return lines[row] if row < len(lines) else ()

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
        regions = []
        for number, (old, new) in enumerate(zip(before, blocks, strict=True)):
            if old is new:
                continue
            for y, (was, now) in enumerate(zip(old.lines, new.lines, strict=True)):
                if was is not now and was != now:
                    regions.append(Region(new.x, y, new.width, 1))
                    self._strips.pop((number, y), None)
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        parts: list[Segment] = []
        wide = 0
        for number, block in enumerate(self._blocks):
            if y < len(block.lines):
                parts.extend(self._part(number, block, y))
                wide += block.width  # every line of a block has its width: measuring them again costs more than this
        return Strip(parts, wide).adjust_cell_length(self.size.width, self._painter.style("", "ground"))

    def _part(self, number: int, block: Block, y: int) -> Strip:
        strip = self._strips.get((number, y))
        if strip is None:
            strip = self._strips[number, y] = self._painter.strip(block.lines[y], block.ground)
        return strip

    def on_resize(self) -> None:
        self._strips.clear()


def _shape(block: Block) -> tuple[int, int, int, str]:
    return block.x, block.width, len(block.lines), block.ground
