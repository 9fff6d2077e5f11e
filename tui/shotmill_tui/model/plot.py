"""A row of figures as a small plot, one cell a figure; in characters that any font has where it must be."""

from __future__ import annotations

from collections.abc import Sequence

from shotmill_tui.model.pieces import Line

_BLOCKS, _PLAIN = "▁▂▃▄▅▆▇", ".:-=+*#"  # a cell that is never quite full keeps rows apart
_NONE, _PLAIN_NONE, _AHEAD = "▁", "_", "·"


def plot(figures: Sequence[int], room: int, full: float, *, ahead: int = 0, plain: bool = False) -> Line:
    """`room` cells for the figures and the `ahead` empty ones that are still to come, oldest first.

    `full` is the figure of a full cell. Where there are more figures than cells, neighbours share one by their mean;
    a figure above zero is always seen.
    """
    total = len(figures) + ahead
    if room <= 0 or not total:
        return ()
    room = min(room, total)
    line: list[tuple[str, str]] = []
    for cell in range(room):
        begin, end = cell * total // room, (cell + 1) * total // room
        here = figures[begin:end]
        sign = _cell(here, full, plain) if here else (" " if plain else _AHEAD, "line")
        if line and line[-1][1] == sign[1]:
            line[-1] = (line[-1][0] + sign[0], sign[1])
        else:
            line.append(sign)
    return tuple(line)


def _cell(figures: Sequence[int], full: float, plain: bool) -> tuple[str, str]:
    mean = sum(figures) / len(figures)
    if mean <= 0:
        return (_PLAIN_NONE if plain else _NONE), "line"
    levels = _PLAIN if plain else _BLOCKS
    share = mean / full if full > 0 else 1.0
    lowest = 0 if plain else 1  # the lowest block is what nothing looks like
    at = max(lowest, min(len(levels) - 1, round(share * len(levels)) - 1))
    return levels[at], "dim"


def cells_for(count: int, room: int) -> int:
    """The most cells within `room` that share `count` figures evenly."""
    return next((cells for cells in range(min(count, room), 0, -1) if count % cells == 0), 0)
