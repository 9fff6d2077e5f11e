"""Thin lines for progress, blocks for quota; never the other way round."""

from __future__ import annotations

from shotmill_tui.model.pieces import Line


def progress(done: int, total: int, room: int, *, plain: bool = False) -> Line:
    """A thin line of `room` cells to the half cell; full only when everything is done, begun as soon as one is."""
    if room <= 0:
        return ()
    halves = 2 * room * min(done, total) // total if total > 0 else 0
    if 0 < done < total:
        halves = min(max(halves, 1), 2 * room - 1)
    full, half = divmod(halves, 2)
    whole, part, rest = ("=", "-", ".") if plain else ("━", "╸", "─")
    return _drop_empty(((whole * full + part * half, "done"), (rest * (room - full - half), "line")))


def blocks(used: int, limit: int, room: int, *, plain: bool = False) -> Line:
    """One block a request while they fit in `room`, else scaled; never full before the limit, nor empty after one."""
    count = max(0, min(limit, room))
    if not count:
        return ()
    full = min(count, used * count // limit) if limit > 0 else count
    if 0 < used < limit:
        full = min(max(full, 1), max(1, count - 1))
    filled, empty = ("#", ".") if plain else ("▮", "▯")
    return _drop_empty(((filled * full, "quota"), (empty * (count - full), "line")))


def _drop_empty(line: Line) -> Line:
    return tuple(piece for piece in line if piece[0])
