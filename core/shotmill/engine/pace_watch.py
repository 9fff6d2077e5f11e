"""When the log is told what sets a run's pace: once that is known, and when it has become another for good. Pure."""

from __future__ import annotations

from shotmill.engine.pace import Pace

LOOK_EVERY_S = 2.0
STEADY_S = 60.0
"""What binds for less than this long may be what bound before again a moment later."""
EVERY_S = 300.0
"""At most one line in so many seconds."""


class PaceWatch:
    """`look_at` is when it wants to be shown the pace again, in epoch seconds; None while it need not be."""

    def __init__(self) -> None:
        self.look_at: float | None = None
        self._seen = ("", "")
        self._since = 0.0
        self._told = ("", "")
        self._told_at = float("-inf")

    def is_due(self, now: float) -> bool:
        return self.look_at is None or now >= self.look_at

    def is_news(self, pace: Pace, now: float) -> bool:
        """Whether this is to be told: the first limit at the second look that finds it, another one when it has bound
        for a minute. How many beats and seconds there are to it changes all the time, and is no news."""
        self.look_at = now + LOOK_EVERY_S
        binding = (pace.limit, pace.style)
        if binding != self._seen:
            self._seen, self._since = binding, now
        steady = LOOK_EVERY_S if self._told == ("", "") else STEADY_S
        if pace.limit == "nothing" or binding == self._told:
            return False
        if now - self._since < steady or now - self._told_at < EVERY_S:
            return False
        self._told, self._told_at = binding, now
        return True

    def forget(self) -> None:
        """The run waits or stops, and that is told as such: what binds after it begins anew."""
        self._seen = ("", "")
        self.look_at = None
