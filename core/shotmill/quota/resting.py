"""A rest: why a key, a quota project or a billing account may not send, and until when."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shotmill.gemini.outcome import Until, for_key
from shotmill.quota.midnights import Midnights

_SHORT = {
    "day_quota": "day quota spent",
    "minute_quota": "minute quota, the provider asks for a pause",
    "throttled": "the provider asks for a pause",
    "spend_rate": "ten-minute spend window full",
    "spend_cap": "the month's spending cap is reached",
}
"""What clocks mend is said in a few words; for what a person mends the provider's own tell more."""

_MAY_NOT_DRAW = frozenset({"no_quota", "prepay_depleted", "payment_required", "billing_disabled"})
_WHOLE_PROJECT = frozenset(
    {"suspended", "project_denied", "service_disabled", "billing_disabled", "billing_needed", "spend_cap"}
)


EARLY_S = 1800.0
"""A refusal for the day or the month so soon after it began, though little was sent, tells of a clock that is behind
ours."""
EARLY_REST_S = 300.0


@dataclass(frozen=True, slots=True)
class Resting:
    """Why something may not send, and until when (None: until a person mends it)."""

    code: str
    reason: str
    until: float | None
    cure: str = ""

    @property
    def short(self) -> str:
        """The reason of a wait, for a line of a status."""
        return _SHORT.get(self.code, self.reason) if self.until is not None else self.reason

    @property
    def key_state(self) -> str:
        """What a key is that rests so, in the API's words. One without quota or money is known, and may not draw."""
        if self.code in _MAY_NOT_DRAW:
            return "no_quota"
        if self.code == "day_quota":
            return "exhausted"
        return "invalid" if self.until is None else "cooling"

    @property
    def of_every_model(self) -> bool:
        """It is the cloud project that is refused, whatever model was asked."""
        return self.code in _WHOLE_PROJECT

    def of_key(self, name: str) -> Resting:
        """The same with a cure that names the key."""
        cure = for_key(self.cure, name)
        return self if cure == self.cure else replace(self, cure=cure)

    def over(self, now: float) -> bool:
        return self.until is not None and self.until <= now


def longer(new: Resting, old: Resting | None, now: float) -> Resting:
    """The one that ends later: a straggler's short rest doesn't end a long one. Of two equal ones the first."""
    if old is None or old.over(now):
        return new
    if old.until is None or (new.until is not None and new.until <= old.until):
        return old
    return new


def rest_until(until: Until, seconds: float, sent_at: float, now: float, midnights: Midnights) -> float | None:
    """The moment a rest is over, None when only a person can end it.

    A day or a month is the one in which the refused request left: when the answer comes after its end, the new one is
    tried soon. So is a month that has just begun, since the provider's clock may be behind ours.
    """
    match until:
        case Until.SECONDS:
            return now + seconds
        case Until.MIDNIGHT:
            return _end_or_soon(midnights.next_reset(sent_at), now)
        case Until.MONTH:
            return _end_or_soon(midnights.next_month(sent_at - EARLY_S), now)
        case Until.MENDED:
            return None


def _end_or_soon(end: float, now: float) -> float:
    return end if end > now else now + EARLY_REST_S
