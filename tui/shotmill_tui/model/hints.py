"""Keys in sentences, named by their action: true however keys are bound, and left out where they do nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from shotmill_tui.model.pieces import Line

Keys = Mapping[str, str]
"""Action and key as people write it; nothing where an action has none."""
KeyOf = Callable[[str], str]
"""The key of an action that can be used where the sentence stands, else nothing."""
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Hint:
    """What the key of `action` does, behind a sentence: `  s goes on`, `: n shows them`; a `wide` one only where there
    is room for the long form."""

    action: str
    words: str = ""
    lead: str = "  "
    wide: bool = False


def with_hints(text: str, hints: Iterable[Hint], key_of: KeyOf) -> Line:
    """The sentence with those of its keys that can be used."""
    line: list[tuple[str, str]] = [(text, "text")]
    for hint in hints:
        if key := key_of(hint.action):
            line += [(hint.lead, "text"), (key, "key")]
            line += [(f" {hint.words}", "text")] if hint.words else []
    return tuple(line)


def named(text: str, keys: Keys) -> str:
    """Words of our own with `{action}` in them: its key, or its name where it has no key."""
    return _NAMED.sub(lambda found: keys.get(found[1]) or found[1].replace("_", " "), text)
