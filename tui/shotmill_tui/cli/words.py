"""Lengths of time, moments, money and counts, as every screen and command writes them. Pure functions."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def length(seconds: float) -> str:
    """A length of time with its units: `8.1 s`, `42 s`, `4 min 12 s`, `3 h 40 min`, `2 d 3 h`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min" if whole % 3600 // 60 else f"{whole // 3600} h"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def about(seconds: float) -> str:
    """A length of time that is only estimated: no tenths, and no seconds beside minutes beyond ten."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return length(60 * round(seconds / 60)) if seconds >= 600 else length(round(seconds / 5) * 5)


def moment(seconds: float, now: float) -> str:
    """A clock time in the user's zone, with the day when it isn't today, with the date when it isn't this week."""
    then, today = time.localtime(seconds), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    near = abs(seconds - now) < 6 * 86400
    return time.strftime("%a %H:%M" if near else "%a %d %b %H:%M", then)


def clock(seconds: float) -> str:
    """`12:04:11` in the user's zone."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def from_iso(text: str) -> float:
    """Seconds since the epoch of a moment as JSON has it."""
    from datetime import datetime

    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def money(usd: float) -> str:
    """Dollars to the cent; what is less than a cent but something is not shown as nothing."""
    return "under $0.01" if 0 < usd < 0.005 else f"${usd:,.2f}"


def price(usd: float, run: dict[str, Any]) -> str:
    """Dollars that a run costs: `$1.20`, `$1.20 play money` where the emulator draws and nothing is billed."""
    return money(usd) + _play(run)


def money_of(run: dict[str, Any]) -> str:
    """The project's money: `$3.12 + $0.07 in doubt of $10.00`, `$1.20 play money`."""
    spent, doubt, budget = run.get("spent_usd") or 0.0, run.get("in_doubt_usd") or 0.0, run.get("budget_usd")
    words = money(spent)
    if doubt:
        words += f" + {money(doubt)} in doubt"
    return (words if budget is None else f"{words} of {money(budget)}") + _play(run)


def _play(run: dict[str, Any]) -> str:
    return " play money" if run.get("play_money") else ""


def size(count: int) -> str:
    """Bytes as people write them: `1.4 MB`."""
    if count < 1000:
        return f"{count} B"
    for unit in ("kB", "MB"):
        count_in = count / (1000 if unit == "kB" else 1_000_000)
        if count_in < 1000:
            return f"{count_in:.0f} {unit}" if unit == "kB" else f"{count_in:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"


def number_of(count: int, one: str, many: str = "") -> str:
    """`1 image`, `2 images`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
