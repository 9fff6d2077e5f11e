"""Keys that a person moves to another quota project or billing account while others are in use."""

from __future__ import annotations

import math
from collections.abc import Hashable


class Moves:
    """Where each key was met last, and when it left the places in which it was before. A key is counted where it is;
    what it sent elsewhere is counted when it comes, since whoever moved it may have corrected a wrong setting."""

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._at: dict[Hashable, str] = {}
        self._left: dict[tuple[Hashable, str], float] = {}

    def comes(self, key: Hashable, place: str, now: float) -> float | None:
        """Since when this place did not count what the key sent: since it left, or ever. None while it stays."""
        before = self._at.get(key)
        if before == place:
            return None
        if before is not None:
            self._left[key, before] = now
        self._at[key] = place
        return self._left.get((key, place), -math.inf)
