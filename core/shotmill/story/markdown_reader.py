"""Storyboards in `.md`: tables with a row a beat. Other text, other tables and fenced code are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shotmill.story.problems import Problem, found, note
from shotmill.story.rows import Row

_FIELDS = {
    "shotnumber": "shot_number",
    "shot": "shot_number",
    "beatnumber": "beat_number",
    "beat": "beat_number",
    "scriptphrase": "script_phrase",
    "transitiontype": "transition_type",
    "transition": "transition_type",
    "aiprompt": "ai_prompt",
    "prompt": "ai_prompt",
    "textoverlay": "text_overlay",
    "kinetictext": "kinetic_text",
    "sfx": "sfx",
}
_CELL_END = re.compile(r"(?<!\\)\|")
_MOST_CELLS = 1000
_DASHES = re.compile(r":?-+:?")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_EXPECTED = "expected a table with the columns beat_number and ai_prompt"
_NEEDED = {"beat_number", "ai_prompt"}


def read_markdown(text: str, problems: list[Problem]) -> Iterator[Row]:
    """The rows of every table that has beats, in the file's order; a `Reader`."""
    tables = 0
    for number, header, body in _tables(text):
        names = [_field(cell) for cell in header]
        missing = _NEEDED - set(names)
        if missing == _NEEDED:
            continue
        tables += 1
        if wrong := _wrong_header(names, missing):
            note(problems, Problem(number, wrong))
            continue
        for line, cells in body:
            if len(cells) > len(names):
                note(problems, Problem(line, f"found {len(cells)} cells, expected {len(names)} (write | as \\|)"))
            else:
                yield Row(line, {name: cell for name, cell in zip(names, cells, strict=False) if cell})
    if not tables and text.strip():
        note(problems, Problem(1, f"found no table of beats, {_EXPECTED}"))


def _wrong_header(names: list[str], missing: set[str]) -> str:
    if missing:
        return f"found a table without the column {missing.pop()}, {_EXPECTED}"
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"found the column {found(twice)} twice, expected it once" if twice is not None else ""


def _field(header: str) -> str:
    """A column's name as the field it means; one that Shotmill doesn't know in lower case with underscores."""
    plain = header.strip("*`_ ").casefold()
    squeezed = re.sub(r"[\W_]+", "", plain)
    return _FIELDS.get(squeezed) or re.sub(r"[\W_]+", "_", plain).strip("_")


def _tables(text: str) -> Iterator[tuple[int, list[str], list[tuple[int, list[str]]]]]:
    """Each table: the header's line and cells, and its rows with theirs."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fence, index = "", 0
    while index < len(lines):
        line = lines[index].strip()
        if fence or line.startswith(("```", "~~~")):
            fence = _fence_after(fence, line)
        elif "|" in line and index + 1 < len(lines) and _is_alignment(line, lines[index + 1]):
            start, index = index, index + 2
            while index < len(lines) and "|" in lines[index]:
                index += 1
            body = [(number + 1, _cells(lines[number])) for number in range(start + 2, index)]
            yield start + 1, _cells(line), body
            continue
        index += 1


def _fence_after(fence: str, line: str) -> str:
    if not fence:
        return line[:3]
    return "" if line.startswith(fence) else fence


def _is_alignment(header: str, line: str) -> bool:
    """The row of dashes below a header; without it there is no table. It has as many cells as the header."""
    if "-" not in line or line.strip(" \t|:-"):
        return False
    cells = _cells(line)
    return len(cells) == len(_cells(header)) and all(_DASHES.fullmatch(cell) for cell in cells)


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    parts = _CELL_END.split(line, maxsplit=_MOST_CELLS)
    if len(parts) > 1 and not parts[-1].strip():
        parts.pop()
    return [_BREAK.sub("\n", part.replace("\\|", "|")).strip() for part in parts]
