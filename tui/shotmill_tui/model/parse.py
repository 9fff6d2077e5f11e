"""Reading the daemon's JSON without trusting it: wrong types become the nearest harmless value, text is printable."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from shotmill.untrusted import printable

Object = dict[str, Any]


def obj(source: object, name: str) -> Object:
    value = source.get(name) if isinstance(source, dict) else None
    return value if isinstance(value, dict) else {}


def items(source: object, name: str) -> list[Any]:
    value = source.get(name) if isinstance(source, dict) else None
    return value if isinstance(value, list) else []


def text(source: object, name: str, limit: int = 2000) -> str:
    return short(source.get(name) if isinstance(source, dict) else None, limit)


def short(value: object, limit: int) -> str:
    """One value as printable text: nearly all of a log is so already, and the long way costs three times as much."""
    if type(value) is str and value.isascii() and value.isprintable() and len(value) <= limit:
        return value
    return word(value, limit)


def word(value: object, limit: int = 2000) -> str:
    """One value as printable text; nothing for null and for what has no short form."""
    if value is None or isinstance(value, dict | list):
        return ""
    return printable(str(value), limit)


def words(source: object, name: str) -> tuple[str, ...]:
    return tuple(word(value, 200) for value in items(source, name))


def number(source: object, name: str) -> float | None:
    return figure(source.get(name) if isinstance(source, dict) else None)


def figure(value: object) -> float | None:
    """One value as a number; None for what is none, as true and infinity are."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def amount(source: object, name: str) -> float:
    return number(source, name) or 0.0


def whole(source: object, name: str) -> int:
    return int(number(source, name) or 0)


def flag(source: object, name: str) -> bool:
    return isinstance(source, dict) and source.get(name) is True


def when(source: object, name: str) -> float | None:
    """A moment in epoch seconds: events carry numbers, the status object ISO texts."""
    value = source.get(name) if isinstance(source, dict) else None
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        except (ValueError, OverflowError):
            return None
    return number(source, name)
