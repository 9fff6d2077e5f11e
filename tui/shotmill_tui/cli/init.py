"""`shotmill init`: the first run without a screen. Finds what is there, asks what it can't know, says what it costs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from shotmill.errors import NothingRunsError, ShotmillError
from shotmill.untrusted import printable
from shotmill_tui.cli.place import add_project, folders, named_folder
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import about, number_of, price

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from shotmill.engine.estimate import RunEstimate
    from shotmill.settings.keys import KeyRing


TRIAL = 3
"""Beats of each style that are drawn on trial, as the screen's first run offers it."""

_DEMO = "  → shotmill demo   a sample first: no key, no cent"


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.settings.project import default_title
    from shotmill.settings.write import found_styles, project_toml, write_project_toml

    root = named_folder(asked.project) if asked.project else Path.cwd()
    sources = _sources(root)
    ring = _ring()
    _refuse_twice(root)
    terminal.note(_found(root, sources, ring))
    budget: float | None = None
    if terminal.interactive and not _is_env_alone(ring):
        from shotmill_tui.cli.first_questions import ask_budget, ask_keys, ask_projects

        if not ring.keys:
            ask_keys(terminal, [key.name for key in ring.unusable])
            ring = _ring()
            _test(ring, terminal)
        ask_projects(ring, terminal)
        budget = ask_budget(terminal)
    path = write_project_toml(root, project_toml(default_title(root), found_styles(root, sources), budget_usd=budget))
    terminal.note(f"Wrote {path}.")
    for line in _what_next(root, bool(sources)):
        terminal.note(line)
    return 0


def _test(ring: KeyRing, terminal: Terminal) -> None:
    """Whether the provider knows what was pasted: costs nothing, and a provider that can't be reached keeps nobody."""
    from shotmill_tui.cli.keys import test_all

    if ring.keys:
        try:
            test_all(terminal)
        except ShotmillError as fault:
            terminal.error(fault)


def _refuse_twice(root: Path) -> None:
    """Before anything is asked: a file that is there is a person's."""
    from shotmill.settings.project import FILE_NAME
    from shotmill.settings.write import ProjectFileExistsError

    if (root / FILE_NAME).exists():
        cure = "Edit it, or move it away first; shotmill start uses it as it is"
        raise ProjectFileExistsError(f"{root / FILE_NAME} is there already", cure=cure)


def _found(root: Path, sources: dict[str, Path], ring: KeyRing) -> str:
    images = sum(1 for _ in (root / "generated_images").glob("*/Shot_*/Beat_*"))
    names = f" ({printable(', '.join(sources), 200)})" if sources else ""
    parts = [f"{number_of(len(sources), 'style')}{names}"]
    if images:
        parts.append(f"{number_of(images, 'image')} already drawn")
    named = ", ".join(f"{key.name}: {key.reason}" for key in ring.unusable)
    usable = number_of(len(ring.keys), "key") if ring.keys else "no usable key" if named else "no key"
    parts.append(f"{usable} on this machine{f' ({printable(named, 200)})' if named else ''}")
    return f"Found here: {', '.join(parts)}."


def _what_next(root: Path, has_prompts: bool) -> list[str]:
    """The estimate with the command that goes on. Raises `ShotmillError` for prompts that can't be read."""
    from shotmill.engine.estimate_project import project_estimate

    if not has_prompts:
        return ["  → put prompts into prompts/, or storyboards into storyboards/; or look at shotmill demo"]
    ring = _ring()
    found = project_estimate(root, ring, Path(folders().database), None, time.time())
    lines = [*(f"look: {printable(hint, 400)}" for hint in found.hints), *estimate_lines(found)]
    if not ring.keys:
        cure = ring.unusable[0].cure if ring.unusable else "shotmill keys add NAME"
        lines = [*lines[: 1 + len(found.hints)], f"  → {cure}   then: shotmill start", _DEMO]
    return lines


def estimate_lines(found: RunEstimate) -> list[str]:
    """What the rest costs and takes, and a trial of three beats a style, named with its price; or the demo."""
    if not found.images:
        return ["All images are there: nothing is to be drawn."]
    run = {"play_money": found.is_play_money}
    parts = [f"{number_of(found.images, 'image')} to draw", f"about {price(found.usd, run)}"]
    if found.seconds and found.within_budget is None:
        parts.append(f"about {about(found.seconds)}")
    lines = [f"{', '.join(parts)}. Nothing is spent yet."]
    trial = sum(min(TRIAL, count) for count in found.by_style.values())
    if found.images > trial:
        cost = price(found.usd / found.images * trial, run)
        lines.append(f"  → shotmill start --limit {TRIAL} --wait   a trial: {number_of(trial, 'image')}, about {cost}")
    lines.append("  → shotmill start --wait   all of it; --budget USD limits what it may spend")
    return [*lines, _DEMO]


def _ring() -> KeyRing:
    from shotmill.settings.keys import load_keys

    return load_keys(folders(), os.environ)


def _is_env_alone(ring: KeyRing) -> bool:
    """A key in the environment and prompts in the folder: nothing has to be asked."""
    return len(ring.keys) == 1 and ring.keys[0].origin == "environment"


def _sources(root: Path) -> dict[str, Path]:
    """Style and prompts file of all that is there; none in an empty folder."""
    from shotmill.story.discover import find_sources

    try:
        return {source.style: source.path for source in find_sources(root, {})}
    except NothingRunsError:
        return {}
