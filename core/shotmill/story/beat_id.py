"""A beat's id and its shot, from what a file holds under `beat_number` and `shot_number`."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from shotmill.story.problems import found

# `Beat` is a word of its own, or stands right before a digit: "Beat 1", "beat_2.10", "Beat3"; not "Beatrice".
_LEADING_BEAT = re.compile(r"beat(?:[\s_:#-]+(?=\S)|(?=[0-9]))", re.IGNORECASE)
_SHOT = re.compile(r"(?:shot[\s_:#-]*)?([0-9]{1,9})", re.IGNORECASE)
_LEADING_DIGITS = re.compile(r"[0-9]{1,9}(?![0-9])")
HIGHEST_SHOT = 999_999_999


def beat_id(value: Any) -> str:
    """The id of a beat: the text without a leading `Beat`, runs of white space as one space.

    A bare number is read as JavaScript prints it: `1.10` is `"1.1"`, `2.0` is `"2"`. Raises ValueError, with what was
    found and what was expected, for anything else and for an id that is empty.
    """
    if isinstance(value, str):
        text = " ".join(value.split())
        while leading := _LEADING_BEAT.match(text):
            text = text[leading.end() :]
        if text:
            return text
        raise ValueError('beat_number is empty, expected the beat\'s id such as "1.1"')
    if value is None:
        raise ValueError('beat_number is missing, expected the beat\'s id such as "1.1"')
    if isinstance(value, int | float) and not isinstance(value, bool):
        printed = js_number(value)
        if printed not in ("NaN", "Infinity", "-Infinity"):
            return printed
        raise ValueError('beat_number is a number too large to be read, expected the beat\'s id such as "1.1"')
    raise ValueError(f'beat_number is {found(value)}, expected the beat\'s id such as "1.1"')


def js_number(value: float) -> str:
    """A number as JavaScript's `String(value)` prints it (ECMA-262, Number::toString), ints as doubles."""
    try:
        number = float(value)
    except OverflowError:
        return "Infinity" if value > 0 else "-Infinity"
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")
    if number == 0:
        return "0"
    # repr() has the fewest digits that give the same double back, as JavaScript asks; only the layout differs.
    sign, digit_tuple, exponent = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, digit_tuple)).rstrip("0")
    point = len(digit_tuple) + int(exponent)
    return ("-" if sign else "") + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    """Digits d1d2…dk that mean 0.d1d2…dk times ten to the `point`, in JavaScript's layout."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def shot_of_beat(beat: str) -> int:
    """The part of the id before the dot: 2 for `2.10`, 3 for `3b.1`; 0 where no number stands there."""
    leading = _LEADING_DIGITS.match(beat)
    return int(leading.group()) if leading else 0


def shot_number(value: Any, beat: str) -> int:
    """The shot that a file names (`3`, `"3"`, `"Shot 3"`), or the beat's own where it names none.

    Raises ValueError, with what was found and what was expected.
    """
    if type(value) is int and 0 <= value <= HIGHEST_SHOT:
        return value
    if value is None:
        return shot_of_beat(beat)
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return shot_of_beat(beat)
        if match := _SHOT.fullmatch(text):
            return int(match.group(1))
    elif isinstance(value, float) and value.is_integer() and 0 <= value <= HIGHEST_SHOT:
        return int(value)
    raise ValueError(f"shot_number is {found(value)}, expected a whole number such as 1")
