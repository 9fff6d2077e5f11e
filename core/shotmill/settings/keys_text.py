"""Edits of `keys.toml` as text, for the usual layout with a `[keys.NAME]` for each key.

A TOML library takes the comment above a table for the end of the table before it: it would throw away ben's comment
with anna's key. These functions see what a person sees. They don't parse: whoever calls them compares what the result
says with what was meant.
"""

from __future__ import annotations

import re


def with_renamed_table(text: str, old: str, new: str) -> str:
    """The header `[keys.OLD]` becomes `[keys.NEW]`."""
    return _header(old).sub(rf"\g<1>{new}", text)


def without_table(text: str, name: str) -> str:
    """The table goes, with the comment right above it; the comment above the next table stays. A comment that begins
    the file is the file's own.
    """
    lines = text.splitlines(keepends=True)
    start = next((index for index, line in enumerate(lines) if _header(name).match(line)), None)
    if start is None:
        return text
    headers = [index for index, line in enumerate(lines) if re.match(r"[ \t]*\[", line) and index > start]
    end = _above_comment(lines, headers[0]) if headers else len(lines)
    above = _above_comment(lines, start)
    return "".join(lines[: above or start] + lines[end:])


def _header(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"""^([ \t]*\[[ \t]*keys[ \t]*\.[ \t]*)(["']?){re.escape(name)}\2(?=[ \t]*\])""",
        re.MULTILINE,
    )


def _above_comment(lines: list[str], index: int) -> int:
    """The first line of the comment that stands right above line `index`, without a gap."""
    while index > 0 and lines[index - 1].lstrip().startswith("#"):
        index -= 1
    return index
