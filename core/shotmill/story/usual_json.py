"""The usual prompts file, read in one go: a bare array in `.json`, of prompts with the usual fields in usual forms.

What comes of it is what the careful readers (`json_reader`, `prompts`) make of the same file, for less than half of the
cost. A file in which anything may be wrong, or is only strange, is theirs from its first byte on: nothing is told here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, repeat
from typing import Annotated

from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType
from msgspec.json import Decoder

from shotmill.story.beat_id import HIGHEST_SHOT
from shotmill.story.crowds import MOST_ROWS
from shotmill.story.model import Prompt
from shotmill.story.transition import is_continuous


class _Row(Struct, forbid_unknown_fields=True, gc=False):
    beat_number: str
    ai_prompt: str
    shot_number: Annotated[int, Meta(ge=0, le=HIGHEST_SHOT)] | UnsetType = UNSET
    script_phrase: str | UnsetType = UNSET
    transition_type: str | UnsetType = UNSET


_ROWS = Decoder(list[_Row])
_ID = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,9}")
"""Digits and dots, at most 69: an id as it stands, and a safe name that no other one gets."""
_BETWEEN_ROWS = re.compile(rb"\}[ \t\n\r]*+,[ \t\n\r]*+\{")


def usual_prompts(data: bytes) -> tuple[Prompt, ...] | None:
    """The prompts of a file that is usual throughout; None for any other."""
    if data.count(b"{") > MOST_ROWS:  # too many, before they cost memory; or braces in prompts
        return None
    try:
        rows = _ROWS.decode(data)
    except DecodeError:
        return None
    beats, lines = [row.beat_number for row in rows], _lines(data, len(rows))
    if lines is None or len(set(beats)) < len(beats) or not all(map(_ID.fullmatch, beats)):
        return None
    prompts = tuple(map(_prompt, rows, lines, [False, *repeat(True, len(rows))]))
    return prompts if all(prompt.text for prompt in prompts) and _has_each_key_once(data, rows) else None


def _prompt(row: _Row, line: int, may_continue: bool) -> Prompt:
    beat = row.beat_number
    shot = int(beat.partition(".")[0]) if row.shot_number is UNSET else row.shot_number
    phrase = row.script_phrase.strip() if row.script_phrase else ""
    transition = row.transition_type.strip() if row.transition_type else ""
    continues = may_continue and is_continuous(transition)
    return Prompt(beat, beat, shot, row.ai_prompt.strip(), continues, line, transition or "H", phrase)


def _has_each_key_once(data: bytes, rows: Sequence[_Row]) -> bool:
    """Of a key that is there twice the decoder keeps the last. But the quotes in a file are two for each key, two for
    each text and, behind a backslash, those within texts: a key too many is two quotes too many."""
    texts = [row.ai_prompt for row in rows]
    for column in ([row.script_phrase for row in rows], [row.transition_type for row in rows]):
        texts += [text for text in column if text is not UNSET]
    numbers = sum(row.shot_number is not UNSET for row in rows)
    quotes = 4 * (len(rows) + len(texts)) + 2 * numbers  # the ids are texts as well, without any in them
    if b"\\" in data:
        if b"\\u0022" in data:  # a quote within a text that is none in the file
            return False
        quotes += sum(map(str.count, texts, repeat('"')))
    return data.count(b'"') == quotes


def _lines(data: bytes, count: int) -> Iterable[int] | None:
    """The 1-based lines in which so many rows begin, as no object is within another. None where a prompt has in it
    what stands between two rows."""
    if b"\n" not in data:
        return repeat(1)
    begins = [data.find(b"{"), *(between.end() for between in _BETWEEN_ROWS.finditer(data))]
    if len(begins) != count:
        return None
    return [1 + ends for ends in accumulate(map(data.count, repeat(b"\n"), [0, *begins], begins))]
