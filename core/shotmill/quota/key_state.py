"""What is known of a key itself, apart from its quota."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.gemini.outcome import Outcome
from shotmill.quota.resting import Resting, longer, rest_until


@dataclass(slots=True)
class KeyState:
    """`draws`: an image came with it. `probing`: it was bad and a person asked to try again: one request first."""

    resting: Resting | None = None
    draws: bool = False
    in_flight: int = 0
    probing: bool = False

    def rest(self, outcome: Outcome, sent_at: float, now: float) -> Resting | None:
        """The provider refused the key itself."""
        if outcome.rest is None:
            return None
        until = rest_until(outcome.rest.until, outcome.rest.seconds, sent_at, now)
        resting = Resting(outcome.code, outcome.message, until, outcome.cure)
        self.resting, self.probing = longer(resting, self.resting, now), False
        return resting
