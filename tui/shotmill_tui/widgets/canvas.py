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
        self._parts: dict[tuple[int, int], list[Segment]] = {}
        """A block's line by the block's number and the row."""
        self._rows: dict[int, Strip] = {}
        """Whole rows, of `_wide` cells."""
        self._wide = 0

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
        self._forget()
        self.refresh()

    def show_lines(self, lines: list[Line], room: int) -> None:
        self.show([Block(0, room, lines)])

    def show(self, blocks: list[Block]) -> None:
        """Nothing is repainted where nothing changed."""
        before, self._blocks = self._blocks, blocks
        if [_shape(one) for one in before] != [_shape(one) for one in blocks]:
            self._forget()
            self.refresh()
            return
        regions = []
        for number, (old, new) in enumerate(zip(before, blocks, strict=True)):
            if old is new:
                continue
            for y, (was, now) in enumerate(zip(old.lines, new.lines, strict=True)):
                if was is not now and was != now:
                    regions.append(Region(new.x, y, new.width, 1))
                    self._parts.pop((number, y), None)
                    self._rows.pop(y, None)
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual's own way puts every row through borders and filters. Here they change nothing, unless the colours
        are the terminal's own or none; it was most of what drawing a busy screen cost."""
        if self._painter.faint:
            return super().render_lines(crop)
        if self._wide != self.size.width:
            self._forget()
        rows = [self._row(y) for y in crop.line_range]
        return rows if crop.column_span == (0, self._wide) else [row.crop(crop.x, crop.right) for row in rows]

    def render_line(self, y: int) -> Strip:
        parts: list[Segment] = []
        wide = 0
        for number, block in enumerate(self._blocks):
            if y < len(block.lines):
                parts.extend(self._part(number, block, y))
                wide += block.width  # every line of a block has its width: measuring them again costs more than this
        return Strip(parts, wide).adjust_cell_length(self.size.width, self._painter.style("", "ground"))

    def _row(self, y: int) -> Strip:
        row = self._rows.get(y)
        if row is None:
            row = self._rows[y] = self.render_line(y)
        return row

    def _part(self, number: int, block: Block, y: int) -> list[Segment]:
        part = self._parts.get((number, y))
        if part is None:
            part = self._parts[number, y] = self._painter.segments(block.lines[y], block.ground)
        return part

    def _forget(self) -> None:
        self._parts.clear()
        self._rows.clear()
        self._wide = self.size.width

    def on_resize(self) -> None:
        self._forget()


def _shape(block: Block) -> tuple[int, int, int, str]:
    return block.x, block.width, len(block.lines), block.ground
