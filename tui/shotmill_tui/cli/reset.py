"""`shotmill reset`: the emergency procedure. Nothing is deleted: all of it goes to a trash that can be undone."""

from __future__ import annotations

from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError, UsageError
from shotmill_tui.cli.place import ACTIVE, add_project, find_project
from shotmill_tui.cli.talk import Talk
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.trash import Trash
from shotmill_tui.cli.words import number_of, price

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import Any

UNDO = "shotmill reset --undo"
JOURNAL = Path(".shotmill/journal.jsonl")


def arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add_project(parser)
    add("--progress", action="store_true", help="only forget records and mirrors; images on disk are adopted again")
    add("--images", action="store_true", help="only set generated_images aside; final_images stay")
    add("--undo", action="store_true", help="bring back what the last reset set aside")
    add("--yes", action="store_true", help="do not ask")


def run(asked: Namespace, terminal: Terminal) -> int:
    root = find_project(asked.project)
    if asked.undo and (asked.progress or asked.images):
        raise UsageError("reset: --undo brings back what the last reset moved, alone.", cure=UNDO)
    trash = Trash(root)
    both = not (asked.progress or asked.images)
    progress, images = asked.progress or both, asked.images or both
    moves = trash.last() if asked.undo else wanted(root, progress=progress, images=images)
    if not moves:
        terminal.note("There is nothing to undo." if asked.undo else "There is nothing to reset.")
        return ExitCode.DONE
    _refuse_while_active(root)
    terminal.note("To be brought back:" if asked.undo else "To be set aside, into .shotmill/trash:")
    for path in moves:
        terminal.note(f"  {path.as_posix()}{_contents(trash.source(path) if asked.undo else root / path)}")
    for line in since(root, moves) if asked.undo else consequences(root, progress=progress, images=images):
        terminal.note(line)
    if not _agreed(asked, terminal):
        terminal.note("Nothing was changed.")
        return ExitCode.STOPPED
    _close_in_daemon(root)
    if asked.undo:
        kept = trash.restore()
        stood = f" What stood in their place is in {kept}.\n  → {UNDO}   changes the two again" if kept else ""
        terminal.note(f"Brought back.{stood}")
    else:
        place = trash.take(moves)
        terminal.note(f"Set aside in {place.relative_to(root)}.\n  → {UNDO}   brings it back")
        terminal.note("  → shotmill start   begins anew" if images else "  → shotmill start   adopts the images")
    return ExitCode.DONE


def consequences(root: Path, *, progress: bool, images: bool) -> list[str]:
    """What the next start will make of it, in money where it costs some."""
    lines, (there, gone, run) = [], _images_of(root)
    if progress:
        spent, doubts, _ = _record_of(root)
        told = f" with {number_of(doubts, 'doubt')}" if doubts else ""
        lines.append(
            "Forgotten is what was drawn when and with which key, which beats failed or were refused, "
            f"and {price(spent, run)} of the project's count of money{told}."
        )
    if progress and not images and there:
        stay = number_of(there, "image on disk stays", "images on disk stay")
        lines.append(f"{stay}; the next start adopts what is there and pays for none of it again.")
    if images and there:
        lines.append(f"The next start draws {number_of(there, 'image')} again and pays for them again.")
    if gone:
        are = number_of(gone, "image that was drawn is", "images that were drawn are")
        lines.append(f"{are} gone from generated_images already: the next start draws and pays for them again anyway.")
    return lines


def since(root: Path, moves: Sequence[Path]) -> list[str]:
    """What was drawn and paid since the reset that is undone: its record goes aside, and its money out of the count."""
    if JOURNAL not in moves:
        return []
    spent, doubts, takes = _record_of(root)
    if not (spent or doubts or takes):
        return []
    told, paid = f" with {number_of(doubts, 'doubt')}" if doubts else "", price(spent, _images_of(root)[2])
    return [
        f"Since that reset {number_of(takes, 'take was', 'takes were')} drawn: their record is set aside, and "
        f"{paid}{told} leaves the project's count of money. That money stays spent: lower budget_usd by it."
    ]


def _images_of(root: Path) -> tuple[int, int, dict[str, Any]]:
    """How many beats have their image on disk, how many had one that is gone, and the status of the run, for its kind
    of money. Where prompts or settings can't be read the files alone are counted."""
    from shotmill.engine.offline import offline_status

    try:
        status = offline_status(root)
    except ShotmillError:
        return sum(1 for _ in (root / "generated_images").glob("*/Shot_*/Beat_*")), 0, {}
    run: dict[str, Any] = status["run"]
    return sum(style["done"] for style in status["styles"].values()), int(run["gone"]), run


def _record_of(root: Path) -> tuple[float, int, int]:
    """Dollars that the record counts, the doubts that are open in it, its takes; nothing where it can't be read."""
    from shotmill.takes.journal import Journal
    from shotmill.takes.layout import Layout
    from shotmill.takes.record import ProjectRecord

    try:
        record = ProjectRecord.of(Journal(Layout(root)).read())
    except ShotmillError:
        return 0.0, 0, 0
    beats = record.beats.values()
    doubts, takes = sum(len(beat.doubts) for beat in beats), sum(len(beat.takes) for beat in beats)
    return record.spent_usd + record.in_doubt_usd, doubts, takes


def wanted(root: Path, *, progress: bool, images: bool) -> list[Path]:
    """What a reset moves, as paths inside the project; only what is there."""
    moves: list[Path] = []
    if progress:
        moves.append(JOURNAL)
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
            "A run of this project is active; nothing was changed.", cure="shotmill stop   then again", code="active"
        )
    if talk is None and _is_drawn_elsewhere(root):
        raise UsageError(
            "Another daemon draws this project; nothing was changed.", cure="Stop it there, then again", code="active"
        )


def _is_drawn_elsewhere(root: Path) -> bool:
    """The project's own lock, which any daemon of any home holds while it draws."""
    from shotmill.client import lock

    try:
        return lock.is_held(root / ".shotmill" / "lock")
    except OSError:
        return False


def _close_in_daemon(root: Path) -> None:
    """A daemon that knows the folder must not go on with the records that are about to leave."""
    talk = _talk(root)
    if talk is not None:
        talk.ask("POST", "/v1/projects/{id}/close")
