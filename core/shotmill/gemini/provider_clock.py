"""This machine's clock against the `Date` of the provider's answers."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LOOK_S, BROKEN_S = 30.0, 300.0
"""Seconds that a clock may be off: midnight and minutes are counted by it; from some minutes on certificates fail."""
CURE = "sudo timedatectl set-ntp true"


def skew_s(headers: Mapping[str, str], now: float) -> float | None:
    """By how much this clock, which said `now` when the answer was there, is ahead; None where none can be told."""
    try:
        return now - parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def said_of(skew: float) -> str:
    side = "ahead of" if skew > 0 else "behind"
    return f"{abs(skew):,.0f} s {side} the provider's: minutes and days are counted wrong"
