"""Whether this machine's clock is the provider's, as the answers tell while a project is drawn."""

from __future__ import annotations

from shotmill.gemini.provider_clock import BROKEN_S, CURE, said_of

CURE_OF_DAEMON = f"{CURE}; then: shotmill daemon restart"
"""The daemon reads the machine's clock once, at its start, and counts on from there."""


class ClockWatch:
    """Says it once when the clock turns wrong, and once when it is right again.

    `off_s` is by how many seconds it was ahead at the last answer with a date; 0 where that is nothing to speak of.
    """

    def __init__(self) -> None:
        self.off_s = 0.0

    def heard(self, skew: float, seconds: float) -> str:
        """What is to be told of an answer by whose date this clock is so many seconds ahead; mostly nothing. Its body
        may have taken all of its `seconds` after its date, so that a clock looks ahead by so much at most."""
        off = max(0.0, skew - seconds) if skew > 0 else skew
        before, self.off_s = self.off_s, off if abs(off) >= BROKEN_S else 0.0
        if bool(before) == bool(self.off_s):
            return ""
        agrees = "this machine's clock agrees with the provider's again"
        return f"{clock_words(off)}  → {CURE_OF_DAEMON}" if self.off_s else agrees


def clock_words(off_s: float) -> str:
    return f"this machine's clock is {said_of(off_s)}"
