"""Prompts and storyboards in `.json`: a bare array, or an object that holds the array.

The standard library's scanner reads one prompt after the other, so each one's line is known at the cost of counting
line ends. Where it refuses, `json_trouble` looks closely for the place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from shotmill.story.crowds import MOST_ROWS, refuse_crowd, too_many
from shotmill.story.json_trouble import RefusedError, find_trouble
from shotmill.story.problems import Problem, UnreadableError, found, note, snippet
from shotmill.story.rows import ARRAY_EXPECTED, HOLDERS, ROW_EXPECTED, Row

_INT_DIGITS = 400  # more than a double holds, fewer than Python refuses to print
_WHITESPACE = re.compile(r"[ \t\n\r]*")
_SEPARATOR = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_EXPECTED = {
    "Expecting value": "expected a value",
    "Expecting ',' delimiter": "expected a comma or the end of the list or object",
    "Expecting ':' delimiter": "expected a colon",
    "Expecting property name enclosed in double quotes": "expected a name in double quotes",
    "Illegal trailing comma before end of object": "expected a name in double quotes",
    "Illegal trailing comma before end of array": "expected a value",
    "Unterminated string starting at": "expected the string to end with a double quote",
    "Invalid control character at": r"expected it to be written as \n, \t or \u0000",
}


def read_json(text: str, problems: list[Problem]) -> Iterator[Row]:
    """The rows of a `.json` file; a `Reader`."""
    refuse_crowd(text)
    return _Reader(text, problems).read()


class _Reader:
    """One pass over a text; keeps the last line it counted, so that lines are counted once."""

    def __init__(self, text: str, problems: list[Problem]) -> None:
        self._problems = problems
        self._end = 0
        self._text = text
        self._counted = (0, 1)
        # Lone surrogates can only come from escapes: a file without any needs no check of its strings.
        self._surrogates = _SURROGATE.search(text) is not None

    def read(self) -> Iterator[Row]:
        start = self._skip(0)
        opening = self._text[start : start + 1]
        if opening == "[":
            yield from self._array(start)
        elif opening == "{":
            yield from self._holder(start)
        else:
            raise self._wrong(start, ARRAY_EXPECTED)
        if (rest := self._skip(self._end)) < len(self._text):
            raise self._wrong(rest, "expected the end of the file")

    def _array(self, start: int) -> Iterator[Row]:
        """The rows of the array that begins at `start`; `_end` is behind it afterwards."""
        text, index = self._text, self._skip(start + 1)
        if text[index : index + 1] == "]":
            self._end = index + 1
            return
        line, counted, between = self._line(index), index, ""
        scan = self._value if self._surrogates else _SCAN
        while True:
            try:
                value, end = scan(text, index)
            except (ValueError, StopIteration, RecursionError):
                value, end = self._value(text, index)  # says what is wrong and where
            if text.find("\n", counted, index) >= 0:  # finding none costs a tenth of counting none
                line += text.count("\n", counted, index)
            counted = index
            if isinstance(value, dict):
                yield Row(line, value)
            else:
                note(self._problems, Problem(line, f"found {found(value)}, {ROW_EXPECTED}"))
            if not between or not text.startswith(between, end):
                between = self._between(end)
                if not between:
                    return
            index = end + len(between) - 1

    def _between(self, end: int) -> str:
        """What stands between a row that ends at `end` and the next one, with the first sign of that; nothing at the
        array's end. It is the same between most rows.
        """
        text, separator = self._text, _SEPARATOR.match(self._text, end)
        index = separator.end() if separator is not None else self._skip(end)
        if text[index : index + 1] != "]":
            if separator is None:
                raise self._wrong(index, "expected a comma or ] after a prompt")
            if index == len(text):
                raise self._wrong(index, "expected a value")
            return text[end : index + 1]
        if separator is not None:
            raise self._wrong(index, "expected another prompt after the comma")
        self._end = index + 1
        return ""

    def _holder(self, start: int) -> Iterator[Row]:
        """The array under the most telling key; other values are read past."""
        arrays: dict[str, list[Row]] = {}
        seen: set[str] = set()
        index = self._skip(start + 1)
        while self._text[index : index + 1] != "}" or seen:
            key, index = self._key(index)
            if key in seen:
                raise UnreadableError(Problem(self._line(index), f"the key {found(key)} is there twice, expected once"))
            seen.add(key)
            if key in HOLDERS and self._text[index : index + 1] == "[":
                arrays[key] = list(islice(self._array(index), MOST_ROWS + 1))
                if len(arrays[key]) > MOST_ROWS:
                    raise too_many(arrays[key][-1].line)
                index = self._end
            else:
                _, index = self._value(self._text, index)
            index = self._skip(index)
            if self._text[index : index + 1] == "}":
                break
            if self._text[index : index + 1] != ",":
                raise self._wrong(index, "expected a comma or } after a value")
            index = self._skip(index + 1)
        self._end = index + 1
        for key in HOLDERS:
            if key in arrays:
                yield from arrays[key]
                return
        raise UnreadableError(Problem(self._line(start), f"found an object without prompts, {ARRAY_EXPECTED}"))

    def _key(self, index: int) -> tuple[str, int]:
        """A name and the colon behind it; the index of the value."""
        if self._text[index : index + 1] != '"':
            raise self._wrong(index, "expected a name in double quotes")
        key, end = self._value(self._text, index)
        colon = self._skip(end)
        if self._text[colon : colon + 1] != ":":
            raise self._wrong(colon, "expected a colon")
        return key, self._skip(colon + 1)

    def _value(self, text: str, index: int) -> tuple[Any, int]:
        try:
            value, end = _DECODER.raw_decode(text, index)
            if self._surrogates:
                json.dumps(value, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            raise self._wrong(error.pos, _EXPECTED.get(error.msg, f"expected valid JSON ({error.msg})")) from error
        except (RefusedError, RecursionError, UnicodeEncodeError) as error:
            offset, trouble = find_trouble(text, index)
            raise UnreadableError(Problem(self._line(offset), trouble, self._column(offset))) from error
        return value, end

    def _skip(self, index: int) -> int:
        match = _WHITESPACE.match(self._text, index)
        return match.end() if match else index

    def _line(self, offset: int) -> int:
        index, line = self._counted
        if offset < index:
            return self._text.count("\n", 0, offset) + 1
        self._counted = (offset, line + self._text.count("\n", index, offset))
        return self._counted[1]

    def _column(self, offset: int) -> int:
        return offset - self._text.rfind("\n", 0, offset)

    def _wrong(self, offset: int, expected: str) -> UnreadableError:
        text = f"found {snippet(self._text, offset)}, {expected}"
        return UnreadableError(Problem(self._line(offset), text, self._column(offset)))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise RefusedError
    return fields


def _whole(digits: str) -> int:
    if len(digits) > _INT_DIGITS:
        raise RefusedError
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise RefusedError
    return number


def _constant(word: str) -> float:
    raise RefusedError(word)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)
_SCAN: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]
"""What `raw_decode` calls: its errors say less, and it costs a third less for a row."""
