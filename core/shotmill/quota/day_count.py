"""Requests of the provider's day."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from shotmill.quota.midnights import Midnights
from shotmill.quota.resting import EARLY_S

MIDNIGHT_SLACK = 5.0
"""Seconds around midnight whose requests count for both days: they may arrive on either side of it."""


class DayCount:
    """How many requests count against the day. It only ever rolls forward: a clock that steps back resets nothing."""

    __slots__ = ("_day", "_last", "_today", "midnights")

    def __init__(self, midnights: Midnights | None = None) -> None:
        self.midnights = midnights or Midnights()
        self._day = float("-inf")
        self._today = 0
        self._last: deque[float] = deque()  # the latest, for those that fall around midnight

    def used(self, now: float) -> int:
        start = self.midnights.start(now)
        if start > self._day:
            self._today = sum(1 for at in self._last if at >= start - MIDNIGHT_SLACK)
            self._day = start
        return self._today

    def next_reset(self, now: float) -> float:
        """When the count starts anew; not before the day that it counts is over."""
        return self.midnights.next_reset(max(now, self._day))

    def sent(self, now: float) -> None:
        self.used(now)
        self._today += 1
        self._last.append(now)
        while self._last and self._last[0] < now - MIDNIGHT_SLACK:
            self._last.popleft()

    def refund(self, sent_at: float, now: float) -> None:
        """A request of this day that never left."""
        if self.used(now) and sent_at >= self._day:
            self._today -= 1
        if sent_at in self._last:
            self._last.remove(sent_at)

    def replay(self, sent: Sequence[float], now: float) -> None:
        """Count what was sent before, oldest first."""
        self.used(now)
        self._today += sum(1 for at in sent if at >= self._day - MIDNIGHT_SLACK)
        self._last.extend(min(at, now) for at in sent if at >= now - MIDNIGHT_SLACK)

    def refused_early(self, sent_at: float, limit: int, now: float) -> bool:
        """Whether a refusal for the day is more likely one of the day before."""
        used = self.used(now)
        return sent_at - self._day < EARLY_S and used * 2 < limit
