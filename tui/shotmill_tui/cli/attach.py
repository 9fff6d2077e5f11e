"""`shotmill`, `shotmill attach`: open the screen; closing it never touches the run."""

from __future__ import annotations

import os
import time
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError, UsageError

from shotmill_tui.cli import status_words
from shotmill_tui.cli.place import ACTIVE, NoProjectError, add_project, find_project, folders
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import moment, money_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)


def run(asked: Namespace, terminal: Terminal) -> int:
    try:
        root = find_project(asked.project)
    except NoProjectError as fault:
        if not fault.running:
            raise
        from shotmill_tui.cli.ps import show

        show(fault.running, terminal)
        terminal.note("  → shotmill PROJECT opens one of them")
        return ExitCode.DONE
    return open_screen(root, terminal)


def open_screen(root: Path, terminal: Terminal) -> int:
    """Show the project until the screen is closed, then say what goes on without it."""
    if not (terminal.out.isatty() and terminal.asked.isatty()):
        raise UsageError("The screen needs a terminal.", cure="shotmill status, or: shotmill start --wait")
    from shotmill.client.connection import DaemonConnection
    from shotmill.client.spawn import ensure_daemon

    from shotmill_tui.app import run_screen

    ensure_daemon(folders(), os.environ)
    run_screen(DaemonConnection(folders(), root, os.environ))
    for line in farewell(root, time.time()):
        terminal.note(line)
    return ExitCode.DONE


def farewell(root: Path, now: float) -> list[str]:
    """What the shell says after a screen: how far the run is that goes on, and how to come back to it."""
    from shotmill_tui.cli.status import status_of

    try:
        return goes_on(status_of(root), now)
    except ShotmillError:
        return []  # the screen has told what is wrong with the daemon


def goes_on(status: dict[str, Any], now: float) -> list[str]:
    """`Night train goes on: 93 of 180, ends about 12:09, $3.12 of $10.00.`, or nothing when nothing runs."""
    run = status["run"]
    if run["state"] not in ACTIVE:
        return []
    done, total = (sum(counts[name] for counts in status["styles"].values()) for name in ("done", "total"))
    parts = [f"{done:,} of {total:,}"]
    if run.get("eta_s") is not None:
        parts.append(f"ends about {moment(now + run['eta_s'], now)}")
    parts.append(money_of(run))
    return [
        f"{status_words.title(status)} goes on: {', '.join(parts)}.",
        "Back: shotmill    Stop: shotmill stop    How far: shotmill status",
    ]
