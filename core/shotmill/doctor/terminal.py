"""The terminal that the screen would be drawn on: its size, letters and colours."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping

from shotmill.doctor.check import Check, Surroundings, Test, fine, look

COMFORTABLE = (80, 24)


def check_terminal(around: Surroundings) -> list[Check]:
    if not sys.stdout.isatty() and not sys.stderr.isatty():
        return fine("terminal", "Terminal", "none here: the screen needs one, commands do not")
    return judged(_size(), locale.getpreferredencoding(False), around.environ)


def judged(size: tuple[int, int], encoding: str, environ: Mapping[str, str]) -> list[Check]:
    """Pure: columns and lines, the name of the encoding, the environment."""
    said = f"{size[0]}x{size[1]}, {encoding}, {colours(environ)}{', in tmux' if environ.get('TMUX') else ''}"
    more = f"TERM={environ.get('TERM', '')}"
    if environ.get("TERM", "dumb") in ("", "dumb"):
        return look("terminal", "Terminal", f"{said}: it can't move the cursor", "export TERM=xterm-256color", more)
    if "utf" not in encoding.lower():
        return look("terminal", "Terminal", f"{said}: marks are drawn plain", "export LANG=C.UTF-8", more)
    if size[0] < COMFORTABLE[0] or size[1] < COMFORTABLE[1]:
        return look(
            "terminal", "Terminal", f"{said}: parts of the screen are left out", "Make it 80x24 or larger", more
        )
    return fine("terminal", "Terminal", said, more)


def colours(environ: Mapping[str, str]) -> str:
    """How many colours it shows, as far as the environment says."""
    if environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in environ.get("TERM", "") else "16 colours"


def _size() -> tuple[int, int]:
    for stream in (sys.stdout, sys.stderr):
        try:
            return tuple(os.get_terminal_size(stream.fileno()))  # type: ignore[return-value]
        except (OSError, ValueError):
            continue
    return COMFORTABLE


TESTS = (Test("terminal", "Terminal", check_terminal),)
