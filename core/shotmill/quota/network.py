"""The line to the provider: away when nothing can be sent, or when what is sent gets lost again and again."""

from __future__ import annotations

from dataclasses import dataclass

LOST_IN_A_ROW = 5
"""Requests without a whole answer, and no whole answer in between, after which nothing more is risked."""
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
FIRST_COSTLY_PAUSE = 15.0
LONGEST_COSTLY_PAUSE = 600.0
"""A probe that may be paid for and lost goes out less often than one that fails for free."""


@dataclass(slots=True)
class Network:
    """While the line is away one request at a time goes out to see, with growing pauses. `probe`: the one that is out.

    Any complete answer, whatever it says, proves the line.
    """

    away_since: float | None = None
    next_probe: float = 0.0
    reason: str = ""
    cure: str = ""
    probe: object | None = None
    _failed: int = 0
    _lost: int = 0

    def free_at(self, now: float) -> float | None:
        """When a request may leave: now, later, or None while a probe is out."""
        if self.away_since is None:
            return now
        if self.probe is not None:
            return None
        # A clock that stepped back must not make a pause of seconds one of hours.
        self.next_probe = min(self.next_probe, now + LONGEST_COSTLY_PAUSE)
        return max(now, self.next_probe)

    def leased(self, lease: object) -> None:
        if self.away_since is not None:
            self.probe = lease

    def given_back(self, lease: object) -> None:
        if self.probe is lease:
            self.probe = None

    def unreachable(self, lease: object, reason: str, now: float, cure: str = "") -> None:
        """Nothing of the request left, or something on the way answered instead of the provider."""
        self._fail(lease, reason, cure, now, FIRST_PAUSE, LONGEST_PAUSE)

    def lost(self, lease: object, reason: str, now: float, cure: str = "") -> None:
        """The request left and no whole answer came."""
        self._lost += 1
        if self.away_since is not None or self._lost >= LOST_IN_A_ROW:
            self._fail(lease, reason, cure, now, FIRST_COSTLY_PAUSE, LONGEST_COSTLY_PAUSE)

    def reached(self) -> None:
        self.away_since, self.probe = None, None
        self._failed = self._lost = 0

    def _fail(self, lease: object, reason: str, cure: str, now: float, first: float, longest: float) -> None:
        if self.away_since is None:
            self.away_since, self._failed, self.probe = now, 0, None
        elif self.probe is not lease:
            return  # one that was out already when the line went: it tells nothing new
        self._failed += 1
        self.reason, self.cure, self.probe = reason, cure, None
        self.next_probe = now + min(longest, first * 2.0 ** min(self._failed - 1, 10))
