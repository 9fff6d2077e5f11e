"""What a project is drawn from: its prompts and its references."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shotmill.clock import from_iso
from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.doctor.status import live_status
from shotmill.moment import moment
from shotmill.project_folder import TO_MAKE_ONE, is_project
from shotmill.story.discover import Source
from shotmill.takes.mounts import Mount, mount_at
from shotmill.takes.place import MOVED_FOR_GOOD, place_error
from shotmill.untrusted import printable


def check_project(around: Surroundings) -> list[Check]:
    """Where no project is meant, only the machine is looked at, and where its folder is away, only what the daemon
    knows of it: that has to be said."""
    if around.root is None:
        said = "this folder is no project (no shotmill.toml, prompts/ or storyboards/): only the machine was looked at"
        return look("project", "Project", said, f"shotmill doctor PROJECT. {TO_MAKE_ONE}")
    if is_project(around.root):
        return []
    return judged_away(around.root, mount_at(around.root), live_status(around), time.time())


def judged_away(root: Path, mount: Mount | None, status: Mapping[str, Any] | None, now: float) -> list[Check]:
    """A folder that is not there, or holds no project any more; `status`: the daemon's, where it has the project."""
    said, cure = f"{root}: it holds no project any more", f"Put the project's folder back to {root}"
    try:
        root.stat()
    except OSError as fault:
        told = place_error(root, fault)
        is_moved = told.cure.endswith(MOVED_FOR_GOOD)
        said, cure = told.message.rstrip("."), f"Put the folder back to {root}" if is_moved else told.cure
    if mount is not None and mount.is_network:
        said += f" ({mount.kind} at {mount.place})"
    run = (status or {}).get("run", {})
    if run.get("state") not in ("running", "waiting", "stopping"):
        return broken("project", "Project", said, cure)
    since = f" since {moment(from_iso(run['waiting_since']), now)}" if run.get("waiting_since") else ""
    said = f"{said}; run {printable(str(run['id']), 40)} waits for it{since}, what was received is safe"
    return broken("project", "Project", said, f"{cure}: the run goes on by itself. {MOVED_FOR_GOOD}")


def check_prompts(around: Surroundings) -> list[Check]:
    """Every style's prompts. A file that can't be read names its lines: that error is the check's own."""
    from shotmill.story.hints import hints
    from shotmill.story.load import load_story

    story = load_story(sources(around.project))
    counts = ", ".join(f"{len(style.prompts)} in {style.name}" for style in story)
    more = ", ".join(str(style.source) for style in story)
    strange = hints(story)
    if strange:
        said = f"{counts}; {strange[0]}{f' (and {len(strange) - 1} more)' if len(strange) > 1 else ''}"
        return look("prompts", "Prompts", said, "Correct it, or leave it so", "\n".join(strange))
    return fine("prompts", "Prompts", counts, more=more)


def check_references(around: Surroundings) -> list[Check]:
    """Each reference is opened as it will be before it is sent: missing, damaged, too large."""
    from shotmill.errors import ShotmillError
    from shotmill.settings.project import load_project_settings, references_of
    from shotmill.takes.image import LONG_SIDE
    from shotmill.takes.references import load_reference

    root = around.project
    settings = load_project_settings(root)
    names = [source.style for source in sources(root)]
    files = list(dict.fromkeys(path for name in names for path in references_of(settings.style(name), root)))
    checks: list[Check] = []
    for path in files:
        shown = _inside(path, root)
        try:
            reference = load_reference(path, root=root)
        except ShotmillError as fault:
            checks += broken(f"reference.{shown}", "Reference", fault.message, fault.cure)
            continue
        if reference.shrunk:
            said = f"{shown} is {path.stat().st_size / 1e6:.0f} MB; it is sent smaller with each hard cut"
            cure = f"Save it {LONG_SIDE} wide to choose how it is made smaller"
            checks += look(f"reference.{shown}", "Reference", said, cure)
    if checks:
        return checks
    said = ", ".join(_inside(path, root) for path in files)
    return fine("references", "References", said or "none; a style_reference.png would be sent with each hard cut")


def sources(root: Path) -> tuple[Source, ...]:
    """The styles of a project and their files, as its settings have them."""
    from shotmill.settings.project import load_project_settings
    from shotmill.story.discover import find_sources

    settings = load_project_settings(root)
    return find_sources(root, {name: style.prompts for name, style in settings.styles.items()})


def _inside(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


TESTS = (
    Test("project", "Project", check_project, "stuck", "whether this folder is a project, and still there"),
    Test("prompts", "Prompts", check_prompts, "stuck", "every prompts file, by line", seconds=20, needs_project=True),
    Test(
        "references",
        "References",
        check_references,
        "stuck",
        "that references are there, can be read and are not too large",
        seconds=20,
        needs_project=True,
    ),
)
