"""The provider's capacity for one model: shared by everybody's keys, so backing off is the model's and not a key's."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from shotmill.gemini.row import SOON
from shotmill.quota.crowd import Crowd

LONGEST_PAUSE = 120.0
GENTLY = 2
SPREAD = 1.2
"""A pause gets up to a fifth on top, so that not all users come back in one moment."""


@dataclass(slots=True)
class Capacity:
    """How many requests the model seems to bear at once, and until when it is left alone.

    An overload doubles the pause and lowers what may be in flight: to as many as bring an image of those that were out
    together, at most by half. Images of requests that left after it let more out, one for every `GENTLY` of them: that
    is half as many more in the time of an answer.
    """

    jitter: random.Random = field(default_factory=random.Random)
    in_flight: int = 0
    last_image: float = float("-inf")
    ready_at: float = float("-inf")
    limit: int | None = None
    crowd: Crowd = field(default_factory=Crowd)
    _in_a_row: int = 0
    _together: int = 0  # images of requests that were out as the model was overloaded
    _since: int = 0  # images of later ones, since one more was let out

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
            self.limit, self._together, self._since = max(1, self.in_flight // 2), 0, 0
            pause = min(LONGEST_PAUSE / SPREAD, SOON.seconds * 2.0 ** min(self._in_a_row - 1, 10))
            self.ready_at = now + max(at_least, pause * self.jitter.uniform(1.0, SPREAD))
        return self.ready_at

    def drew(self, sent_at: float, now: float) -> None:
        """An image came for a request that left at `sent_at`."""
        self.last_image = max(self.last_image, now)
        self._in_a_row = 0
        if self.limit is None:
            return
        if sent_at < self.ready_at:
            self._together += 1
            self.limit = max(self.limit, self._together)
            return
        self._since += 1
        if self._since >= min(self.limit, GENTLY):
            self.limit, self._since = self.limit + 1, 0
