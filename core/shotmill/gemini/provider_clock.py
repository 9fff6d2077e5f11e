"""This machine's clock against the `Date` of the provider's answers."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LOOK_S, BROKEN_S = 30.0, 300.0
"""Seconds that a clock may be off: times are told by it; from some minutes on certificates fail."""
CURE = "sudo timedatectl set-ntp true"


def skew_s(headers: Mapping[str, str], now: float) -> float | None:
    """By how much this clock, which said `now` when the answer was there, is ahead; None where none can be told, or
    where the answer is not the provider's own: a page is of something on the way, which may have another clock."""
    if not headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        return now - parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def said_of(skew: float) -> str:
    side = "ahead of" if skew > 0 else "behind"
    return f"{abs(skew):,.0f} s {side} the provider's: times are told wrong, days are counted by its answers"
