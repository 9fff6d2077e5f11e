"""A moment in the words of logs and sentences."""

from __future__ import annotations

import time


def moment(seconds: float, now: float) -> str:
    """A clock time in this machine's zone, with the day when it isn't today, with the date when it isn't this week."""
    then, today = time.localtime(seconds), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    return time.strftime("%a %H:%M" if abs(seconds - now) < 6 * 86400 else "%a %d %b %H:%M", then)
