"""How much longer than its minute a slot rests, for the line's jitter: learned from refusals, for all who use it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from shotmill.quota.window import LONGEST_GUARD

FIRST_GUARD = 0.5
"""Seconds: more than the delays of a good line differ, and than a provider under load counts later; 0.8 % of a minute.
Measured against the emulator on two busy cores (bench/README.md): half of it was too short three times in 180."""
FORGET_S = 3600.0
HEARD = 8
ROUND_TRIP = 0.1
"""Seconds that even a good line takes there and back."""


@dataclass(slots=True)
class Guard:
    """A refusal that only jitter explains doubles it; after an hour without one it halves again, down to the first."""

    seconds: float = FIRST_GUARD
    since: float = float("-inf")
    _heard: deque[float] = field(default_factory=lambda: deque(maxlen=HEARD))

    @property
    def jitter(self) -> float:
        """Seconds by which the delays of this line may differ: no request travelled longer than the slowest of the
        last refusals took there and back."""
        return min(LONGEST_GUARD, FIRST_GUARD + max(self._heard, default=ROUND_TRIP))

    def heard(self, round_trip: float) -> None:
        """A refusal came so many seconds after its request left. It is said at once, an image is not."""
        self._heard.append(max(ROUND_TRIP, round_trip))

    def at(self, now: float) -> float:
        while self.seconds > FIRST_GUARD and now - self.since >= FORGET_S:
            self.seconds = max(FIRST_GUARD, self.seconds / 2)
            self.since += FORGET_S
        return self.seconds

    def remember(self, seconds: float, since: float, now: float) -> None:
        """What an earlier daemon learned; of several figures the longest that holds by now."""
        if Guard(seconds, since).at(now) > self.at(now):
            self.seconds, self.since = seconds, since

    def too_short(self, sent_at: float, now: float) -> None:
        """A request was refused for jitter. Several that were out together prove one guard wrong, not many."""
        if sent_at > self.since:
            self.seconds = min(LONGEST_GUARD, self.seconds * 2)
            self.since = now
