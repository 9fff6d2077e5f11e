"""What a bundle leaves out unless it is asked for: words of prompts. Where they are wrong and what was expected stays.

Messages about a prompts file repeat what they found in it (`shotmill.story.problems.found`), and travel into checks,
the status and both logs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

_PLACE = re.compile(r"(?:[^\s/]+/)?[^\s/:]+\.(?:json|js|mjs|cjs|txt|md):\d+(?::\d+)?: ")
"""As `shotmill.story.problems.located` names a place."""

_UNSAID = "not as expected"
_PROMPT_SETTINGS = ("prompt_prefix", "prompt_suffix")
_HOOKS = ("hooks",)


def without_prompts(text: str) -> str:
    """A text of messages, line by line: of each problem in a prompts file its place and what was expected there."""
    return "\n".join(_line(line) for line in text.split("\n"))


def all_without_prompts(value: Any) -> Any:
    """The same of every text in a value that becomes JSON."""
    match value:
        case str():
            return without_prompts(value)
        case dict():
            return {name: all_without_prompts(each) for name, each in value.items()}
        case list():
            return [all_without_prompts(each) for each in value]
        case _:
            return value


def settings_without_prompts(text: str) -> str:
    """`shotmill.toml` with its comments, but for the words that it puts around every prompt."""
    return _without(_PROMPT_SETTINGS, text)


def settings_without_hooks(text: str) -> str:
    """`config.toml` with its comments, but for the hooks, however they are spelt."""
    return _without(_HOOKS, text)


def _without(names: Sequence[str], text: str) -> str:
    try:
        document = tomlkit.parse(text)
        _blank(document, names)
        return tomlkit.dumps(document)
    except TOMLKitError:
        return "# (left out: it can't be read as TOML, so nothing tells what to leave out)\n"


def _blank(table: Any, names: Sequence[str]) -> None:
    for name, value in list(table.items()):
        if name in names:
            table[name] = "…"
        elif isinstance(value, dict):
            _blank(value, names)


def _line(line: str) -> str:
    places = list(_PLACE.finditer(line))
    if not places:
        return line
    ends = [*(place.start() for place in places[1:]), len(line)]
    said = [
        place.group() + _expected(line[place.end() : end].rstrip()) for place, end in zip(places, ends, strict=True)
    ]
    return line[: places[0].start()] + " ".join(said)


def _expected(problem: str) -> str:
    """The end of a message, which is ours: what was expected. One that was cut off may end with the file's words."""
    at = max(problem.rfind(f"{before}expected ") for before in (", ", "; "))
    return _UNSAID if at < 0 or problem.endswith("…") else problem[at + 2 :]
