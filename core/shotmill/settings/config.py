"""`config.toml`: what the user sets for every project: hooks, theme, keys, mouse, marks, what the terminal is told."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from shotmill.settings.faults import Fault, settings_error
from shotmill.settings.folders import Folders
from shotmill.settings.schema import RefusedError, Settings, Table, boolean, choice, listed, matching, text
from shotmill.settings.toml_file import read_toml

_NO_BINDINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({})
Desktop = Literal["auto", "off", "osc9", "osc99", "osc777"]
_ACTION = r"[a-z][a-z0-9_.-]{0,63}"
_THEME = r"[A-Za-z0-9][A-Za-z0-9 _-]{0,63}"
_BELONGS = {
    **dict.fromkeys(("finished", "waiting", "failed"), "hooks"),
    **dict.fromkeys(("theme", "mouse", "marks"), "the top of the file, above the first table"),
    **dict.fromkeys(("bell", "desktop", "title", "progress"), "notify"),
}


@dataclass(frozen=True, slots=True)
class Hooks:
    """Programs to run, each as its words (no shell); empty: none."""

    finished: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """What a screen tells its terminal beside the picture.

    `bell`: once for each of finished, all waiting, the first thing for you. `desktop`: a message for the same, while
    the screen is not looked at; `auto` sends what this terminal is known to show, `off` nothing, a protocol's name
    that one. `title`: how far it is, in the window's title. `progress`: the bar that some terminals have in their tab.
    """

    bell: bool = True
    desktop: Desktop = "auto"
    title: bool = True
    progress: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """`theme`: a theme's name, empty for the usual one. `bindings`: the keys for each action that is bound anew; an
    empty tuple takes the action's key away. `marks`: whether states are drawn as symbols or written in plain ASCII.
    """

    theme: str = ""
    mouse: bool = True
    marks: Literal["drawn", "plain"] = "drawn"
    bindings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_BINDINGS)
    hooks: Hooks = field(default_factory=Hooks)
    notify: Notify = field(default_factory=Notify)


def load_config(folders: Folders) -> Config:
    """The user's `config.toml`; the defaults where there is none.

    Raises SettingsError with every fault. Which themes and actions there are, their own rooms know. A file with hooks
    that another user could have written is refused: it names programs that would run as this user.
    """
    file = read_toml(folders.config_file)
    if file is None:
        return Config()
    settings = Settings(file)
    top = settings.root
    config = Config(
        theme=top.take("theme", matching(f"|{_THEME}", "the name of a theme"), ""),
        mouse=top.take("mouse", boolean, True),
        marks=cast(Literal["drawn", "plain"], top.take("marks", choice("drawn", "plain"), "drawn")),
        bindings=_bindings(top.table("keys")),
        hooks=_hooks(top.table("hooks")),
        notify=_notify(top.table("notify")),
    )
    top.close(_BELONGS)
    settings.finish()
    if config.hooks != Hooks():
        _check_writers(folders.config_file)
    return config


def _bindings(table: Table) -> Mapping[str, tuple[str, ...]]:
    bindings: dict[str, tuple[str, ...]] = {}
    for action in table.values:
        bindings[action] = table.take(action, _keys, ())
        try:
            matching(_ACTION, "the name of an action")(action)
        except RefusedError as refusal:
            table.fault(action, refusal.said)
    return MappingProxyType(bindings)


def _keys(value: object) -> tuple[str, ...]:
    one = matching(r"\S{1,40}", 'a key such as "s" or "ctrl+x"')
    if isinstance(value, str):
        return (one(value),)
    if not isinstance(value, list):
        raise RefusedError('must be a key such as "s", or a list of keys')
    return tuple(dict.fromkeys(listed(one, "keys")(value)))


def _hooks(table: Table) -> Hooks:
    hooks = Hooks(*(table.take(name, _program, ()) for name in ("finished", "waiting", "failed")))
    table.close(_BELONGS)
    return hooks


def _notify(table: Table) -> Notify:
    notify = Notify(
        bell=table.take("bell", boolean, True),
        desktop=cast(Desktop, table.take("desktop", choice("auto", "off", "osc9", "osc99", "osc777"), "auto")),
        title=table.take("title", boolean, True),
        progress=table.take("progress", boolean, True),
    )
    table.close(_BELONGS)
    return notify


def _program(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise RefusedError('must be a list, the program and each of its words by itself: ["notify-send", "done"]')
    words = listed(text(), "words")(value)
    if not words or not words[0].strip():
        raise RefusedError("must begin with a program; for no hook leave the line out")
    if any("\x00" in word for word in words):
        raise RefusedError("must not hold NUL characters")
    return words


def _check_writers(path: Path) -> None:
    status = path.stat()
    quoted = shlex.quote(str(path))
    if status.st_uid not in (os.geteuid(), 0):
        said, cure = (
            "names programs to run, and belongs to another user",
            f"If it is yours: sudo chown {os.geteuid()} {quoted}",
        )
    elif status.st_mode & stat.S_IWOTH:
        said, cure = "names programs to run, and every user may change it", f"chmod o-w {quoted}"
    else:
        return
    raise settings_error([Fault(path, 0, said)], cure=cure)
