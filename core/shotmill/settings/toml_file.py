"""Reading a TOML file: its values, the lines they stand on, and plain words for what does not parse."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shotmill.settings.faults import Fault, SettingsError, settings_error
from shotmill.settings.toml_lines import MOST_PARTS, KeyPath, key_lines, overlong_key

LARGEST_FILE = 1_000_000  # bytes; a settings file of a megabyte is something else
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


class TomlFile:
    """A file that parsed. `hides_values`: its values may be secrets and are never shown."""

    def __init__(self, path: Path, text: str, *, hides_values: bool = False) -> None:
        """Raises SettingsError with the line and what was expected there."""
        self.path = path
        self.hides_values = hides_values
        self._text = text
        self._lines: Mapping[KeyPath, int] | None = None
        self.values: dict[str, Any] = {}
        if line := overlong_key(text):
            raise settings_error([Fault(path, line, f"a key of more than {MOST_PARTS} parts, with dots between them")])
        said = self._parse()
        if said:  # raised out here, for the parser's error holds the text, secrets and all
            raise _syntax_error(path, text, said)

    def _parse(self) -> str:
        """Fills `values`; answers with what the parser said against the text."""
        try:
            self.values = tomllib.loads(self._text)
        except RecursionError:
            return "brackets are nested too deep"
        except tomllib.TOMLDecodeError as error:
            return str(error)
        except ValueError:  # the parser leaves some of Python's own refusals as they are
            return "a number is too long"
        return ""

    def line_of(self, path: KeyPath) -> int:
        """The line of `path`, or of the nearest table around it; 0 for what stands nowhere."""
        if self._lines is None:
            self._lines = key_lines(self._text)
        for length in range(len(path), 0, -1):
            line = self._lines.get(path[:length])
            if line is not None:
                return line
        return 0


def read_toml(path: Path) -> TomlFile | None:
    """The file at `path`, or None when there is none. Raises SettingsError for what can't be read or parsed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        return TomlFile(path, text_of(path, descriptor))
    finally:
        os.close(descriptor)


def text_of(path: Path, descriptor: int) -> str:
    """The text of an open file: regular, of a sane size, UTF-8 with or without a byte order mark."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise settings_error([Fault(path, 0, "is not a regular file")], cure=f"Put a text file at {path}")
    if status.st_size > LARGEST_FILE:
        raise settings_error([Fault(path, 0, f"is larger than {LARGEST_FILE // 1_000_000} MB")])
    try:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise settings_error([Fault(path, line, "is not UTF-8 text")], cure="Save the file as UTF-8") from None


def unreadable(path: Path, error: OSError) -> SettingsError:
    """The system's word on why `path` can't be read."""
    said = f"can't be read: {error.strerror or type(error).__name__}"
    return settings_error([Fault(path, 0, said)], cure=f"Make {path} readable for you")


def _syntax_error(path: Path, text: str, said: str) -> SettingsError:
    place = _PLACE.search(said)
    words = _PLACE.sub("", said)
    if place is not None and place["line"]:
        line, column = int(place["line"]), f", column {place['column']}"
    else:
        line, column = text.rstrip().count("\n") + 1, ""
    return settings_error([Fault(path, line, f"{_plain(words)}{column}")])


def _plain(words: str) -> str:
    """The parser's few messages in our words; one that is not known is passed on."""
    if words.startswith("Cannot overwrite a value"):
        return "this key stands in the file twice"
    if words.startswith(("Cannot declare", "Cannot mutate", "Cannot redefine", "Duplicate")):
        return "this table or key stands in the file twice"
    if words.startswith("Invalid value"):
        return 'expected a value: text in "quotes", a number, true, false, [ … ] or { … }'
    if words.startswith("Unterminated string"):
        return "expected a closing quote"
    if words.startswith("Expected newline"):
        return "expected the end of the line after the value; text stands in quotes"
    return words[:1].lower() + words[1:]
