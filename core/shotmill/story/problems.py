"""What is wrong in a prompts file or a storyboard: where, what was found, what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shotmill.errors import ExitCode, UsageError
from shotmill.untrusted import printable

SHOWN = 10
"""So many problems are spelled out in one message; the rest is counted."""

MANY = 1000
"""Problems of one file after which nobody reads on."""

FOUND_LIMIT = 60
"""Characters of a file's own text that a message repeats."""

MAX_DEPTH = 64
"""Lists and objects within each other; a field that Shotmill does not know may be nested so deep and no deeper."""

TOO_DEEP = f"lists or objects are nested too deep, expected at most {MAX_DEPTH} within each other"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` and `column` are 1-based, `column` 0 where the whole line is meant."""

    line: int
    text: str
    column: int = 0


class StoryError(UsageError):
    """Prompts or storyboards that can't be used; `problems` are those of one file, empty where no line is to blame."""

    code = "prompts"

    def __init__(
        self,
        message: str,
        *,
        cure: str = "",
        code: str = "",
        exit_code: ExitCode | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message, cure=cure, code=code, exit_code=exit_code)
        self.problems = tuple(problems)


class UnreadableError(Exception):
    """Raised inside a reader where it can't go on: `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def note(problems: list[Problem], problem: Problem) -> None:
    """Add a problem; after a thousand of them the file is not read further, so that no list grows without bound."""
    if len(problems) >= MANY:
        raise UnreadableError(Problem(problem.line, f"{MANY} problems so far; the rest of the file was not read"))
    problems.append(problem)


def file_label(path: Path) -> str:
    """A file as messages name it: with the folder it is in, printable."""
    return printable(f"{path.parent.name}/{path.name}" if path.parent.name else path.name, limit=2 * FOUND_LIMIT)


def located(path: Path, problem: Problem) -> str:
    """`prompts/prompts-clear.json:12: what was found, what was expected`; with the column where it is known."""
    column = f":{problem.column}" if problem.column else ""
    return f"{file_label(path)}:{problem.line}{column}: {problem.text}"


def listed(lines: Sequence[str]) -> str:
    """The first ten of the lines, and how many more there are."""
    more = len(lines) - SHOWN
    return "\n".join([*lines[:SHOWN], *([f"… and {more} more"] if more > 0 else [])])


def found(value: Any) -> str:
    """A value from a file, short and printable, as a message shows it."""
    match value:
        case str():
            return f'"{printable(value, limit=FOUND_LIMIT)}"'
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return printable(str(value), limit=FOUND_LIMIT)
        case list():
            return "a list"
        case _:
            return "an object"


def snippet(text: str, offset: int) -> str:
    """The word, or the sign, that stands at `offset`, as a message shows it."""
    rest = text[offset : offset + 2 * FOUND_LIMIT].split(maxsplit=1)
    if not rest:
        return "the end of the file"
    word = rest[0].rstrip(",;]})") or rest[0][0]  # what closes behind a word is not what is wrong
    return printable(word, limit=FOUND_LIMIT // 2)
