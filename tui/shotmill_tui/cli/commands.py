"""The table of commands, and how the words after `shotmill` find theirs."""

from __future__ import annotations

import os
from argparse import ArgumentParser, HelpFormatter
from importlib import import_module

import shotmill
from shotmill.errors import UsageError
from shotmill.untrusted import printable
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from typing import Any, NoReturn, Protocol

    class CommandModule(Protocol):
        """What a command's module offers, and an action of a command that has several."""

        def arguments(self, parser: ArgumentParser) -> None: ...

        def run(self, asked: Namespace, terminal: Terminal) -> int: ...

    class OwnWords(Protocol):
        """A command that reads its words itself."""

        def run_words(self, words: list[str], terminal: Terminal) -> int: ...


class Command:
    """`name` is typed, `module` holds it, `says` is its one line of help; `first` are words put before the rest.

    `mixed`: it takes several words that may have options between them, which costs argparse more time.
    """

    __slots__ = ("first", "mixed", "module", "name", "says")

    def __init__(
        self, name: str, says: str, module: str = "", first: tuple[str, ...] = (), *, mixed: bool = False
    ) -> None:
        self.name = name
        self.says = says
        self.module = module or name
        self.first = first
        self.mixed = mixed


SHOWN = (
    Command("attach", "open the screen (so does shotmill alone)"),
    Command("demo", "make a sample project on the emulator and run it"),
    Command("init", "write shotmill.toml from what is found"),
    Command("extract", "storyboards to prompt files"),
    Command("estimate", "images, price and time to the end, before a cent is spent"),
    Command("start", "start or resume drawing"),
    Command("stop", "stop after the images in flight, or now"),
    Command("doubt", "list or settle what may have been paid for", mixed=True),
    Command("status", "how far a project is"),
    Command("ps", "all projects of the daemon"),
    Command("watch", "follow a run in whole lines, in words"),
    Command("logs", "what happened, line by line"),
    Command("keys", "the API keys: list, add, remove, rename, move, test"),
    Command("doctor", "check everything, with the cure for what is wrong"),
    Command("reset", "forget records or set images aside; can be undone"),
    Command("daemon", "the daemon by hand: run, start, stop, restart, status, install"),
    Command("emulator", "the local Gemini emulator by itself"),
    Command("help", "a page for each trouble"),
    Command("completions", "a script that lets bash, zsh or fish complete"),
)

HIDDEN = (
    Command("run", "", "start"),
    Command("ls", "", "ps"),
    Command("retry", "", "start", ("--retry-failed",)),
    Command("diagnostics", "", "doctor"),
)

BY_NAME = {command.name: command for command in SHOWN + HIDDEN}


class Help(HelpFormatter):
    """Help as wide as the terminal, without the import that argparse takes to find out, for help or not."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = 80
        super().__init__(prog, max_help_position=28, width=min(columns or 80, 110) - 2)


class Parser(ArgumentParser):
    """An argument parser whose complaints are errors like all others."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}", cure=f"{self.prog} -h")


def find(words: list[str]) -> tuple[Command, list[str]] | None:
    """The command that the words ask for, and the words that are left for it; None where help is asked for.

    Without a command the screen opens, so a first word that names a folder is a project.
    """
    plain = [word for word in words if word != "--verbose"]
    if plain[:1] in (["-h"], ["--help"]):
        return None
    if not plain or plain[0].startswith("-"):
        return BY_NAME["attach"], words
    command = BY_NAME.get(plain[0])
    if command is not None:
        rest = list(words)
        rest.remove(plain[0])
        return command, [*command.first, *rest]
    if os.sep in plain[0] or plain[0] in (".", "..") or os.path.isdir(plain[0]):  # noqa: PTH112 - no Path on this way
        return BY_NAME["attach"], words
    raise unknown(plain[0], BY_NAME, "shotmill")


def unknown(word: str, known: dict[str, Command] | dict[str, str], prog: str) -> UsageError:
    """The error for a word that is no command, with the nearest one that is."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), 1, 0.5)
    return UsageError(
        f"{prog} has no command {printable(word, 60)!r}.", cure=f"{prog} {near[0]}" if near else f"{prog} -h"
    )


def run(command: Command, words: list[str], terminal: Terminal) -> int:
    """Read the words as the command's module declares them, and run it."""
    module: Any = import_module(f"shotmill_tui.cli.{command.module}")
    if hasattr(module, "run_words"):
        reads_itself: OwnWords = module
        return reads_itself.run_words(words, terminal)
    plain: CommandModule = module
    parser = parser_for(f"shotmill {command.name}", BY_NAME[command.module].says)
    if command.name == "attach":
        parser.add_argument("--version", action="version", version=f"shotmill {shotmill.__version__}")
    plain.arguments(parser)
    read = parser.parse_intermixed_args if command.mixed else parser.parse_args
    return plain.run(read(words), terminal)


class Action:
    """One of the things that `shotmill keys` or `shotmill daemon` can do."""

    __slots__ = ("arguments", "run", "says")

    def __init__(
        self, says: str, arguments: Callable[[ArgumentParser], None], run: Callable[[Namespace, Terminal], int]
    ) -> None:
        self.says = says
        self.arguments = arguments
        self.run = run


def run_action(prog: str, actions: dict[str, Action], words: list[str], terminal: Terminal) -> int:
    """Run the action that the first word names; without one, or with `-h`, show them all."""
    rest = [word for word in words if word != "--verbose"]
    if not rest or rest[0] in ("-h", "--help"):
        for each, choice in actions.items():
            terminal.line(f"  {prog} {each:<8} {choice.says}")
        if rest:
            return 0
        raise UsageError(f"{prog}: which of them?", cure=f"{prog} {next(iter(actions))}")
    name = rest.pop(0)
    action = actions.get(name)
    if action is None:
        raise unknown(name, {each: each for each in actions}, prog)
    parser = parser_for(f"{prog} {name}", action.says)
    action.arguments(parser)
    return action.run(parser.parse_intermixed_args(rest), terminal)


def parser_for(prog: str, says: str) -> Parser:
    """A parser with what every command takes."""
    description = says[:1].upper() + says[1:] + "."
    parser = Parser(prog=prog, description=description, allow_abbrev=False, formatter_class=Help)
    parser.add_argument("--verbose", action="store_true", help="show a traceback where something unexpected happens")
    return parser


def show_help(terminal: Terminal) -> int:
    terminal.line("Draws whole storyboards with Google's Gemini image models.\n")
    terminal.line("  shotmill [PROJECT]   open the screen on a project (default: the current folder)")
    terminal.line("  shotmill COMMAND -h  what a command takes\n")
    for command in SHOWN:
        terminal.line(f"  {command.name:<11} {command.says}")
    return 0
