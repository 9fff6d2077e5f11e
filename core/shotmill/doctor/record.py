"""A project's record without a daemon: how its last run ended, what is left for a person, and locks nobody holds."""

from __future__ import annotations

import json
from pathlib import Path

from shotmill.client import lock
from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.doctor.runs import judged_run
from shotmill.doctor.status import live_status, offline
from shotmill.errors import ShotmillError
from shotmill.takes.layout import Layout
from shotmill.untrusted import printable

LAST_LINES = 200_000
"""Bytes of the log's end that are looked at."""


def check_run(around: Surroundings) -> list[Check]:
    """How far the project is and why it stands. Where the daemon has it open, the daemon says so itself."""
    if live_status(around) is not None:
        return []
    try:
        status = offline(around)
    except ShotmillError:
        return []  # settings and prompts have checks of their own, which say why
    return judged_run(status)


def check_lock(around: Surroundings) -> list[Check]:
    """Only a process that lives holds a lock: no file that was left behind can claim that a run goes on."""
    path = Layout(around.project).dot / "lock"
    try:
        is_held = lock.is_held(path)
    except OSError as error:
        return broken("lock", "Run lock", f"{path} can't be opened: {error.strerror}", "shotmill help progress")
    if not is_held:
        said = "free: no process draws here"
        return fine("lock", "Run lock", said + (", whatever its file says" if path.exists() else ""))
    if live_status(around) is not None:
        return fine("lock", "Run lock", "held by your daemon, which draws here")
    holder = printable(path.read_text("utf-8", "replace").strip(), 80) or "an unknown process"
    said = f"another daemon draws this project ({holder})"
    return look("lock", "Run lock", said, "Stop it there: SHOTMILL_HOME=ITS_HOME shotmill stop, or wait until it ends")


def check_progress(around: Surroundings) -> list[Check]:
    """The journal that progress is kept in, and lines in it that nothing could be made of."""
    from shotmill.takes.journal import Journal

    layout = Layout(around.project)
    journal = Journal(layout)
    entries = sum(1 for _ in journal.read())
    if journal.skipped:
        said = (
            f"{journal.skipped} damaged lines in {layout.journal} are passed over; their images are adopted from disk"
        )
        return look("journal", "Record", said, "shotmill start   (or, to begin it anew: shotmill reset --progress)")
    said = f"{entries:,} entries in .shotmill/journal.jsonl" if entries else "nothing was drawn here yet"
    return fine("journal", "Record", said, more=str(layout.journal))


def check_errors(around: Surroundings) -> list[Check]:
    """The last line of the log that tells of an error: what happened, where, why."""
    lines = last_lines(Layout(around.project).log)
    bad = [line for line in lines if line.get("level") == "error"]
    if not bad:
        return fine("errors", "Log", "no error in its last lines" if lines else "nothing was logged yet")
    last = bad[-1]
    said = printable(f"{_place(last)}{last.get('text', '')}", 300)
    return look("errors", "Log", f"{len(bad)} errors, the last: {said}", "shotmill logs --level error")


def last_lines(log: Path) -> list[dict[str, object]]:
    """The lines at the end of a log of objects, oldest first; none where there is no log."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - LAST_LINES))
            raw = file.read().splitlines()[1 if size > LAST_LINES else 0 :]
    except OSError:
        return []
    found = []
    for line in raw:
        try:
            data = json.loads(line)
        except ValueError:
            continue
        if isinstance(data, dict):
            found.append(data)
    return found


def _place(line: dict[str, object]) -> str:
    style, beat = line.get("style"), line.get("beat")
    return f"[{style}] Beat {beat}: " if style and beat else f"[{style}] " if style else ""


TESTS = (
    Test("run", "Run", check_run, "stops", "how the last run ended, and why", seconds=10, needs_project=True),
    Test("lock", "Run lock", check_lock, "already", "whether a run goes on, and whose", needs_project=True),
    Test("journal", "Record", check_progress, "progress", "the record of what was drawn", 10, needs_project=True),
    Test("errors", "Log", check_errors, "errors", "the last error in the log", needs_project=True),
)
