"""The provider's capacity for one model: shared by everybody's keys, so backing off is the model's and not a key's."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 120.0


@dataclass(slots=True)
class Capacity:
    """How many requests the model seems to bear at once, and until when it is left alone.

    Additive increase, multiplicative decrease, as in TCP: an overload halves what may be in flight and doubles the
    pause, every image lets one more out.
    """

    jitter: random.Random = field(default_factory=random.Random)
    in_flight: int = 0
    last_image: float = float("-inf")
    ready_at: float = 0.0
    _limit: int | None = None
    _in_a_row: int = 0

    def free_at(self, now: float) -> float | None:
        """When a request may leave: now, later, or None while too many are in flight."""
        if now < self.ready_at:
            return self.ready_at
        if self._limit is not None and self.in_flight >= self._limit:
            return None
        return now

    def overloaded(self, sent_at: float, now: float) -> float:
        """The model had no capacity for a request that left at `sent_at`; returns when to try again.

        Requests that were out together tell of one overload, not of many: only one that left after the last pause
        was over lengthens it.
        """
        if sent_at >= self.ready_at:
            self._in_a_row += 1
            self._limit = max(1, self.in_flight // 2)
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._in_a_row - 1))
            self.ready_at = now + pause * self.jitter.uniform(0.8, 1.2)
        return self.ready_at

    def drew(self, now: float) -> None:
        self.last_image = now
        self._in_a_row = 0
        if self._limit is not None:
            self._limit += 1


@dataclass(slots=True)
class Network:
    """The line to the provider. While it is away one request at a time goes out to see, with growing pauses."""

    away_since: float | None = None
    next_probe: float = 0.0
    reason: str = ""
    _probing: bool = False
    _probes: int = 0

    def free_at(self, now: float) -> float | None:
        if self.away_since is None:
            return now
        if self._probing:
            return None
        return max(now, self.next_probe)

    def leased(self) -> None:
        if self.away_since is not None:
            self._probing = True

    def unreachable(self, reason: str, now: float) -> None:
        if self.away_since is None:
            self.away_since, self._probes = now, 0
        elif not self._probing:
            return
        self._probes += 1
        self.reason, self._probing = reason, False
        self.next_probe = now + min(60.0, 2.0**self._probes)

    def reached(self) -> None:
        """Any complete answer, whatever it says, proves the line."""
        self.away_since, self._probing = None, False

    def given_back(self) -> None:
        self._probing = False
