"""Whether this machine's clock is the provider's, as the answers tell while a project is drawn."""

from __future__ import annotations

from shotmill.gemini.exchange import Exchange
from shotmill.gemini.provider_clock import BROKEN_S, CURE, said_of, skew_s


class ClockWatch:
    """Says it once when the clock turns wrong, and once when it is right again."""

    def __init__(self) -> None:
        self._is_wrong = False

    def heard(self, exchange: Exchange, now: float) -> str:
        """What is to be told of an answer that was there at `now`; mostly nothing. Its body may have taken a while
        after its date, so that a clock looks ahead by so much at most."""
        skew = skew_s(exchange.headers, now)
        if skew is None:
            return ""
        off = max(0.0, skew - exchange.seconds) if skew > 0 else skew
        was, self._is_wrong = self._is_wrong, abs(off) >= BROKEN_S
        if was == self._is_wrong:
            return ""
        agrees = "this machine's clock agrees with the provider's again"
        return f"this machine's clock is {said_of(off)}  → {CURE}" if self._is_wrong else agrees
