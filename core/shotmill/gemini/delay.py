"""How long a refusal asks to wait, wherever it says so. All in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from shotmill.gemini.loose_json import either, whole

_FIGURE = r"[0-9]{1,18}(?:\.[0-9]{1,18})?"
_PART = rf"{_FIGURE}\s?(?:hours?|h|milliseconds?|ms|minutes?|min|m|seconds?|sec|s)(?![a-z])"
_SMALL_OR_NOT = re.IGNORECASE | re.ASCII
_PARTS = re.compile(_PART, _SMALL_OR_NOT)
_WRITTEN = re.compile(rf"(?:{_PART}\s?)+", _SMALL_OR_NOT)
_SPOKEN = re.compile(rf"\b(?:re)?try (?:again )?(?:in|after) ((?:{_PART}\s?)+)", _SMALL_OR_NOT)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_LONGEST = 1e12


def named_delay(details: list[Mapping[str, Any]], message: str, headers: Mapping[str, str]) -> float | None:
    """What details and text say, the longer of both: the details cut the fraction off, so that under a second is a
    zero there. The header where neither says anything; None where nobody does, or only a zero."""
    said = [_duration(either(detail, "retryDelay", "retry_delay")) for detail in details]
    longest = max((delay for delay in (*said, _spoken_delay(message)) if delay), default=None)
    return longest if longest is not None else header_delay(headers)


def header_delay(headers: Mapping[str, str]) -> float | None:
    """`Retry-After`: seconds, or a date, which is taken against the answer's own `Date`: our clock may be wrong."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value):
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())


def _duration(value: object) -> float | None:
    """`26s` or `1.5s`, as protobuf's JSON writes a duration; `1m26s`, as Go does; bare seconds, or a duration's own
    fields, as gateways do. None for anything else, also for less than nothing."""
    if isinstance(value, dict):
        seconds, nanos = whole(value.get("seconds")), whole(value.get("nanos"))
        return None if seconds is None and nanos is None else (seconds or 0) + (nanos or 0) / 1e9
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 <= value < _LONGEST else None
    written = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(_FIGURE, written):
        return float(written)
    return _seconds(written) if _WRITTEN.fullmatch(written) else None


def _spoken_delay(message: str) -> float | None:
    """`Please retry in 20h3m13.2s.` or `837.2ms`, which stands in the text too."""
    match = _SPOKEN.search(message)
    return _seconds(match[1]) if match else None


def _seconds(written: str) -> float:
    return sum(map(_part, _PARTS.findall(written)))


def _part(part: str) -> float:
    figure, unit = re.findall(r"[\d.]+|[a-z]+", part.lower())
    return float(figure) * (0.001 if unit.startswith(("ms", "milli")) else _UNITS[unit[0]])
