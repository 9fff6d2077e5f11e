"""JSON from outside, parsed only where that costs little: a value of three bytes takes a hundred in memory, and the
parser lets nobody else run meanwhile. A string costs what it weighs, so there may be many megabytes of base64."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

MOST_VALUES = 100_000
"""Values of one text: some five times those of the longest list of models, far more than an answer with images has."""


def parse(text: bytes) -> object:
    """What the text says. ValueError for what is not JSON, is nested too deeply, or may hold more than `MOST_VALUES`:
    the commas and brackets in its strings count too, of which base64 has none."""
    _measure(text)
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_pieces(text: bytes) -> list[object]:
    """The objects and lists in the text, whatever words stand between, in brackets too: `data: [DONE]`. ValueError
    where there is none or one is not whole, and as with `parse`."""
    _measure(text)
    words, found, end = text.decode("utf-8", "replace"), list[object](), 0
    try:
        while (begin := _BEGIN.search(words, end)) is not None:
            piece, end = json.JSONDecoder().raw_decode(words, begin.start())
            found.append(piece)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not found:
        raise ValueError("no JSON in it")
    return found


_BEGIN = re.compile(r"""\{(?=\s*(?:["}]|\Z))|\[(?=\s*(?:["{\[\]\d-]|true|false|null|\Z))""")


def _measure(text: bytes) -> None:
    if sum(1 for _ in islice(_signs(text), MOST_VALUES + 1)) > MOST_VALUES:
        raise ValueError("more values than any answer holds")


def _signs(text: bytes) -> Iterator[int]:
    """Where a value may begin behind another one. Found one by one: `find` leaps over megabytes of base64 in a tenth of
    the time in which `count` walks them."""
    for sign in (b",", b"[", b"{"):
        at = text.find(sign)
        while at >= 0:
            yield at
            at = text.find(sign, at + 1)
