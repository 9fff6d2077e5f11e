"""Lengths of time, moments, money and sizes in words. One way to say each of them on every screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from shotmill.moment import NEAR
from shotmill.moment import about as about
from shotmill.moment import length as length

QUARTER = 900
PLAY_MONEY = " play money"


def moment(when: float, now: float, zone: tzinfo | None) -> str:
    """`12:09`; with the day when it isn't today (`Tue 09:00`), with the date when it is a week away."""
    then, today = _local(when, zone), _local(now, zone)
    if then is None or today is None:
        return "?"
    if then.date() == today.date():
        return f"{then:%H:%M}"
    if abs(then.date() - today.date()) < timedelta(days=7):
        return f"{then:%a %H:%M}"
    return f"{then.day} {then:%b %H:%M}"


def back_at(when: float, now: float, zone: tzinfo | None) -> str:
    """The moment at which a wait is over, with its seconds while that is near: `12:09:41`, `Tue 09:00`."""
    return clock(math.ceil(when), zone) if 0 <= when - now < NEAR else moment(when, now, zone)


def clock(when: float, zone: tzinfo | None) -> str:
    """`12:04:09`, for lines that belong together."""
    then = _local(when, zone)
    return "--:--:--" if then is None else f"{then:%H:%M:%S}"


def stamp(when: float, now: float, zone: tzinfo | None) -> str:
    """`12:04:09` in eight cells, for lines that belong together; the day too when it isn't today: `Tu 12:04`, and
    `3 Nov` for what is a week old."""
    if not (math.isfinite(when) and math.isfinite(now)):
        return clock(when, zone)
    return _stamp(int(when), int(now // QUARTER), zone)


@lru_cache(4096)
def _stamp(when: int, quarter: int, zone: tzinfo | None) -> str:
    """Days begin at quarters of an hour everywhere: until the next one, what was said of a moment stays true."""
    then, today = _local(when, zone), _local(quarter * QUARTER, zone)
    if then is None or today is None or then.date() == today.date():
        return clock(when, zone)
    if abs(then.date() - today.date()) < timedelta(days=7):
        return f"{then:%a}"[:2] + f"{then: %H:%M}"
    return f"{then.day} {then:%b}".ljust(8)


def _local(when: float, zone: tzinfo | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(when, zone)
    except (OverflowError, OSError, ValueError):
        return None


def usd(amount: float) -> str:
    """`$3.12`, `$1,204.50`."""
    return f"${amount:,.2f}"


def price(amount: float, *, play_money: bool) -> str:
    """`$3.12`; `$3.12 play money` where the emulator draws and nothing is billed."""
    return usd(amount) + (PLAY_MONEY if play_money else "")


def round_usd(amount: float) -> str:
    """`$10` where cents add nothing, else `$3.12`."""
    return f"${amount:,.0f}" if abs(amount - round(amount)) < 0.005 else usd(amount)


def spending(
    spent: float, in_doubt: float, budget: float | None, *, play_money: bool = False, short: bool = False
) -> str:
    """`$3.12 of $10.00`, and `$3.12 + $0.07 in doubt of $10.00` when there is some; `$1.20 play money`."""
    text = usd(spent)
    if in_doubt >= 0.005:
        text += f" + {usd(in_doubt)}" + ("?" if short else " in doubt")
    if budget is not None:
        text += f" of {round_usd(budget) if short else usd(budget)}"
    return text + (PLAY_MONEY if play_money else "")


def size(count: float) -> str:
    """Bytes as `412 kB`, `1.3 MB`, `3.1 GB`."""
    if count < 1e6:
        return f"{count / 1e3:.0f} kB"
    if count < 1e8:
        return f"{count / 1e6:.1f} MB"
    if count < 1e9:
        return f"{count / 1e6:.0f} MB"
    return f"{count / 1e9:.1f} GB"


def thousands(number: int) -> str:
    """`3,412`."""
    return f"{number:,}"


def count(number: int, noun: str) -> str:
    """`1 image`, `1,580 images`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listed(names: Sequence[str]) -> str:
    """`anna`, `anna and ben`, `anna, ben and carl`."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
