"""`shotmill logs`: what happened in a project, from its own log; needs no daemon."""

from __future__ import annotations

import time

from shotmill_tui.cli.log_files import existing, follow
from shotmill_tui.cli.log_words import in_words, parsed, wanted
from shotmill_tui.cli.place import add_project, find_project
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable

LEVELS = ("debug", "info", "warning", "error")


def arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add_project(parser)
    add("-f", "--follow", action="store_true", help="go on with new lines until Ctrl-C")
    add("-n", "--lines", type=int, metavar="N", help="begin with the last N lines")
    add("--style", metavar="S", help="only this style")
    add("--level", choices=LEVELS, default="info", metavar="L", help="the least that is shown: " + ", ".join(LEVELS))
    add("--json", action="store_true", help="the lines as they are stored, one object each")


def run(asked: Namespace, terminal: Terminal) -> int:
    folder = find_project(asked.project) / ".shotmill"
    lines, place = existing(folder)
    shown = [line for line in lines if _shown(line, asked)]
    if asked.lines is not None:
        shown = shown[-asked.lines :] if asked.lines > 0 else []
    _print(shown, asked, terminal)
    if not lines and not asked.follow:
        terminal.note("Nothing was logged here yet.")
    if asked.level == "debug" and not any((parsed(line) or {}).get("level") == "debug" for line in shown):
        terminal.note("No debug lines yet: shotmill daemon log-level debug   logs every step from then on.")
    if asked.follow:
        for line in follow(folder, place, time.sleep):
            if _shown(line, asked):
                _print([line], asked, terminal)
    return 0


def _shown(line: bytes, asked: Namespace) -> bool:
    data = parsed(line)
    return data is not None and wanted(data, asked.style, LEVELS.index(asked.level), LEVELS)


def _print(lines: Iterable[bytes], asked: Namespace, terminal: Terminal) -> None:
    today = time.strftime("%Y-%m-%d")
    for line in lines:
        data = parsed(line)
        if data is None:
            continue
        if asked.json:
            terminal.record(data)
        else:
            terminal.line(in_words(data, today, terminal, with_style=not asked.style))
    terminal.out.flush()
