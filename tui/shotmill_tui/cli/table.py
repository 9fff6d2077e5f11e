"""Columns that stand under each other, whatever colours and wide letters are in them. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from unicodedata import combining, east_asian_width

_COLOUR = re.compile("\x1b\\[[0-9;]*m")


def width(text: str) -> int:
    """Cells that a text takes on a terminal; colours take none."""
    text = _COLOUR.sub("", text)
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(letter) in "WF" else 0 if combining(letter) else 1 for letter in text)


def table(rows: Sequence[Sequence[str]], right: Collection[int] = (), indent: str = "  ", gap: str = "  ") -> list[str]:
    """Rows as lines; the columns in `right` are right-aligned, empty ends are left off."""
    count = max((len(row) for row in rows), default=0)
    widths = [max((width(row[index]) for row in rows if index < len(row)), default=0) for index in range(count)]
    return [indent + gap.join(_cells(row, widths, right)).rstrip() for row in rows]


def _cells(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> list[str]:
    cells = []
    for index, text in enumerate(row):
        space = " " * (widths[index] - width(text))
        cells.append(space + text if index in right else text + space)
    return [cell for index, cell in enumerate(cells) if widths[index]]


def clipped(text: str, cells: int) -> str:
    """The part of a line that fits into so many cells, colours kept whole and ended."""
    if width(text) <= cells:
        return text
    kept, used, place = [], 0, 0
    while place < len(text):
        colour = _COLOUR.match(text, place)
        if colour:
            kept.append(colour.group())
            place = colour.end()
            continue
        taken = width(text[place])
        if used + taken > cells - 1:
            break
        kept.append(text[place])
        used += taken
        place += 1
    return "".join(kept) + "…" + ("\x1b[0m" if "\x1b" in text else "")
