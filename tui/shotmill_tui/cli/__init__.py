"""The command line: find the command, read its words, run it, end with the contract's exit code.

`shotmill status` may take a few times as long as an empty Python, so every command is a module of its own that is
imported when it is called, and imports what it needs when it needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from shotmill.errors import ExitCode, UsageError
from shotmill_tui.cli.terminal import Terminal


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, whatever happens."""
    words = list(sys.argv[1:] if argv is None else argv)
    terminal = Terminal.of_process(verbose="--verbose" in words, json="--json" in words)
    code = terminal.guard(lambda: _dispatch(words, terminal))
    if code == ExitCode.INTERRUPTED:
        # Where Ctrl-C hits the making of a dataclass, which is text that is run, Python notes to end by the signal
        # whatever becomes of the exception; running any text takes the note back.
        exec("")  # noqa: S102
    return code


def _dispatch(words: list[str], terminal: Terminal) -> int:
    if sys.platform == "win32":
        raise UsageError("Shotmill does not run on Windows itself.", cure="Run it inside WSL")
    from shotmill_tui.cli import commands

    found = commands.find(words)
    if found is None:
        return commands.show_help(terminal)
    command, rest = found
    return commands.run(command, rest, terminal)
