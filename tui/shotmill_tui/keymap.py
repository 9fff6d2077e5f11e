"""The user's own keys, `[keys]` of config.toml: what fits is bound, the rest is told and nothing is lost by it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from shotmill.settings.faults import did_you_mean
from shotmill.untrusted import printable
from shotmill_tui.actions import ACTIONS, GROUPS, MOVES, Action
from shotmill_tui.model.hints import Keys, named

ALWAYS_LEAVES = ("ctrl+c", "ctrl+q")
"""However keys are bound, these close the screen: nobody may be locked in."""

_FIXED = frozenset({*(key for key, _, _ in MOVES), *"123456789", *ALWAYS_LEAVES, "ctrl+l", "ctrl+z"})
_SHOWN = {"escape": "Esc", "enter": "Enter", "space": "Space", "backspace": "Backspace", "delete": "Del",
          "insert": "Ins"}  # fmt: skip
_NAMED = frozenset({*_SHOWN, *(f"f{number}" for number in range(1, 25))})
_WITH = re.compile(r"(?P<held>(?:ctrl\+|alt\+|shift\+)*)(?P<key>.+)", re.DOTALL)
_TEXTUAL = {"hyphen_minus": "minus", "low_line": "underscore", "solidus": "slash", "reverse_solidus": "backslash",
            "commercial_at": "at", "plus_sign": "plus"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyFault:
    """What could not be done with the line for `action`."""

    action: str
    said: str

    def __str__(self) -> str:
        return f"keys.{printable(self.action, 64)}: {self.said}"


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The actions with the keys that they have here. `moved` is for keys that lost their meaning: what they did, and
    where that is now."""

    actions: tuple[Action, ...] = ACTIONS
    faults: tuple[KeyFault, ...] = ()
    moved: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, name: str) -> Action:
        return next(one for one in self.actions if one.id == name)

    @property
    def keys(self) -> Keys:
        """Each action's key, as people write it."""
        return {one.id: one.shown for one in self.actions}

    def of_key(self, key: str) -> str | None:
        """The action of a key as Textual names it; None for those that no screen may take."""
        name = key_name(key)
        if name in ALWAYS_LEAVES:
            return None
        return next((one.id for one in self.actions if name in map(key_name, one.keys)), None)

    def help(self, action: Action) -> str:
        """What an action does; more than one key is told too."""
        keys = (*action.keys, ALWAYS_LEAVES[0]) if action.id == "detach" else action.keys
        others = [shown for shown in dict.fromkeys(shown_key(key_name(key)) for key in keys) if shown != action.shown]
        return named(action.help, self.keys) + (f" (also {', '.join(others)})" if others else "")


def rebound(bindings: Mapping[str, tuple[str, ...]], actions: Sequence[Action] = ACTIONS) -> Keyboard:
    """`bindings` as config.toml has them. A key that the user names wins over one that an action has by itself; of two
    lines with the same key the first keeps it."""
    faults: list[KeyFault] = []
    wanted = _wanted(bindings, {one.id for one in actions}, faults)
    if not wanted:
        return Keyboard(tuple(actions), tuple(faults))
    owner = {key: name for name in reversed(wanted) for key in wanted[name]}
    new: list[Action] = []
    for one in actions:
        usual = tuple(key for key in one.keys if owner.get(key_name(key), one.id) == one.id)
        keys = tuple(key for key in wanted[one.id] if owner[key] == one.id) if one.id in wanted else usual
        if not keys and one.keys and bindings.get(one.id) != () and one.id not in wanted:
            other = owner[key_name(one.keys[0])]
            faults.append(KeyFault(other, f"takes {one.shown} from {one.id}, which has no key now"))
        new.append(one if keys == one.keys else replace(one, keys=keys, shown=shown_key(keys[0]) if keys else ""))
    return Keyboard(tuple(new), tuple(faults), _moved(actions, new))


def _wanted(
    bindings: Mapping[str, tuple[str, ...]], known: set[str], faults: list[KeyFault]
) -> dict[str, tuple[str, ...]]:
    """Action → keys as Textual names them, without those that can't be."""
    wanted: dict[str, tuple[str, ...]] = {}
    taken: dict[str, str] = {}
    for written, keys in bindings.items():
        name = written.replace("-", "_")
        if name not in known:
            faults.append(KeyFault(written, f"there is no such action{did_you_mean(name, sorted(known))}"))
            continue
        good: list[str] = []
        for key in keys:
            named, fault = _checked(key)
            if not fault and taken.setdefault(named, name) != name:
                fault = f"{key} is the key of {taken[named]} already"
            if fault:
                faults.append(KeyFault(written, fault))
            else:
                good.append(named)
        if good or not keys:
            wanted[name] = tuple(dict.fromkeys(good))
    return wanted


def _checked(key: str) -> tuple[str, str]:
    """The key's name in Textual, and what is wrong with it."""
    named = key_name(key)
    if named in _FIXED or key in _FIXED:
        return named, f"{printable(key, 40)} is fixed: moves, 1 to 9, Ctrl-C, Ctrl-L and Ctrl-Z can't be bound"
    match = _WITH.fullmatch(key)
    bare = match["key"] if match else key
    if len(bare) == 1 or bare.casefold() in _NAMED:
        return named, ""
    near = did_you_mean(bare, sorted(_NAMED))
    return named, f'no key is called {printable(key, 40)}{near}; write one like "s", "X", "ctrl+x", "f5" or "space"'


def key_name(key: str) -> str:
    """`:` is `colon` to Textual, letters and named keys are themselves."""
    if len(key) != 1:
        if key.startswith("upper_"):
            return key[-1].upper()
        held, _, last = key.rpartition("+")
        if held and len(last) == 1:
            return f"{held.casefold()}+{key_name(last)}"
        return key.casefold()
    if key.isalnum():
        return key
    name = unicodedata.name(key, key).casefold().replace("-", "_").replace(" ", "_")
    return _TEXTUAL.get(name, name)


def shown_key(key: str) -> str:
    """As people write it: `X`, `:`, `Ctrl-X`, `Esc`."""
    *held, last = key.split("+")
    last = _SHOWN.get(last) or _CHARACTERS.get(last) or (last.upper() if re.fullmatch(r"f\d+", last) else last)
    return "-".join([*(one.capitalize() for one in held), last.upper()]) if held else last


def key_table() -> str:
    """The README's table of the usual keys, in Markdown."""
    keyboard, rows = Keyboard(), ["| key | does |", "| --- | --- |"]
    for group in GROUPS:
        rows.extend(f"| `{one.shown}` | {keyboard.help(one)} |" for one in ACTIONS if one.group == group)
    rows.append("| `1`–`9` | Focus a panel, or open a style |")
    rows.extend(f"| `{shown}` | {told} |" for _, shown, told in MOVES)
    return "\n".join(rows) + "\n"


_CHARACTERS = {key_name(chr(code)): chr(code) for code in range(33, 127)}


def _moved(before: Sequence[Action], after: Sequence[Action]) -> Mapping[str, str]:
    used = {key_name(key) for one in after for key in one.keys}
    told: dict[str, str] = {}
    for old, new in zip(before, after, strict=True):
        for key in old.keys:
            if key_name(key) not in used and key not in ALWAYS_LEAVES:
                told[key_name(key)] = old.label + (f" is {new.shown} here" if new.shown else " has no key here")
    return MappingProxyType(told)
