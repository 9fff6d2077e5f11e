"""A moment and a length of time, in the words of logs, checks and screens."""

from __future__ import annotations

import math
import time

MINUTE, HOUR, DAY = 60, 3600, 86400
NEAR = 600.0
"""Seconds for which a clock time without its seconds says too little: what ends in 20 s would end at the minute that
already is."""


def moment(seconds: float, now: float) -> str:
    """A clock time in this machine's zone, with the day when it isn't today, with the date when it isn't this week."""
    then, today = time.localtime(seconds), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    return time.strftime("%a %H:%M" if abs(seconds - now) < 6 * 86400 else "%a %d %b %H:%M", then)


def back_at(seconds: float, now: float) -> str:
    """The moment at which a wait is over, with its seconds while that is near; never one that comes too early."""
    if 0 <= seconds - now < NEAR:
        return time.strftime("%H:%M:%S", time.localtime(math.ceil(seconds)))
    return moment(seconds, now)


def length(seconds: float) -> str:
    """`9 s`, `4 min 12 s`, `3 h 40 min`, `2 d 5 h`: two units at most, never below zero."""
    whole = max(0, math.ceil(seconds - 1e-6)) if math.isfinite(seconds) else 0
    for size, unit, below, below_unit in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size} {unit}" + (f" {rest} {below_unit}" if rest else "")
    return f"{whole} s"


def about(seconds: float) -> str:
    """A length that is a guess: `9 s`, `4 min`, `3 h 40 min`; the digits that mean nothing are left out. What takes any
    time at all takes a second."""
    if not math.isfinite(seconds) or seconds <= 0:
        return "0 s"
    if seconds < 90:
        return length(max(1, round(seconds)))
    if seconds < 90 * MINUTE:
        return f"{round(seconds / MINUTE)} min"
    return length(round(seconds / (5 * MINUTE)) * 5 * MINUTE)
