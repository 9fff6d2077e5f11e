"""Requests of one quota project that are out, and how full the minute was in which each left: what answers prove."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from shotmill.quota.lease import Lease
from shotmill.quota.window import MINUTE, MinuteWindow

MOST_REFUSED = 500


@dataclass(frozen=True, slots=True)
class Departure:
    """How many requests its minute held when one left, itself included; how many of them left from here for sure, and
    how many arrived within one minute for certain; and the limit that was in force then.

    `refused` were turned away before it, so that they took no slot.
    """

    at: float
    held: int
    surely: int
    certain: int
    limit: int
    refused: int = 0


@dataclass(slots=True)
class Departures:
    """Every lease that is not settled, with its departure once its request has left."""

    out: dict[Lease, Departure | None] = field(default_factory=dict)
    _refused: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_REFUSED))

    def __len__(self) -> int:
        return len(self.out)

    def leased(self, lease: Lease) -> None:
        self.out[lease] = None

    def left(self, lease: Lease, window: MinuteWindow, guard: float, limit: int, now: float) -> None:
        held = window.sent(now)
        self.out[lease] = Departure(now, held, *window.surely(now, guard), limit)

    def landed(self, lease: Lease) -> Departure | None:
        """How it left, None where it never did."""
        left = self.out.pop(lease)
        if left is None or not self._refused:
            return left
        return replace(left, refused=sum(1 for at in self._refused if left.at - MINUTE < at < left.at))

    def took(self, left: Departure, window: MinuteWindow, later: float) -> int:
        """Slots that were taken with one that was refused. Requests overtake one another on their way: those that left
        up to so much `later` than it may have come before it."""
        span, until = MINUTE + later, left.at + later
        away = self.turned_away(span, until) - (left.at in self._refused)
        return max(1, window.within(span, until) - away)

    def turned_away(self, seconds: float, at: float) -> int:
        """How many that left in the last `seconds` up to `at` were refused: they took no slot."""
        return sum(1 for one in self._refused if at - seconds < one <= at)

    def refused(self, left: Departure | None) -> None:
        """The minute had no room for this one."""
        if left is not None:
            self._refused.append(left.at)
