"""When the provider's days begin and end by this machine's clock, which may be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shotmill.quota.day import day_start, next_month, next_reset
from shotmill.quota.learned import AHEAD, Learned

AGREE_S = 5.0
"""Clocks that differ by less agree; requests so near to midnight count for both days (`MIDNIGHT_SLACK`)."""


@dataclass(slots=True)
class Midnights:
    """Minutes are counted by a clock that nobody can set; days end when the provider's clock says so, which the dates
    of its answers tell. `ahead`: so many seconds ours is ahead of it, 0 where they agree; `is_told`: by an answer.
    All moments are by ours.
    """

    ahead: float = 0.0
    is_told: bool = False

    def heard(self, skew: float, took: float) -> bool:
        """An answer that took `took` seconds was there `skew` seconds after its date by our clock; returns whether
        that moves the days.

        When within the exchange the date was written is not known, so that we are ahead by `skew` at most. That is
        what is taken: a day begins too late rather than too early.
        """
        self.is_told = True
        least, most = skew - took - AGREE_S, skew + AGREE_S
        if least <= self.ahead <= most:
            return False
        self.ahead = 0.0 if least <= 0.0 <= most else skew
        return True

    def learned(self) -> tuple[Learned, ...]:
        """What the next daemon should know."""
        return (Learned(AHEAD, self.ahead, 0.0),) if self.is_told else ()

    def remember(self, learned: Iterable[Learned]) -> None:
        """Take over what an earlier daemon learned."""
        for one in learned:
            self.ahead, self.is_told = one.value, True

    def start(self, now: float) -> float:
        """The midnight at or before `now`."""
        return day_start(now - self.ahead) + self.ahead

    def next_reset(self, now: float) -> float:
        """The next midnight after `now`."""
        return next_reset(now - self.ahead) + self.ahead

    def next_month(self, now: float) -> float:
        """The beginning of the next month."""
        return next_month(now - self.ahead) + self.ahead
