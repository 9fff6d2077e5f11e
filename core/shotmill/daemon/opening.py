"""A folder becomes an open project, and what an earlier daemon left of it is taken in."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from shotmill.daemon.project_lock import ProjectLock, ProjectLocked
from shotmill.daemon.rebuild import read_journal
from shotmill.daemon.state_disk import OtherHost
from shotmill.engine.log import LogLine
from shotmill.engine.project import OpenProject
from shotmill.engine.recovery import recover as recover_attempts
from shotmill.errors import ExitCode, NothingRunsError, ShotmillError, UsageError
from shotmill.gemini.sdk import load_sdk
from shotmill.ledger.journals import ProjectRow
from shotmill.project_folder import NoProjectError, is_project
from shotmill.settings.endpoint import EndpointRefused
from shotmill.takes.identity import identify
from shotmill.takes.layout import Layout
from shotmill.takes.leftovers import remove_leftovers
from shotmill.takes.place import MOVED_FOR_GOOD, told
from shotmill.untrusted import printable

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

CLOSING_S = 2.0
HALF_WRITTEN_S = 3600.0
"""So long ago nobody who still lives wrote to such a file: an image is in its place within seconds."""
INTERRUPTED = "the run was interrupted there; what had arrived is safe, what was out is told as in doubt"
_log = logging.getLogger(__name__)


async def open_project(workshop: Workshop, path: str, *, look: bool = False) -> OpenProject:
    """Open a folder, or read it anew when no run is using it. Saves first what an earlier daemon left.

    What keeps it from being opened is told in its log, unless somebody only wants to `look`: then one that is open is
    found by its path, whatever became of its folder.
    """
    known = _open_at(workshop, Path(path)) if look else None
    if known is not None and not is_project(known.root):
        return known
    root = _folder(path)
    async with workshop.opening:
        found = _open_at(workshop, root)
        if found is not None and await _is_left(workshop, found):
            await close_project(workshop, found)
            found = None
        if found is None:
            return await _open(workshop, root, look=look)
    async with workshop.starting(found):  # a start that is under way has chosen its beats from the board as it is
        if not workshop.is_active(found) and not found.found.inspecting:
            try:
                if found.is_recovered:
                    await found.reload()
                if not found.is_recovered:
                    await _recover_if_free(workshop, found)
            except ShotmillError as error:
                if not look:
                    tell_refused(found, "not opened", error)
                raise
            found.watch()
    return found


async def _is_left(workshop: Workshop, project: OpenProject) -> bool:
    """Whether it is at rest and another folder is at its place: that one is a project of its own."""
    if workshop.is_active(project) or project.in_the_air:
        return False
    return await workshop.tools.in_thread(project.home.is_other)


def _open_at(workshop: Workshop, path: Path) -> OpenProject | None:
    root = path.resolve() if path.is_absolute() else path
    return next((project for project in workshop.projects.values() if project.root == root), None)


async def _open(workshop: Workshop, root: Path, *, look: bool) -> OpenProject:
    layout = Layout(root)
    try:
        identity = await workshop.tools.in_thread(
            lambda: identify(layout, workshop.clock.now(), workshop.ledger.root_of)
        )
    except ShotmillError as error:  # a folder that can't be written has no log of its own
        _log.warning("%s not opened: %s", root, error.told)
        raise
    await _leave_old_place(workshop, identity, root)
    reader = workshop.reader_of(root)
    project = OpenProject(reader, identity, workshop.tools)
    workshop.in_background(load_sdk())  # seconds of import that the first request would wait for
    try:
        await workshop.tools.in_thread(project.log.recall)
        await read_own_journal(workshop, project)
        await workshop.ledger.register(identity, root, workshop.clock.now())
        project.agreed_usd = await workshop.ledger.agreed_usd(identity)
        await _recover_if_free(workshop, project)
    except BaseException as error:
        if isinstance(error, ShotmillError) and not look:
            tell_refused(project, "not opened", error)
        reader.close()
        project.log.close()
        raise
    workshop.projects[identity] = project
    project.watch()
    return project


async def _leave_old_place(workshop: Workshop, identity: str, root: Path) -> None:
    """A project whose folder was moved is forgotten at its old place, unless a run or its answers still wait for it
    there: what these have in hand must not be taken for what a dead daemon left."""
    known = workshop.projects.get(identity)
    if known is None:
        return
    if workshop.is_active(known) or known.in_the_air:
        old = printable(str(known.root))
        cure = f"Move it back to {old} and it goes on by itself; or: {MOVED_FOR_GOOD}"
        raise NothingRunsError(f"a run of this project still waits for it at {old}", cure=cure, code="moved")
    await close_project(workshop, known)


def tell_refused(project: OpenProject, what: str, error: ShotmillError) -> None:
    """What keeps a project from being drawn, in its log and the daemon's: the reason, then the cure. A screen that asks
    again and again is told once."""
    lines = project.log.recent()
    text = f"{what}: {error.told}"
    line = LogLine(0.0, "error", "note", text).to_json(0)["text"]
    if not lines or line != lines[-1]["text"]:
        _log.warning("%s %s", project.root, text)
        project.tell("error", "note", text)


async def _recover_if_free(workshop: Workshop, project: OpenProject) -> None:
    """Take in what was left, unless another daemon draws the project: then what is out is that one's, and here there
    is only looking."""
    lock = ProjectLock(project.layout.dot / "lock")
    try:
        lock.take()
    except (ProjectLocked, OtherHost):
        await project.reload()
        return
    try:
        await take_in_left(workshop, project)
    finally:
        lock.release()


async def take_in_left(workshop: Workshop, project: OpenProject) -> None:
    """Take in what was left. Under the project's lock: another daemon may have drawn until it was taken.

    The board is another one after that.
    """
    project.disk.patient = bool(project.in_the_air)  # what is in the air waits for its disk
    try:
        await project.reload()
        await _tidy(workshop, project)
        _tell_interrupted(workshop, project)
        found = await recover_attempts(project, workshop.tools)
        if found:
            await project.reload()
        if found.saved or found.in_doubt:
            project.interruption = found.saved, found.in_doubt
            said = f"interrupted earlier: {found.saved} images saved, {found.in_doubt} requests in doubt"
            project.tell("warning", "note", said)
        project.is_recovered = True
    finally:
        project.disk.patient = True


def _tell_interrupted(workshop: Workshop, project: OpenProject) -> None:
    """A run that never came to its end, in the log of its project: who died, when, and what that means. Once, however
    many daemons open it before it is started again."""
    last = project.record.last_run
    if last is None or last.state != "started" or project.id in workshop.runs:
        return
    for line in reversed(project.log.recent()):
        if INTERRUPTED in line["text"]:
            return
        if line["text"].startswith("started:"):
            break
    ours = any(run.run == last.run for run in workshop.interrupted)
    died = workshop.last_life if ours else None  # another home's daemon died, or one of long ago
    who = died.told(workshop.clock.now()) if died is not None else "the daemon of then ended before it"
    project.tell("warning", "note", f"{who}: {INTERRUPTED}")


async def _tidy(workshop: Workshop, project: OpenProject) -> None:
    """Under the project's lock, before anything is sent: what a kill left half-written is nobody's any more."""
    places, older_than = project.leftovers_in, workshop.clock.now() - HALF_WRITTEN_S
    at_work = list(project.in_the_air)
    try:
        await workshop.tools.in_thread(lambda: remove_leftovers(project.layout, places, older_than, at_work))
    except ShotmillError as error:
        project.tell("warning", "note", f"half-written files stay where they are: {error.message}")


async def read_own_journal(workshop: Workshop, project: OpenProject, *, anew: bool = False) -> None:
    """A project that comes from elsewhere, or is met after its database was lost: what it sent counts here too. `anew`:
    another daemon wrote since."""
    row = ProjectRow(project.id, project.root)
    if not anew and await workshop.tools.in_thread(lambda: workshop.ledger.is_read(row.id)):
        return
    with contextlib.suppress(EndpointRefused):  # nothing is sent there either; `start` asks again
        now = workshop.clock.now()
        ring, read = workshop.keys.ring, project.read_journal
        sends = await project.between_entries(lambda: read_journal(workshop.ledger, row, ring, now, read))
        workshop.places.sent_elsewhere(sends, now)


async def close_project(workshop: Workshop, project: OpenProject) -> None:
    """Forget a folder, so that its records can be moved away."""
    async with workshop.starting(project):
        run = workshop.runs.get(project.id)
        if run is not None and run.active:
            raise ShotmillError("a run is active", cure="shotmill stop", code="running", exit_code=ExitCode.USAGE)
        if run is not None:  # an answer that nobody waits for any more may take minutes, and finds its place then
            await run.landed(CLOSING_S)
        await project.found.inspected(CLOSING_S)
        workshop.projects.pop(project.id, None)
        workshop.runs.pop(project.id, None)
        await workshop.tools.in_thread(project.log.close)


def _folder(path: str) -> Path:
    root = Path(path)
    if not root.is_absolute():
        raise UsageError("a project is named by its absolute path")
    with told(root):
        is_folder = root.is_dir()
    if not is_folder:
        raise UsageError(f"{printable(path, 200)} is no folder", cure="name the folder that holds prompts/")
    if not is_project(root):
        raise NoProjectError(root)
    return root.resolve()
