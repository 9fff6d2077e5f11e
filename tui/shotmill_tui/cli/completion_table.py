"""What can be typed after `shotmill`, read from the table of commands and from their own parsers."""

from __future__ import annotations

import re
from argparse import SUPPRESS, Action, ArgumentParser
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from shotmill_tui.cli.commands import SHOWN, Command

STYLE, KEY, FILE, FOLDER, WORD = "style", "key", "file", "folder", "word"
"""What may stand somewhere: a style's name, a key's name, a path, or something that nobody can guess. Words to choose
from are written out instead, with `|` between them."""

_CHOICE = re.compile(r"\[(\w+(?:\|\w+)+)\]")


@dataclass(frozen=True, slots=True)
class Flag:
    """An option: its spellings, its line of help, and what follows it (empty: nothing)."""

    names: tuple[str, ...]
    says: str
    takes: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A command, or one of the actions that it has; `places` are the kinds of its plain words, `actions` its own."""

    name: str
    says: str
    flags: tuple[Flag, ...]
    places: tuple[str, ...] = ()
    actions: tuple[Word, ...] = ()


def words() -> tuple[Word, ...]:
    """Every advertised command."""
    return tuple(_word(command) for command in SHOWN)


def _word(command: Command) -> Word:
    module: Any = import_module(f"shotmill_tui.cli.{command.module}")
    actions = getattr(module, "ACTIONS", None)
    if isinstance(actions, dict):
        found = tuple(_read(name, action.says, _parser(action.arguments)) for name, action in actions.items())
        return Word(command.name, command.says, (_HELP,), actions=found)
    if command.name == "emulator":
        from shotmill.emulator.command import parser

        return _read(command.name, command.says, parser())
    return _read(command.name, command.says, _parser(module.arguments))


_HELP = Flag(("-h", "--help"), "show what it takes")


def _parser(arguments: Any) -> ArgumentParser:
    parser = ArgumentParser(add_help=False)
    arguments(parser)
    return parser


def _read(name: str, says: str, parser: ArgumentParser) -> Word:
    flags, places = [_HELP], []
    for action in parser._actions:  # argparse has no other way to be asked
        if action.help == SUPPRESS or action.dest == "help":
            continue
        if action.option_strings:
            help_line = " ".join((action.help or "").split())
            flags.append(Flag(tuple(action.option_strings), help_line, _takes(action)))
        else:
            places.append(_takes(action))
            if "PROJECT]" in str(action.metavar):
                places.append(FOLDER)
    return Word(name, says, tuple(flags), tuple(places))


def _takes(action: Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        return "|".join(str(choice) for choice in action.choices)
    choice = _CHOICE.search(action.metavar) if isinstance(action.metavar, str) else None
    if choice is not None:
        return choice.group(1)
    if action.metavar in ("FILE", "DIR"):
        return FILE if action.metavar == "FILE" else FOLDER
    return {"style": STYLE, "project": FOLDER, "name": KEY, "old": KEY}.get(action.dest, WORD)
