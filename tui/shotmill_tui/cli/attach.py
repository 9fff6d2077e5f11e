"""`shotmill`, `shotmill attach`: open the screen; closing it never touches the run."""

from __future__ import annotations

import os
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError, UsageError
from shotmill_tui.cli.place import NoChoiceError, add_project, find_project, folders
from shotmill_tui.cli.terminal import Terminal, moves_cursor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from shotmill.settings.folders import Folders
    from shotmill_tui.reach import Reach


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)


def run(asked: Namespace, terminal: Terminal) -> int:
    try:
        root = find_project(asked.project)
    except NoChoiceError as fault:
        if not fault.running:
            raise
        from shotmill_tui.cli.ps import show

        show(fault.running, terminal)
        terminal.note("  → shotmill PROJECT opens one of them")
        return ExitCode.DONE
    return open_screen(root, terminal)


def open_screen(root: Path, terminal: Terminal) -> int:
    """Show the project until the screen is closed, then say what goes on without it. The daemon is reached meanwhile;
    what refuses is raised."""
    if not (terminal.out.isatty() and terminal.asked.isatty()):
        raise UsageError("The screen needs a terminal.", cure="shotmill status, or: shotmill start --wait")
    if not moves_cursor(os.environ):
        raise UsageError(
            f"The screen can't be drawn here: this terminal says that it can't move its cursor "
            f"(TERM={os.environ['TERM']}).",
            cure="shotmill watch --plain tells the same in lines; or, if it can: TERM=xterm-256color shotmill",
        )
    if not terminal.err.isatty():
        return _in_lines(root, terminal)
    from shotmill.collector import collector_resting
    from shotmill.settings.config import load_config

    place = folders()
    config = load_config(place)
    reach = _reach(place, root)
    with collector_resting():
        from shotmill.client.connection import DaemonConnection
        from shotmill_tui.keymap import rebound
        from shotmill_tui.preferences import Preferences
        from shotmill_tui.terminal import run_screen
        from shotmill_tui.themes import DEFAULT, load_themes
        from shotmill_tui.workplace import Workplace

    preferences = Preferences(config.bindings, config.notify, place)
    for fault in load_themes(preferences.theme_folders)[1]:
        terminal.note(f"theme {fault}")
    for unbound in rebound(config.bindings).faults:
        terminal.note(f"{place.config_file}: {unbound}")
    workplace = Workplace(place, os.environ, root, lambda at: DaemonConnection(place, at, os.environ), _memory)
    reach.refuse()
    said = run_screen(
        workplace.connect(root),
        theme=config.theme or DEFAULT,
        plain=True if config.marks == "plain" else None,
        mouse=config.mouse,
        remember=_memory(root),
        preferences=preferences,
        workplace=workplace,
        reach=reach,
    )
    if said:
        terminal.note(said)
    return ExitCode.DONE


def _reach(place: Folders, root: Path) -> Reach:
    """From now on, while the rest of the screen is loaded."""
    from shotmill.client import client_log, lock, spawn
    from shotmill_tui.reach import Reach, Reached

    def work() -> Reached:
        spawn.ensure_daemon(place, os.environ, root)
        return Reached(_open(place, root), _is_first_run(place, root))

    starting = not lock.is_held(place.run / "daemon.lock")
    return Reach(work, starting=starting, unheard=lambda fault: client_log.tell(place, fault.told))


def _open(place: Folders, root: Path) -> ShotmillError | None:
    """Open the project in the daemon. What a person can mend in its files is answered: the screen shows it, and goes
    on when it is mended; all else is raised."""
    from shotmill.client import http

    try:
        http.request(place.socket, "POST", "/v1/projects", {"path": str(root)}, 60.0)
    except ShotmillError as fault:
        if fault.exit_code not in (ExitCode.USAGE, ExitCode.NOTHING_RUNS):
            raise
        return fault
    return None


def _is_first_run(place: Folders, root: Path) -> bool:
    """No settings in the project, and no usable key on this machine or nothing drawn here yet: keys, or only a limit,
    are to be asked for. With a key from the environment alone nothing has to be."""
    from shotmill.settings.keys import load_keys
    from shotmill.settings.project import FILE_NAME

    if (root / FILE_NAME).exists():
        return False
    try:
        keys = load_keys(place, os.environ).keys
    except ShotmillError:
        return False  # a key file with a fault: the diagnostics tell of it
    return not keys or (any(key.origin == "file" for key in keys) and not _was_drawn(root))


def _was_drawn(root: Path) -> bool:
    from shotmill.takes.layout import Layout

    return Layout(root).journal.exists()


def _in_lines(root: Path, terminal: Terminal) -> int:
    """The screen is drawn to standard error; where that is a file, its news are told in lines."""
    from argparse import Namespace

    from shotmill_tui.cli import watch

    terminal.line("The screen would be drawn to standard error, which is no terminal: its news in lines instead.")
    return watch.run(Namespace(project=str(root)), terminal)


def _memory(root: Path) -> Path:
    """Where the screen keeps what was looked at in this project, for the next time."""
    from hashlib import sha256

    return folders().state / "screens" / f"{sha256(os.fsencode(root)).hexdigest()[:16]}.json"
