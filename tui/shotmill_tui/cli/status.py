"""`shotmill status`: how far one project is, for people or as the contract's object."""

from __future__ import annotations

import os
import time
from pathlib import Path

from shotmill_tui.cli.place import ACTIVE, NoChoiceError, add_project, find_open_project, known_to_daemon
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("--json", action="store_true", help="one object, as programs read it")
    parser.add_argument("--watch", action="store_true", help="a few lines that refresh in place, until the run ends")


def run(asked: Namespace, terminal: Terminal) -> int:
    try:
        root = find_open_project(asked.project)
        status = status_of(root)
    except NoChoiceError as fault:
        if asked.json or not fault.running:
            raise
        from shotmill_tui.cli.ps import show

        show(fault.running, terminal)
        return 0
    if asked.watch:
        from shotmill_tui.cli.status_watch import watch

        return watch(root, status, terminal)
    if asked.json:
        terminal.data(status)
        return 0
    from shotmill_tui.cli.status_words import report

    for line in report(status, time.time(), terminal):
        terminal.line(line)
    return 0


def status_of(root: Path) -> dict[str, Any]:
    """The status object, from the daemon or, without one, from the project's folder."""
    known = known_to_daemon()
    if known is None:
        from shotmill.engine.offline import offline_status

        return offline_status(root)
    real = os.path.realpath(root)
    for status in known:
        if os.path.realpath(status["project"]["path"]) == real and status["run"]["state"] in ACTIVE:
            return status
    from shotmill_tui.cli.talk import Talk

    talk = Talk.with_running(root)  # where nothing runs this reads what changed on disk, and tells what is wrong there
    return status_of(root) if talk is None else talk.status()
