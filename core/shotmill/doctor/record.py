"""A project's record without a daemon: how its last run ended, what is left for a person, and locks nobody holds."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from shotmill.client import lock
from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.doctor.runs import judged_run
from shotmill.doctor.status import live_status, offline
from shotmill.errors import ShotmillError
from shotmill.secrets import redact
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
    return judged_run(status, time.time())


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
    number, _, machine = path.read_text("utf-8", "replace").strip().partition(" ")
    if number and number == own_daemon(around):
        return fine("lock", "Run lock", "held by your daemon, which draws here")
    holder = f"process {number} on {machine.partition(' ')[0] or 'this machine'}" if number else "an unknown process"
    said = f"another daemon draws this project ({printable(holder, 80)})"
    return look("lock", "Run lock", said, "Stop it there: SHOTMILL_HOME=ITS_HOME shotmill stop, or wait until it ends")


def own_daemon(around: Surroundings) -> str:
    """The process of this home's daemon, "" without one. Having a project open is not yet to be the one that draws."""
    path = around.folders.run / "daemon.lock"
    try:
        return path.read_text("utf-8", "replace").strip() if lock.is_held(path) else ""
    except OSError:
        return ""


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


def check_mirrors(around: Surroundings) -> list[Check]:
    """The progress files of older tools: a folder or a link in the place of one is never written through, and one that
    is gone is told by the images that it would name."""
    files = sorted(around.project.glob("image_progress_*.json"))
    odd = next((path for path in files if path.is_symlink() or not path.is_file()), None)
    if odd is not None:
        kind = "a link" if odd.is_symlink() else "no plain file"
        said = f"{odd.name} is {kind}: older tools are not told how far the style is; Shotmill has a record of its own"
        return look("mirror", "Progress files", said, f"mv {shlex.quote(str(odd))} {shlex.quote(f'{odd}.old')}")
    lost = _lost_mirrors(around.project)
    if lost:
        said = (
            f"{', '.join(lost)} not there, though images are: older tools begin anew. Shotmill has a record of its own"
        )
        return look("mirror", "Progress files", said, "shotmill start   writes it again")
    return fine("mirror", "Progress files", f"{len(files)}, for older tools" if files else "none yet")


def _lost_mirrors(root: Path) -> list[str]:
    """Names of progress files that are not there, of styles of which the journal knows an image that is."""
    from shotmill.doctor.project import sources
    from shotmill.takes.entries import Exists, Take
    from shotmill.takes.journal import Journal

    layout = Layout(root)
    try:
        places = {source.style: layout.progress(source.style) for source in sources(root)}
    except ShotmillError:
        return []  # settings and prompts have checks of their own, which say why
    absent = {style: path.name for style, path in places.items() if not path.exists()}
    lost: dict[str, str] = {}
    for entry in Journal(layout).read() if absent else ():
        if len(lost) == len(absent):
            break  # a great project's journal takes seconds to read
        if not isinstance(entry, Take | Exists) or entry.style not in absent or entry.style in lost:
            continue
        if (root / entry.file).is_file():
            lost[entry.style] = absent[entry.style]
    return sorted(lost.values())


def check_errors(around: Surroundings) -> list[Check]:
    """The last line of the log that tells of an error: what happened, where, why."""
    lines = since_last_start(last_lines(Layout(around.project).log))
    bad = [line for line in lines if line.get("level") == "error"]
    if not bad:
        return fine("errors", "Log", "no error since the last start" if lines else "nothing was logged yet")
    last = bad[-1]
    said = printable(f"{_place(last)}{last.get('text', '')}", 300)
    return look("errors", "Log", f"{_errors(bad)}: {said}", "shotmill logs --level error")


def since_last_start(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """The lines of the last run: what went wrong before it was started again is no news."""
    starts = [at for at, line in enumerate(lines) if str(line.get("text", "")).startswith("started:")]
    return lines[starts[-1] :] if starts else lines


def check_daemon_log(around: Surroundings) -> list[Check]:
    """Errors in the daemon's own log since it was last ready."""
    try:
        with around.folders.daemon_log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LAST_LINES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return fine("daemon.log", "Daemon's log", "nothing was logged yet")
    ready = [at for at, line in enumerate(lines) if " INFO shotmill: ready, process " in line]
    bad = [line for line in lines[ready[-1] if ready else 0 :] if " ERROR " in line or " CRITICAL " in line]
    if not bad:
        return fine("daemon.log", "Daemon's log", "no error since it started", more=str(around.folders.daemon_log))
    said = printable(redact(bad[-1]), 300)
    cure = f"tail -50 {around.folders.daemon_log}   (or send it: shotmill doctor --bundle help.zip)"
    return look("daemon.log", "Daemon's log", f"{_errors(bad)}: {said}", cure)


def _errors(bad: Sequence[object]) -> str:
    return "1 error" if len(bad) == 1 else f"{len(bad)} errors, the last"


def check_estimate(around: Surroundings) -> list[Check]:
    """How long the rest takes and what sets that. Where the daemon has the project open, it says so itself."""
    from shotmill.doctor.slow import judged_estimate
    from shotmill.engine.estimate_project import project_estimate
    from shotmill.settings.keys import load_keys

    if live_status(around) is not None:
        return []
    now = time.time()
    try:
        ring = load_keys(around.folders, around.environ)
        found = project_estimate(around.project, ring, around.folders.database, None, now)
    except ShotmillError:
        return []  # settings, prompts and keys have checks of their own, which say why
    return [judged_estimate(found, now)]


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
    Test("mirror", "Progress files", check_mirrors, "progress", "the files for older tools", 10, needs_project=True),
    Test("pace", "Pace", check_estimate, "slow", "what sets the pace, what helps most", 20, needs_project=True),
    Test("daemon.log", "Daemon's log", check_daemon_log, "errors", "the last error of the daemon"),
    Test("errors", "Log", check_errors, "errors", "the last error in the log", needs_project=True),
)
