"""`shotmill doctor`: every check, broken first, each with its cure."""

from __future__ import annotations

import os
from pathlib import Path

from shotmill.errors import ExitCode
from shotmill_tui.cli.place import NoProjectError, add_project, find_project, folders
from shotmill_tui.cli.table import table
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from shotmill.doctor.check import Check

_MARKS = {"broken": ("✗", "x", "red"), "look": ("look", "look", "yellow"), "fine": ("✓", "v", "green")}


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("--json", action="store_true", help="an object with the list of checks")


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.doctor.check import Surroundings, Verdict
    from shotmill.doctor.examine import examine, worst_first

    checks = worst_first(examine(Surroundings(folders(), os.environ, _root(asked))))
    if asked.json:
        terminal.data({"checks": [check.to_json() for check in checks]})
    else:
        for line in report(checks, terminal):
            terminal.line(line)
    is_broken = any(check.verdict is Verdict.BROKEN for check in checks)
    return ExitCode.USAGE if is_broken else ExitCode.DONE


def _root(asked: Namespace) -> Path | None:
    """Outside of a project the machine alone is looked at."""
    try:
        return find_project(asked.project)
    except NoProjectError:
        return None


def report(checks: Sequence[Check], terminal: Terminal) -> list[str]:
    counts = {verdict: sum(check.verdict == verdict for check in checks) for verdict in _MARKS}
    head = f"Diagnostics   {counts['broken']} broken   {counts['look']} to look at   {counts['fine']} fine"
    lines = [terminal.paint(head, "bold")]
    rows = [[_mark(check, terminal), check.title, check.fact] for check in checks]
    for check, line in zip(checks, table(rows, indent=" "), strict=True):
        lines.append(line)
        if check.cure and check.verdict != "fine":
            lines.append(f"        → {check.cure}")
    return lines


def _mark(check: Check, terminal: Terminal) -> str:
    mark, plain, colour = _MARKS[check.verdict]
    return terminal.paint(plain if terminal.plain_marks else mark, colour)
