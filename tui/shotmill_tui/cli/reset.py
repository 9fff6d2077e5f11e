"""`shotmill reset`: the emergency procedure. Nothing is deleted: all of it goes to a trash that can be undone."""

from __future__ import annotations

import time
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError, UsageError
from shotmill_tui.cli.place import ACTIVE, add_project, find_project
from shotmill_tui.cli.talk import Talk
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.trash import Trash
from shotmill_tui.cli.words import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add_project(parser)
    add("--progress", action="store_true", help="forget records and mirrors; images on disk are adopted again")
    add("--images", action="store_true", help="set generated_images aside; final_images stay")
    add("--undo", action="store_true", help="bring back what the last reset set aside")
    add("--yes", action="store_true", help="do not ask")


def run(asked: Namespace, terminal: Terminal) -> int:
    root = find_project(asked.project)
    if asked.undo == (asked.progress or asked.images):
        raise UsageError("reset: say what to reset.", cure="shotmill reset --progress, --images or --undo")
    trash = Trash(root)
    moves = trash.last() if asked.undo else wanted(root, progress=asked.progress, images=asked.images)
    if not moves:
        terminal.note("There is nothing to undo." if asked.undo else "There is nothing to reset.")
        return ExitCode.DONE
    _refuse_while_active(root)
    terminal.note(f"{'To be brought back' if asked.undo else 'To be set aside, into .shotmill/trash'}:")
    for path in moves:
        terminal.note(f"  {path.as_posix()}{_contents(trash.source(path) if asked.undo else root / path)}")
    if not _agreed(asked, terminal):
        terminal.note("Nothing was changed.")
        return ExitCode.STOPPED
    _close_in_daemon(root)
    if asked.undo:
        kept = trash.restore()
        terminal.note("Brought back." + (f" What stood in their place is in {kept}." if kept else ""))
    else:
        place = trash.take(moves, time.strftime("%Y-%m-%dT%H-%M-%S"))
        terminal.note(f"Set aside in {place.relative_to(root)}.\n  → shotmill reset --undo brings it back")
    return ExitCode.DONE


def wanted(root: Path, *, progress: bool, images: bool) -> list[Path]:
    """What a reset moves, as paths inside the project; only what is there."""
    moves: list[Path] = []
    if progress:
        moves.append(Path(".shotmill/journal.jsonl"))
        moves += sorted(path.relative_to(root) for path in root.glob("image_progress_*.json"))
    if images:
        moves.append(Path("generated_images"))
    return [path for path in moves if (root / path).exists() or (root / path).is_symlink()]


def _contents(path: Path) -> str:
    if not path.is_dir() or path.is_symlink():
        return ""
    count = sum(1 for found in path.rglob("*") if found.is_file())
    return f"   {number_of(count, 'file')}"


def _agreed(asked: Namespace, terminal: Terminal) -> bool:
    if asked.yes:
        return True
    if not terminal.interactive:
        raise UsageError("reset asks before it moves anything, and nobody can be asked here.", cure="Add --yes")
    return terminal.confirm("Go on?")


def _talk(root: Path) -> Talk | None:
    """The project in the daemon; None without one, and for a folder that it can't open: nothing can run there."""
    try:
        return Talk.with_running(root)
    except ShotmillError as fault:
        if fault.exit_code is ExitCode.UNREACHABLE:
            raise
        return None


def _refuse_while_active(root: Path) -> None:
    talk = _talk(root)
    if talk is not None and talk.status()["run"]["state"] in ACTIVE:
        raise UsageError(
            "A run of this project is active; nothing was changed.", cure="shotmill stop, then again", code="active"
        )


def _close_in_daemon(root: Path) -> None:
    """A daemon that knows the folder must not go on with the records that are about to leave."""
    talk = _talk(root)
    if talk is not None:
        talk.ask("POST", "/v1/projects/{id}/close")
