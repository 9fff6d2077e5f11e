"""Reading JSON that somebody else wrote: fields may be null, absent, of another type, or spelled in snake case."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from shotmill.bounded_json import parse, parse_pieces
from shotmill.gemini.cut_json import closed

_NOTHING: Mapping[str, Any] = {}
_MOST_OF_CUT = 16 << 10  # what the end of an error tells, its beginning told; it takes a millisecond a kilobyte
_MOST = 10**20
_WHOLE = re.compile(r"\s{0,9}([0-9]{1,19})(?:\.0{1,9})?\s{0,9}")


def decode(body: bytes) -> object:
    """What the bytes say, a list of one element unwrapped; ValueError for what is not JSON, or too much of it."""
    return _unwrapped(parse(body))


def pieces(body: bytes) -> list[object]:
    """The same where something on the way cut it in pieces or wrote around it: a list of fragments, `data: ` before
    each event of a stream, words behind the end."""
    try:
        decoded = decode(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        found = parse_pieces(body)
        decoded = _unwrapped(found)
    return decoded if isinstance(decoded, list) else [decoded]


def pieces_of_cut(body: bytes) -> list[object]:
    """The same of a body whose end may be missing, then of its beginning; for what was paid for, half of an answer is
    none."""
    try:
        return pieces(body)
    except ValueError:
        return [parse(closed(body[:_MOST_OF_CUT].decode("utf-8", "replace")).encode("utf-8", "replace"))]


def _unwrapped(decoded: object) -> object:
    return decoded[0] if isinstance(decoded, list) and len(decoded) == 1 else decoded


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list; of anything else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """A number of things; int64 is a string in protobuf's JSON. None for what is no number, or one that is
    negative or larger than a machine counts."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and (written := _WHOLE.fullmatch(value)):
        value = int(written[1])
    return value if isinstance(value, int) and 0 <= value < _MOST else None


def either(holder: Mapping[str, Any], camel: str, snake: str) -> object:
    """A field by its name on the wire, or as gateways that read protobuf's own names write it."""
    value = holder.get(camel)
    return holder.get(snake) if value is None else value
