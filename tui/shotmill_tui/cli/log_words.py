"""A line of the log in words: `12:04:11 ✓ illustration 6.3  8.1 s  1.4 MB  anna`. Pure functions."""

from __future__ import annotations

import json
import time

from shotmill.untrusted import printable
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import clock, length, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_MARKS = {
    "sent": ("→", ">", "blue"),
    "done": ("✓", "v", "green"),
    "again": ("↻", "r", "yellow"),
    "failed": ("✗", "x", "red"),
    "blocked": ("⊘", "#", "magenta"),
    "in_doubt": ("?", "?", "orange"),
    "exists": ("=", "=", "dim"),
}


def parsed(line: bytes) -> dict[str, Any] | None:
    """The line's object; None for one that was torn by a crash or is none of ours."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def wanted(data: dict[str, Any], style: str | None, least: int, levels: Sequence[str]) -> bool:
    """Whether a line is of the style (None: of any) and at least of the level with index `least`."""
    level = data.get("level")
    if level in levels and levels.index(level) < least:
        return False
    return style is None or data.get("style") == style


def in_words(data: dict[str, Any], today: str, terminal: Terminal, *, with_style: bool = True) -> str:
    """One line for people; the day stands before the time where it isn't `today` (`2026-11-23`)."""
    mark, plain, colour = _MARKS.get(str(data.get("event")), _note(data))
    where = [data.get("style"), data.get("beat")] if with_style else [data.get("beat")]
    head = [_when(data, today, terminal), terminal.paint(plain if terminal.plain_marks else mark, colour)]
    head += [printable(str(word), 40) for word in where if word]
    facts = []
    if isinstance(data.get("seconds"), int | float):
        facts.append(length(data["seconds"]))
    if isinstance(data.get("bytes"), int):
        facts.append(size(data["bytes"]))
    facts += [printable(str(data[name]), 400) for name in ("text", "key") if data.get(name)]
    return "  ".join([" ".join(head), *facts])


def _note(data: dict[str, Any]) -> tuple[str, str, str]:
    return {"error": ("!", "!", "red"), "warning": ("!", "!", "yellow")}.get(str(data.get("level")), ("·", "-", "dim"))


def _when(data: dict[str, Any], today: str, terminal: Terminal) -> str:
    at = data.get("at")
    if not isinstance(at, int | float):
        return terminal.paint("--:--:--", "dim")
    day = time.strftime("%Y-%m-%d", time.localtime(at))
    return terminal.paint(clock(at) if day == today else f"{day} {clock(at)}", "dim")
