"""One sanitizer for all text that did not come from our own source: prompts, names, provider's words, file names."""

from __future__ import annotations

import re

# C0 and C1 controls and DEL, bidirectional overrides and isolates, line and paragraph separators, zero-width
# characters that hide text, tag characters, lone surrogates: all of them can move a cursor, hide or forge text.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def printable(text: str, limit: int | None = None) -> str:
    """`text` on one line with every control character shown instead of sent: ESC becomes `␛`, others `·`.

    Tabs and line ends become one space. With `limit` the result is at most that many characters, the last an ellipsis.
    """
    if limit is not None and len(text) > 4 * limit:
        text = text[: 4 * limit]  # a megabyte of prompt need not be scanned to show its first line
    text = _UNPRINTABLE.sub(_shown, text)
    if limit is not None and len(text) > limit:
        text = text[: max(0, limit - 1)] + "…"
    return text


def printable_lines(text: str) -> list[str]:
    """`text` line by line, each one printable; for prompts and provider's answers that may be long."""
    return [printable(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _shown(match: re.Match[str]) -> str:
    character = match.group()
    if character in "\t\n\r":
        return " "
    return "␛" if character == "\x1b" else "·"
