"""Where a secret that stopped a bundle comes from, and what takes it away: for each part, and each value of a part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shotmill.doctor.check import Surroundings
from shotmill.doctor.leaks import find_leak
from shotmill.takes.layout import Layout

FROM_FILES = ("log.txt", "daemon.log", "client.log", "config.toml", "shotmill.toml")
"""Parts that are files of this machine; the others may repeat what stands in them."""
_OF_STATUS = {
    "project.path": "rename the project's folder",
    "project.title": "change title under [project] in shotmill.toml",
    "styles": "rename that style's prompts file, and the style in shotmill.toml",
    "keys": "rename that key or its quota project: shotmill keys rename A B, shotmill keys move NAME PROJECT",
    "run": "shotmill start   (the next run says it anew)",
    "for_you": "shotmill start --retry-failed, or: shotmill doubt skip   (what was answered to that beat goes with it)",
}


def taken_out(name: str, text: str, around: Surroundings) -> str:
    """What takes the secret out of that part, whose text has it; never the secret itself."""
    if name in FROM_FILES or name.startswith("prompts/"):
        return f"Take it out of {_file(name, around)}, then again"
    if name in ("report.txt", "checks.json"):
        return f"It is what {_check(name, text, around)} found: {_HOW_CHECK}, then again"
    where = place_in(_parsed(text), lambda value: find_leak(value, around) is not None)
    if name == "status.json" and where:
        cure = next((cure for begin, cure in _OF_STATUS.items() if where.startswith(begin)), "look there")
        return f"It is {where} of shotmill status --json: {cure}, then again"
    if name == "keys.json":
        return f"It is what keeps a key from being used: mend {around.folders.keys_file}, then again"
    return (
        f"It is {where or 'a value'} in {name}, which is counted from {_file('log.txt', around)}: mend that, then again"
    )


_HOW_CHECK = "take it out of the name or the file that this check tells of (shotmill doctor shows it)"


def place_in(value: Any, is_leak: Callable[[str], bool], at: str = "") -> str:
    """The place of the first text that is one: `for_you[0].what`; that of a whole object where its name is one."""
    for name, below in _children(value):
        if isinstance(name, str) and is_leak(name):
            return at
        place = f"{at}[{name}]" if isinstance(name, int) else f"{at}.{name}".lstrip(".")
        if isinstance(below, str):
            if is_leak(below):
                return place
        elif found := place_in(below, is_leak, place):
            return found
    return ""


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _check(name: str, text: str, around: Surroundings) -> str:
    """The check that found it, by its title where that is none itself."""
    if name == "checks.json":
        found: Mapping[str, Any] = next((one for one in _parsed(text) or () if find_leak(json.dumps(one), around)), {})
        title = str(found.get("title", ""))
    else:
        found_in = next((line for line in text.splitlines() if find_leak(line, around)), "")
        title = found_in[8:].partition(":")[0]
    return f"the check {title}" if title and find_leak(title, around) is None else "a check of shotmill doctor"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _file(name: str, around: Surroundings) -> str:
    of_user = {
        "config.toml": around.folders.config_file,
        "daemon.log": around.folders.daemon_log,
        "client.log": around.folders.client_log,
    }
    root = around.root
    path = of_user.get(name) or (root and (Layout(root).log if name == "log.txt" else root / name))
    return str(path or name)
