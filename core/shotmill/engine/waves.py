"""When the last images of a minute are there: a minute's slots come back as they were taken. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Tail = Callable[[float], float]
"""Seconds that the slowest of so many images takes, of those that leave together."""
Wave = Sequence[tuple[float, float]]
"""A minute's slots, the earliest first: in so many seconds so many come back."""
NOTHING = 1e-6
"""Of a beat: sums of shares differ by less."""


def last_there(passed_s: float, at_first: float, wave: Wave, minute_s: float, tail: Tail) -> float:
    """Seconds until the last image of a style is there, of which `at_first` left at once and the others as slots came
    back: for `passed_s`, had these come one after the other. In every later minute they come back as in the first.
    """
    rounds = math.ceil(passed_s / minute_s - NOTHING)
    if rounds < 1 or not wave:
        return tail(at_first)
    part = passed_s / minute_s - (rounds - 1)
    last = (rounds - 1) * minute_s + _slowest(_first(part, wave), tail)
    before = tail(at_first) if rounds == 1 else (rounds - 2) * minute_s + _slowest(wave, tail)
    return max(before, last)


def _first(part: float, wave: Wave) -> Wave:
    """The slots that come back first, so large a part of them all."""
    left = part * sum(slots for _, slots in wave)
    found: list[tuple[float, float]] = []
    for at, slots in wave:
        if left <= NOTHING and found:
            break
        found.append((at, min(slots, left)))
        left -= slots
    return found


def _slowest(wave: Wave, tail: Tail) -> float:
    """When the last of the images is there that leave as these slots come back: whichever part of them is the last, its
    own slowest one is to be waited for."""
    last = behind = 0.0
    for at, slots in reversed(wave):
        behind += slots
        last = max(last, at + tail(behind))
    return last
