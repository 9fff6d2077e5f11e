"""Where in a JSON text the thing stands that the reader refuses though the syntax allows it.

The standard library's hooks know what they refuse, not where; so the text is walked token by token, once, only when
something was refused. The walk keeps its own stack: a million open brackets cost memory, not the interpreter's stack.
"""

from __future__ import annotations

import json
import math
import re

from shotmill.story.problems import MAX_DEPTH, TOO_DEEP, found
from shotmill.untrusted import printable

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]|[^\s\[\]{}:,"]+', re.DOTALL)
_COLON = re.compile(r"\s*:")
_CONSTANTS = ("NaN", "Infinity", "-Infinity")


class RefusedError(ValueError):
    """Raised by a hook of the decoder: this is JSON, or nearly, but not for us."""


def find_trouble(text: str, start: int) -> tuple[int, str]:
    """The offset of the first thing that is refused in the value at `start`, what it is and what was expected."""
    stack: list[set[str] | None] = []
    for token in _TOKEN.finditer(text, start):
        sign = token.group()
        if sign in "[{":
            stack.append(set() if sign == "{" else None)
            if len(stack) > MAX_DEPTH:
                return token.start(), TOO_DEEP
        elif sign in "]}":
            if stack:
                stack.pop()
            if not stack:
                break
        elif sign == '"':
            break
        else:
            keys = stack[-1] if stack and _COLON.match(text, token.end()) else None
            if trouble := _trouble(sign, keys):
                return token.start(), trouble
    return start, "found a value that can't be kept, expected plain JSON"


def _trouble(token: str, keys: set[str] | None) -> str:
    """What is wrong with a string or a number; `keys` are those before it in the same object, if it is a key."""
    if not token.startswith('"'):
        return _number_trouble(token)
    if keys is None and "\\u" not in token:
        return ""
    try:
        value = json.loads(token, strict=False)
    except ValueError:
        return ""  # the syntax is somebody else's to judge
    if any("\ud800" <= character <= "\udfff" for character in value):
        return f"found half of a surrogate pair in {found(value)}, expected whole characters"
    if keys is None:
        return ""
    if value in keys:
        return f"the key {found(value)} is there twice, expected each key once"
    keys.add(value)
    return ""


def _number_trouble(token: str) -> str:
    if token in _CONSTANTS:
        return f"found {token}, expected a number that JSON has"
    try:
        too_large = math.isinf(float(token))
    except ValueError:
        return ""
    shown = printable(token, limit=20)
    return f"the number {shown} is too large, expected one that fits a double" if too_large else ""
