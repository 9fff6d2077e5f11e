"""`shotmill ps`: the projects that are open in the daemon."""

from __future__ import annotations

import time

from shotmill.untrusted import printable
from shotmill_tui.cli import status_words
from shotmill_tui.cli.place import known_to_daemon
from shotmill_tui.cli.table import table
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import money_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="an object with the list of status objects")


def run(asked: Namespace, terminal: Terminal) -> int:
    projects = known_to_daemon() or []
    if asked.json:
        terminal.data({"projects": projects})
    elif projects:
        show(projects, terminal)
    else:
        terminal.note("Nothing runs.")
    return 0


def show(projects: list[dict[str, Any]], terminal: Terminal) -> None:
    """One line a project: its title, how far it is, its folder."""
    now = time.time()
    rows = []
    for status in projects:
        run = status["run"]
        rows.append(
            [
                terminal.paint(status_words.title(status), "bold"),
                status_words.state(run, now, terminal),
                status_words.images(status["styles"]),
                status_words.end_of(run, now),
                money_of(run),
                terminal.paint(printable(str(status["project"]["path"])), "dim"),
            ]
        )
    for line in table(rows, indent=""):
        terminal.line(line)
