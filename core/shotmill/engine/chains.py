"""Chains of beats that come one after the other: how long each is, and the longest that is still to come."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shotmill.engine.beat import Beat


class Chains:
    """The chains of one style, by the beats that they begin with or go on from. A beat's `tail` is how many hang on it,
    each after the one before."""

    __slots__ = ("_longest_first", "_passed")

    def __init__(self) -> None:
        self._longest_first: list[tuple[int, Beat]] = []  # (beats, the first of them)
        self._passed = 0  # so many of these are settled

    def measure(self, last_first: Iterable[Beat], waits_for: Callable[[Beat], Beat | None]) -> None:
        """Set the tails of beats whose tails are 0. `waits_for` tells on which one that is still to come a beat hangs,
        None for one that hangs on nobody."""
        held: set[Beat] = set()
        for beat in last_first:
            before = waits_for(beat)
            if before is not None:
                before.tail = max(before.tail, beat.tail + 1)
                held.add(before)
        self._longest_first = sorted(((beat.tail + 1, beat) for beat in held), key=_longest_first)
        self._passed = 0

    def longer(self, beat: Beat) -> None:
        """More hangs on the beat than was measured."""
        insort(self._longest_first, (beat.tail + 1, beat), lo=self._passed, key=_longest_first)

    def reopened(self) -> None:
        """A beat that was settled is to come again."""
        self._passed = 0

    def longest(self, is_open: Callable[[Beat], bool]) -> int:
        """How many beats the longest chain has that begins with an open one; 0 without any."""
        while self._passed < len(self._longest_first):
            length, beat = self._longest_first[self._passed]
            if is_open(beat):
                return length
            self._passed += 1
        return 0


def _longest_first(chain: tuple[int, Beat]) -> int:
    return -chain[0]
