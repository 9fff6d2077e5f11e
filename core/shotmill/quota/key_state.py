"""What is known of a key itself, apart from its quota."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.gemini.outcome import Outcome
from shotmill.quota.midnights import Midnights
from shotmill.quota.resting import Resting, longer, rest_until


@dataclass(slots=True)
class KeyState:
    """`draws`: an image came with it. `probing`: it was bad and a person asked to try again: one request first.
    `verdict`: the provider's last word against it, until an image comes or a test says otherwise.
    """

    resting: Resting | None = None
    verdict: Resting | None = None
    draws: bool = False
    in_flight: int = 0
    probing: bool = False

    def rest(self, outcome: Outcome, sent_at: float, now: float, midnights: Midnights) -> Resting | None:
        """The provider refused the key itself."""
        if outcome.rest is None:
            return None
        until = rest_until(outcome.rest.until, outcome.rest.seconds, sent_at, now, midnights)
        resting = Resting(outcome.code, outcome.message, until, outcome.cure)
        self.resting, self.probing = longer(resting, self.resting, now), False
        if until is None:
            self.verdict = resting
        return resting

    def drew(self) -> None:
        self.draws, self.probing, self.verdict = True, False, None

    def refused_test(self, verdict: Resting) -> None:
        """The provider refused it when it was only asked about. Only a beat has the last word."""
        self.draws, self.verdict = False, verdict

    def passed_test(self) -> bool:
        """The provider knows it: what it was refused for is tried again, with one request. Whether it rested."""
        self.verdict = None
        if self.resting is None or self.resting.until is not None:
            return False
        self.resting, self.probing = None, True
        return True
