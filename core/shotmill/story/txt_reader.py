"""Prompts in `.txt`: `=== Beat 1.1 (Shot 1) ===` and the prompt below it, up to the next such line.

Lines are taken apart by plain string methods: a line of a megabyte costs what it is long, not its square.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shotmill.story.problems import Problem, found, note
from shotmill.story.rows import Row

_EXPECTED = "expected a line such as === Beat 1.1 (Shot 1) ==="


def read_txt(text: str, problems: list[Problem]) -> Iterator[Row]:
    """The rows of a `.txt` file; a `Reader`. What stands above the first header is a preface."""
    header: Row | None = None
    below: list[str] = []
    for number, line in enumerate(_lines(text), start=1):
        if "==" not in line:
            below.append(line)
        elif (label := _label(line)) is not None:
            if header is not None:
                yield _with_prompt(header, below)
            header, below = Row(number, _named(label)), []
        else:
            if _nearly(line):
                note(problems, Problem(number, f"found {found(line)}, {_EXPECTED}"))
            below.append(line)
    if header is not None:
        yield _with_prompt(header, below)
    elif text.strip():
        note(problems, Problem(1, f"found no beat, {_EXPECTED}"))


def is_header(line: str) -> bool:
    """Would this line of a prompt be taken for a header, or for one that went wrong?"""
    return _label(line) is not None or _nearly(line)


def _with_prompt(header: Row, below: list[str]) -> Row:
    header.fields["ai_prompt"] = "\n".join(below).strip()
    return header


def _label(line: str) -> str | None:
    """`1.1 (Shot 1)` of a header, None for any other line."""
    line = line.strip()
    if not (line.startswith("===") and line.endswith("===")):
        return None
    word, _, label = line.strip("=").strip().partition(" ")
    return label.strip() or None if word.lower() == "beat" else None


def _nearly(line: str) -> bool:
    # A line that was meant to be a header and is none would silently join two prompts.
    line = line.strip()
    opened, closed = line.startswith("=="), line.endswith("==")
    return (opened or closed) and line.strip("=").lstrip()[:5].lower() in ("beat", "beat ")


def _named(label: str) -> dict[str, Any]:
    beat, opening, shot = label.rpartition("(")
    word, _, number = shot.removesuffix(")").strip().partition(" ")
    if opening and label.endswith(")") and word.lower() == "shot" and beat.strip():
        return {"beat_number": beat, "shot_number": number}
    return {"beat_number": label}


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
