"""The project's folder: its prompts, its references, whether it can be written, whether its images are whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.story.discover import Source

LARGE_REFERENCE = 4 * 1024 * 1024
"""Bytes; a larger reference goes out as a smaller copy, with every hard cut."""

MOST_IMAGES = 400
"""Images that are decoded at most; at some 20 ms each a check of them all could take minutes."""


def check_prompts(around: Surroundings) -> list[Check]:
    from shotmill.story.load import load_story

    story = load_story(_sources(_root(around)))
    counts = ", ".join(f"{len(style.prompts)} in {style.name}" for style in story)
    return fine("prompts", "Prompts", counts, more=", ".join(str(style.source) for style in story))


def check_references(around: Surroundings) -> list[Check]:
    from shotmill.settings.project import load_project_settings, references_of

    root = _root(around)
    settings = load_project_settings(root)
    names = [source.style for source in _sources(root)]
    files = dict.fromkeys(path for name in names for path in references_of(settings.style(name), root))
    large = [path for path in files if path.stat().st_size > LARGE_REFERENCE]
    if large:
        said = f"{large[0].name} is {large[0].stat().st_size / 1e6:.0f} MB; it is sent smaller with each hard cut"
        return look("references", "References", said, "Make it 2048 wide to choose how")
    return fine("references", "References", ", ".join(path.name for path in files) or "none")


def check_writable(around: Surroundings) -> list[Check]:
    root = _root(around)
    closed = [path for path in _places(root) if path.is_dir() and not os.access(path, os.W_OK | os.X_OK)]
    if closed:
        said = f"{closed[0]} can't be written"
        return broken("folder", "Project folder", said, f"chmod u+rwx '{closed[0]}', or choose another folder")
    return fine("folder", "Project folder", "can be written", more=str(root))


def check_images(around: Surroundings) -> list[Check]:
    """Every image on disk against what a whole one looks like; images that are drawn meanwhile are whole when named."""
    from shotmill.takes.image import DamagedImage, check_file

    root = _root(around)
    damaged: list[str] = []
    seen = 0
    for path in _images(root):
        if seen == MOST_IMAGES:
            break
        seen += 1
        try:
            check_file(path)
        except DamagedImage:
            damaged.append(path.relative_to(root).as_posix())
    if damaged:
        said = f"{len(damaged)} damaged, the first is {damaged[0]}"
        return look("images", "Images", said, "shotmill start sets them aside and makes them again", "\n".join(damaged))
    return fine(
        "images", "Images", f"{seen} on disk, all whole" if seen < MOST_IMAGES else f"the first {seen} are whole"
    )


def _images(root: Path) -> Iterable[Path]:
    folder = root / "generated_images"
    return sorted(path for path in folder.glob("*/Shot_*/Beat_*") if path.suffix in (".png", ".jpg", ".jpeg", ".webp"))


def _places(root: Path) -> tuple[Path, ...]:
    return (root, root / ".shotmill", root / "generated_images", *sorted((root / "generated_images").glob("*")))


def _sources(root: Path) -> tuple[Source, ...]:
    from shotmill.settings.project import load_project_settings
    from shotmill.story.discover import find_sources

    settings = load_project_settings(root)
    return find_sources(root, {name: style.prompts for name, style in settings.styles.items()})


def _root(around: Surroundings) -> Path:
    assert around.root is not None  # noqa: S101 - needs_project
    return around.root


TESTS = (
    Test("prompts", "Prompts", check_prompts, seconds=20, needs_project=True),
    Test("references", "References", check_references, needs_project=True),
    Test("folder", "Project folder", check_writable, needs_project=True),
    Test("images", "Images", check_images, seconds=40, needs_project=True),
)
