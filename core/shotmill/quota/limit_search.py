"""`rpm = "auto"`: finding a minute's limit by trying, without provoking more than a refusal an hour."""

from __future__ import annotations

from dataclasses import dataclass

SPACING_S = 2.0
"""Between two requests beyond what is proven: a refusal comes back sooner than this, and stops the next."""
QUIET_S = 3600.0


@dataclass(slots=True)
class LimitSearch:
    """`proven` requests a minute are known to be accepted, or assumed at the start.

    When the proven slots are used up and more could be sent, one more goes out every two seconds. One that is
    accepted proves the number that its minute held; one that is refused shows the limit, and nothing is tried for an
    hour. So a limit of 600 is found from 10 in about 20 minutes, at the cost of one refusal.
    """

    proven: int
    _not_before: float = float("-inf")

    def try_at(self, now: float) -> float:
        """When one request beyond the proven number may leave."""
        return max(now, self._not_before)

    def leased(self, used: int, now: float) -> None:
        """A slot was leased while `used` were taken already."""
        if used >= self.proven:
            self._not_before = max(self._not_before, now + SPACING_S)

    def accepted(self, held: int) -> None:
        """A request whose minute held `held` with it was not refused."""
        self.proven = max(self.proven, held)

    def refused(self, held: int, now: float) -> None:
        """It was refused: so many less one is what the provider takes."""
        self.proven = max(1, min(self.proven, held - 1))
        self._not_before = now + QUIET_S
