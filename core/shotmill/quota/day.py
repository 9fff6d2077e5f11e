"""The provider's day: request-a-day quotas reset at midnight in Los Angeles, whatever daylight saving does.

Source: ai.google.dev/gemini-api/docs/rate-limits ("Requests per day (RPD) quotas reset at midnight Pacific time").
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def day_start(now: float) -> float:
    """The midnight in Los Angeles at or before `now`, epoch seconds."""
    return _bounds(int(now) // 900)[0]


def next_reset(now: float) -> float:
    """The next midnight in Los Angeles after `now`: 23, 24 or 25 hours after the one before."""
    return _bounds(int(now) // 900)[1]


def next_month(now: float) -> float:
    """Midnight in Los Angeles of the first day of the next month: when a month's spending cap starts anew."""
    local = datetime.fromtimestamp(now, LOS_ANGELES)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    return datetime(year, month, 1, tzinfo=LOS_ANGELES).timestamp()


@lru_cache(maxsize=16)
def _bounds(quarter_hour: int) -> tuple[float, float]:
    """The Los Angeles day that holds this quarter of an hour; midnights fall on quarters, so it holds all of it."""
    local = datetime.fromtimestamp(quarter_hour * 900, LOS_ANGELES)
    start = datetime(local.year, local.month, local.day, tzinfo=LOS_ANGELES)
    after = start.date() + timedelta(days=1)
    return start.timestamp(), datetime(after.year, after.month, after.day, tzinfo=LOS_ANGELES).timestamp()
