"""Standard output, standard error and exit codes: the one place that writes to either.

Data that was asked for goes to standard output, everything else to standard error. With `--json` standard output
holds one JSON value, also where a command failed.
"""

from __future__ import annotations

import os
import sys
from errno import EIO

from shotmill.errors import ExitCode, ShotmillError
from shotmill.untrusted import printable, printable_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TextIO

    from shotmill.settings.folders import Folders

_COLOURS = {
    "dim": "2",
    "bold": "1",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "orange": "38;5;208",
}


class Terminal:
    """Where a command speaks. `json`: the user asked for JSON; `verbose`: tracebacks of faults are wanted."""

    def __init__(self, out: TextIO, err: TextIO, asked: TextIO, *, verbose: bool = False, json: bool = False) -> None:
        self.out = out
        self.err = err
        self.asked = asked
        self.verbose = verbose
        self.json = json

    @classmethod
    def of_process(cls, *, verbose: bool, json: bool) -> Terminal:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a mark that the encoding lacks becomes `?` instead of a fault
                stream.reconfigure(errors="replace")
        return cls(sys.stdout, sys.stderr, sys.stdin, verbose=verbose, json=json)

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked something."""
        return self.asked.isatty() and self.err.isatty()

    @property
    def plain_marks(self) -> bool:
        """Whether the marks of the screens have to be the plain set."""
        return "utf" not in (self.out.encoding or "").lower()

    def line(self, text: str = "") -> None:
        """One line of what was asked for. The text is trusted: what came from elsewhere is made printable before."""
        self.out.write(text + "\n")

    def note(self, text: str) -> None:
        """One line for a person: what was done, what to know. On a terminal that was closed nobody reads it."""
        try:
            self.err.write(text + "\n")
            self.err.flush()
        except OSError as error:
            if error.errno != EIO:
                raise

    def data(self, value: Any) -> None:
        """A JSON value, for programs."""
        from json import dumps

        text = dumps(value, ensure_ascii=False, indent=2 if self.out.isatty() else None)
        self.out.write(self._harmless(text) + "\n")

    def record(self, value: Any) -> None:
        """A JSON value on one line of its own, where there are many of them."""
        from json import dumps

        self.out.write(self._harmless(dumps(value, ensure_ascii=False, separators=(",", ":"))) + "\n")

    def _harmless(self, text: str) -> str:
        """JSON as it is for programs; on a terminal what would move its cursor is escaped, which means the same."""
        if not self.out.isatty():
            return text
        return "".join(one if one == "\n" or printable(one) == one else _escaped(one) for one in text)

    def confirm(self, question: str) -> bool:
        """Ask for yes or no; Enter alone, and a terminal that ends, mean no."""
        self.err.write(f"{question} [y/N] ")
        self.err.flush()
        return self.asked.readline().strip().lower() in ("y", "yes")

    def paint(self, text: str, colour: str, stream: TextIO | None = None) -> str:
        """`text` in a colour where there are any: on a terminal, without `NO_COLOR`."""
        if not text or not colours(stream or self.out):
            return text
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"

    def error(self, fault: ShotmillError) -> None:
        """What happened and what to do about it, on standard error; with `--json` as an object on standard output."""
        from shotmill.secrets import redact

        message, cure = redact(fault.message), redact(fault.cure)  # a word of the command line may have been a key
        if self.json:
            self.data({"error": {"code": fault.code, "message": message, "cure": cure}})
        first, *more = printable_lines(message)
        self.note(f"{self.paint('shotmill:', 'red', self.err)} {first}")
        for line in more:
            self.note(f"  {line}")
        if cure:
            self.note(f"  → {printable(cure)}")

    def guard(self, command: Callable[[], int]) -> int:
        """Run a command and turn whatever it raises into words and an exit code."""
        try:
            code = command()
            self.out.flush()
            return int(code)
        except ShotmillError as fault:
            return self._failed(fault)
        except SystemExit as end:  # argparse after `-h`
            return end.code if isinstance(end.code, int) else 0
        except KeyboardInterrupt:
            return ExitCode.INTERRUPTED
        except BrokenPipeError:
            self._close_quietly()
            return ExitCode.DONE
        except Exception as fault:
            return self._unexpected(fault)

    def _failed(self, fault: ShotmillError) -> int:
        from shotmill.client import client_log

        if client_log.is_of_the_line(fault):
            client_log.tell(_folders(), fault.told)
        try:
            self.error(fault)
            self.out.flush()
        except BrokenPipeError:
            self._close_quietly()
        return int(fault.exit_code)

    def _unexpected(self, fault: Exception) -> int:
        import traceback

        from shotmill.secrets import redact

        if self.verbose:
            self.note(redact("".join(traceback.format_exception(fault))).rstrip())
        kind = type(fault).__name__
        says = printable(redact(str(fault)), 200)
        self.error(
            ShotmillError(f"Something unexpected happened: {kind}{': ' + says if says else ''}", cure=_where_to_look())
        )
        return ExitCode.FAULT

    def _close_quietly(self) -> None:
        """The reader is gone, as `head` goes; Python's own flush at the end must not complain about it."""
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.out.fileno())
        except (OSError, ValueError, AttributeError):
            return


def moves_cursor(environ: Mapping[str, str]) -> bool:
    """Whether the terminal can write over what it shows; one that calls itself dumb (an editor's shell, a console
    that only records) shows every sequence as text."""
    return environ.get("TERM") not in ("dumb", "unknown")


def colours(stream: TextIO) -> bool:
    """Colour only on a terminal, never with `NO_COLOR` (whatever its value, if it has one) or a dumb terminal."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and moves_cursor(os.environ)


def _where_to_look() -> str:
    return f"Again with --verbose shows where; the daemon's log: {_folders().daemon_log}"


def _folders() -> Folders:
    from shotmill.settings.folders import Folders

    return Folders.of(os.environ)


def _escaped(character: str) -> str:
    """A character as JSON may write it too."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
