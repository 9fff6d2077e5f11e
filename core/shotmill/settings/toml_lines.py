"""On which line each key of a TOML text stands. The standard parser gives values without places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

MOST_PARTS = 8
"""Of one key; ours have three. What the parser does with `a.a.a = 1` grows with the square of its parts."""
# A string that never ends goes on to where its line or the text does: no sign is looked at twice, whatever the text.
_TOKEN = re.compile(
    r'''(?P<comment>\#[^\n]*)
      | (?P<newline>\n)
      | (?P<space>[ \t\r]+)
      | (?P<string>"""(?:[^"\\]++|\\.?|"(?!""))*+"{0,5} | \'\'\'(?:[^']++|'(?!''))*+'{0,5}
                 | "(?:[^"\\\n]++|\\.)*+"? | '[^'\n]*+'?)
      | (?P<mark>[\[\]{},=.])
      | (?P<bare>[^\s\[\]{},=.\#"']+)''',
    re.VERBOSE | re.DOTALL,
)


def overlong_key(text: str) -> int:
    """The line of the first key of more than `MOST_PARTS` parts, 0 where there is none. The text may be anything; up
    to where it is no TOML any more strings are told from keys as the parser tells them."""
    if text.count(".") < MOST_PARTS:
        return 0
    line, parts = 1, 1
    for match in _TOKEN.finditer(text):
        kind, lexeme = match.lastgroup, match.group()
        if lexeme == ".":
            parts += 1
            if parts > MOST_PARTS:
                return line
        elif kind in ("mark", "newline", "comment"):
            parts = 1
        line += lexeme.count("\n")
    return 0


def key_lines(text: str) -> Mapping[KeyPath, int]:
    """The line, from 1, of every table, key and array element of `text`, which has to be TOML that parses.

    A path is the keys from the top, with the index for an element: `("styles", "clear", "references", 0)`. A table
    that is only implied has the line where it is first implied.
    """
    scan = _Scan()
    line = 1
    for match in _TOKEN.finditer(text):
        kind, lexeme = str(match.lastgroup), match.group()
        if kind not in ("comment", "space"):
            scan.take(kind, lexeme, line)
        line += lexeme.count("\n")
    return scan.lines


class _Frame:
    """An array or inline table that is open: the path it stands at, and the element or key that is being read."""

    __slots__ = ("index", "is_array", "path")

    def __init__(self, path: KeyPath, is_array: bool) -> None:
        self.path = path
        self.is_array = is_array
        self.index = 0


class _Scan:
    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._table: KeyPath = ()
        self._open: list[_Frame] = []
        self._key: list[str] = []
        self._key_line = 0
        self._value: KeyPath | None = None  # the path of the value that is being read; None while a key is
        self._in_header = False

    def take(self, kind: str, lexeme: str, line: int) -> None:
        if kind == "newline":
            self._end_of_line()
        elif self._in_header:
            self._header(kind, lexeme, line)
        elif self._value is None:
            self._take_key(kind, lexeme, line)
        else:
            self._take_value(kind, lexeme, line)

    def _end_of_line(self) -> None:
        if not self._open:
            self._key, self._value, self._in_header = [], None, False

    def _header(self, kind: str, lexeme: str, line: int) -> None:
        if kind == "mark" and lexeme == "]":
            self._table = tuple(self._key)
            self._record(self._table, line)
        elif kind != "mark":
            self._key.append(_unquoted(kind, lexeme))

    def _take_key(self, kind: str, lexeme: str, line: int) -> None:
        if kind == "mark" and lexeme == "[":
            self._in_header = True
        elif kind == "mark" and lexeme == "=":
            within = self._open[-1].path if self._open else self._table
            self._value = (*within, *self._key)
            self._record(self._value, self._key_line)
            self._key = []
        elif kind == "mark" and lexeme == "}":
            self._close()
        elif kind != "mark":
            self._key_line = self._key_line if self._key else line
            self._key.append(_unquoted(kind, lexeme))

    def _take_value(self, kind: str, lexeme: str, line: int) -> None:
        if kind == "mark" and lexeme in "]}":
            self._close()
        elif kind == "mark" and lexeme == ",":
            self._next()
        elif kind == "mark" and lexeme in "[{":
            path = self._here(line)
            self._open.append(_Frame(path, is_array=lexeme == "["))
            self._value = path if lexeme == "[" else None
        else:
            self._here(line)

    def _here(self, line: int) -> KeyPath:
        """The path of the value at hand; an element of an array is put on record."""
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.is_array:
            path: KeyPath = (*frame.path, frame.index)
            self.lines.setdefault(path, line)
            return path
        return self._value or ()

    def _next(self) -> None:
        if not self._open:
            return
        frame = self._open[-1]
        frame.index += 1
        if not frame.is_array:
            self._value = None

    def _close(self) -> None:
        if self._open:
            self._value = self._open.pop().path

    def _record(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)


def _unquoted(kind: str, lexeme: str) -> str:
    return str(tomllib.loads(f"k = {lexeme}")["k"]) if kind == "string" else lexeme
