"""Reading a settings table strictly: every key is asked for by name with the reader of what it may hold.

A reader takes the value as TOML gave it and returns it in its proper type, or raises `RefusedError` with what is
allowed. A `Table` turns that into a fault with its line, goes on with the default, and reports the keys nobody asked
for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from shotmill.settings.faults import Fault, did_you_mean, settings_error
from shotmill.settings.toml_file import TomlFile
from shotmill.settings.toml_lines import KeyPath
from shotmill.untrusted import printable

T = TypeVar("T")
D = TypeVar("D")
Reader = Callable[[object], T]

_LONGEST_NAME = 32  # of a key in keys.toml


class RefusedError(ValueError):
    """A value that is not allowed. `said` follows the key's name: `must be …`; `at` is the place inside the value;
    without `shows` the value itself is not repeated.
    """

    def __init__(self, said: str, at: tuple[int, ...] = (), *, shows: bool = True) -> None:
        super().__init__(said)
        self.said = said
        self.at = at
        self.shows = shows


class Settings:
    """A settings file while it is read: collects the faults of all its tables."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self._faults: list[Fault] = []

    @property
    def root(self) -> Table:
        return Table(self, (), self.file.values)

    def fault(self, path: KeyPath, said: str) -> None:
        """`said` is told with the line and the name of the key at `path`."""
        name = self.named(path)
        self._faults.append(Fault(self.file.path, self.file.line_of(path), f"{name} {said}" if name else said))

    def named(self, path: KeyPath) -> str:
        """The name of a key. Where values are secrets, one that stands where a name should is cut short too."""
        if self.file.hides_values:
            path = tuple(
                f"{part[:4]}…" if isinstance(part, str) and len(part) > _LONGEST_NAME else part for part in path
            )
        return dotted(path)

    def finish(self) -> None:
        """Raises one SettingsError with every fault, if there is any."""
        if self._faults:
            raise settings_error(self._faults)


class Table:
    """One table; `take` its keys, then `close` it."""

    def __init__(self, settings: Settings, path: KeyPath, values: Mapping[str, object]) -> None:
        self.path = path
        self.values = values
        self._settings = settings
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        return key in self.values

    def take(self, key: str, read: Reader[T], default: D) -> T | D:
        """The value of `key`, or `default` where the key is absent or what it holds is a fault."""
        self._known.append(key)
        if key not in self.values:
            return default
        value = self.values[key]
        try:
            return read(value)
        except RefusedError as refusal:
            instead = self._not(value, refusal.at) if refusal.shows else ""
            self.fault(key, f"{refusal.said}{instead}", refusal.at)
            return default

    def table(self, key: str) -> Table:
        """The table at `key`; an empty one where it is absent or no table stands there."""
        self._known.append(key)
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fault(
                key,
                f"must be a table: [{self._settings.named((*self.path, key))}] and its keys below it{self._not(value)}",
            )
            value = {}
        return Table(self._settings, (*self.path, key), value)

    def close(self, elsewhere: Mapping[str, str] | None = None) -> None:
        """Reports the keys that were not taken. `elsewhere`: the table where a key of that name belongs."""
        for key in self.values:
            if key not in self._known:
                self.fault(key, self._unknown(key, elsewhere or {}))

    def fault(self, key: str, said: str, at: tuple[int, ...] = ()) -> None:
        self._settings.fault((*self.path, key, *at), said)

    def _unknown(self, key: str, elsewhere: Mapping[str, str]) -> str:
        place = f"in [{self._settings.named(self.path)}]" if self.path else "here"
        if key in elsewhere and elsewhere[key] != dotted(self.path):
            return f"is not known {place}; it belongs in [{elsewhere[key]}]"
        near = did_you_mean(key, self._known)
        return f"is not known {place}{near}" + ("" if near else f"; allowed: {', '.join(self._known)}")

    def _not(self, value: object, at: tuple[int, ...] = ()) -> str:
        for index in at:
            value = value[index] if isinstance(value, list) else value
        return "" if self._settings.file.hides_values else f", not {shown(value)}"


def dotted(path: KeyPath) -> str:
    """A path as TOML writes it: `styles."my look".references[0]`, each part short enough for a line."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            word = printable(part, 40)
            quoted = word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else f'"{word}"'
            text += f".{quoted}" if text else quoted
    return text


def shown(value: object) -> str:
    """A value of a file in a few characters, as TOML would write it."""
    if isinstance(value, str):
        return f'"{printable(value, 40)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return printable(str(value), 40)


def text(longest: int = 10_000, *, empty: bool = True) -> Reader[str]:
    """Text of at most `longest` characters."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise RefusedError('must be text in "quotes"')
        if not value.strip() and not empty:
            raise RefusedError("must not be empty")
        if len(value) > longest:
            raise RefusedError(f"must be at most {longest} characters long")
        return value

    return read


def matching(pattern: str, allowed: str) -> Reader[str]:
    """Text of one form; `allowed` says which."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise RefusedError(f"must be {allowed}")
        return value

    return read


def choice(*words: str) -> Reader[str]:
    """One of a few words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            near = did_you_mean(value, words) if isinstance(value, str) else ""
            raise RefusedError(f"must be {' or '.join(shown(word) for word in words)}{near}")
        return value

    return read


def whole(low: int, high: int) -> Reader[int]:
    """A whole number from `low` to `high`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise RefusedError(f"must be a whole number from {low} to {high}")
        return value

    return read


def number(low: float, high: float, *, above_low: bool = False, hint: str = "") -> Reader[float]:
    """A number from `low` to `high`; with `above_low` the low end itself is not allowed."""
    span = f"above {low:g} and at most {high:g}" if above_low else f"from {low:g} to {high:g}"

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise RefusedError(f"must be a number {span}{hint}")
        if not low <= value <= high or (above_low and value == low):
            raise RefusedError(f"must be a number {span}{hint}")
        return float(value)

    return read


def boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise RefusedError("must be true or false")
    return value


def listed(read_one: Reader[T], of_what: str) -> Reader[tuple[T, ...]]:
    """A list whose elements are all read by `read_one`; `of_what` names them."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise RefusedError(f"must be a list of {of_what}: [ … ]")
        return tuple(_element(read_one, element, index) for index, element in enumerate(value))

    return read


def _element(read_one: Reader[T], element: object, index: int) -> T:
    try:
        return read_one(element)
    except RefusedError as refusal:
        raise RefusedError(refusal.said, (index, *refusal.at), shows=refusal.shows) from None


def joined(words: Sequence[str]) -> str:
    """`"1K", "2K", "4K"`."""
    return ", ".join(f'"{word}"' for word in words)
