"""When the last images of a minute are there: a minute's slots come back as they were taken. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Tail = Callable[[float], float]
"""Seconds that the slowest of so many images takes, of those that leave together."""
NOTHING = 1e-6
"""Of a beat: sums of shares differ by less."""


def last_there(passed_s: float, at_first: float, wave: Sequence[float], minute_s: float, tail: Tail) -> float:
    """Seconds until the last image of a style is there, of which `at_first` left at once and the others as slots came
    back: for `passed_s`, had these come one after the other.

    `wave` has the moment of each slot that comes back in the first `minute_s`, in seconds, the earliest first; in every
    later minute they come back alike.
    """
    rounds = math.ceil(passed_s / minute_s - NOTHING)
    if rounds < 1 or not wave:
        return tail(at_first)
    part = passed_s / minute_s - (rounds - 1)
    slots = max(1, math.ceil(part * len(wave) - NOTHING))
    last = (rounds - 1) * minute_s + _slowest(wave[:slots], tail)
    before = tail(at_first) if rounds == 1 else (rounds - 2) * minute_s + _slowest(wave, tail)
    return max(before, last)


def _slowest(wave: Sequence[float], tail: Tail) -> float:
    """When the last of the images is there that leave as these slots come back: whichever part of them is the last, its
    own slowest one is to be waited for."""
    first_of = {at: n for n, at in reversed(list(enumerate(wave)))}
    return max(at + tail(len(wave) - n) for at, n in first_of.items())
