"""The provider's capacity for one model: shared by everybody's keys, so backing off is the model's and not a key's."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from shotmill.gemini.row import SOON
from shotmill.quota.crowd import Crowd

LONGEST_PAUSE = 120.0
SPREAD = 1.2
"""A pause gets up to a fifth on top, so that not all users come back in one moment."""


@dataclass(slots=True)
class Capacity:
    """How many requests the model seems to bear at once, and until when it is left alone.

    Additive increase, multiplicative decrease, as in TCP: an overload halves what may be in flight and doubles the
    pause, every image lets one more out.
    """

    jitter: random.Random = field(default_factory=random.Random)
    in_flight: int = 0
    last_image: float = float("-inf")
    ready_at: float = float("-inf")
    limit: int | None = None
    crowd: Crowd = field(default_factory=Crowd)
    _in_a_row: int = 0

    @property
    def struggles(self) -> bool:
        """Whether its last word was an overload: no image came since."""
        return self._in_a_row > 0

    def free_at(self, now: float) -> float | None:
        """When a request may leave: now, later, or None while too many are in flight."""
        if now < self.ready_at:
            # A clock that stepped back must not make a pause of seconds one of hours.
            self.ready_at = min(self.ready_at, now + LONGEST_PAUSE)
            return self.ready_at
        if self.limit is not None and self.in_flight >= self.limit:
            return None
        return now

    def overloaded(self, sent_at: float, now: float, at_least: float = 0.0) -> float:
        """The model had no capacity for a request that left at `sent_at`; returns when to try again.

        `at_least` seconds are the provider's own wish. Requests that were out together tell of one overload, not of
        many: only one that left after the last pause was over lengthens it.
        """
        if sent_at >= self.ready_at:
            self._in_a_row += 1
            self.limit = max(1, self.in_flight // 2)
            pause = min(LONGEST_PAUSE / SPREAD, SOON.seconds * 2.0 ** min(self._in_a_row - 1, 10))
            self.ready_at = now + max(at_least, pause * self.jitter.uniform(1.0, SPREAD))
        return self.ready_at

    def drew(self, now: float) -> None:
        self.last_image = max(self.last_image, now)
        self._in_a_row = 0
        if self.limit is not None:
            self.limit += 1
