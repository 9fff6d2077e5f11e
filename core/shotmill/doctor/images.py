"""What was drawn against what is on disk: images that were deleted since, images that are damaged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.takes.layout import IMAGES, SUFFIXES

MANY = 3
"""Images that a person hardly deletes all by hand: with none left of so many, their folder or disk is gone."""
LOOKS_FOR = 20.0
"""Seconds spent on opening images; at some 20 ms each a check of them all could take minutes."""


def check_missing(around: Surroundings) -> list[Check]:
    """Beats that the record calls drawn and that have no image."""
    from shotmill.takes.journal import Journal
    from shotmill.takes.layout import Layout
    from shotmill.takes.record import ProjectRecord

    root = around.project
    record = ProjectRecord.of(Journal(Layout(root)).read())
    drawn = [(style, beat, kept.current) for (style, beat), kept in record.beats.items() if kept.current is not None]
    gone = [f"[{style}] Beat {beat}: {take.file}" for style, beat, take in drawn if not (root / take.file).is_file()]
    if len(gone) == len(drawn) >= MANY:
        said = f"all {len(drawn)} images that were drawn are gone from {root / IMAGES}"
        cure = "mount its disk or put the folder back; or: shotmill start   draws and pays for them all again"
        return broken("missing", "Drawn images", said, cure, "\n".join(gone[:200]))
    if gone:
        said = f"{len(gone)} of {len(drawn)} images that were drawn are gone: {gone[0]}"
        cure = "shotmill start   draws them again; or put them back, or: shotmill reset --undo"
        return look("missing", "Drawn images", said, cure, "\n".join(gone[:200]))
    return fine("missing", "Drawn images", f"all {len(drawn)} are where the record says" if drawn else "none yet")


def check_whole(around: Surroundings) -> list[Check]:
    """Every image is opened; ones that are drawn meanwhile are whole before they have their name."""
    from shotmill.takes.image import DamagedImage, check_file

    root, deadline = around.project, time.monotonic() + LOOKS_FOR
    damaged: list[str] = []
    seen = 0
    for path in _images(root):
        if time.monotonic() > deadline:
            break
        seen += 1
        try:
            check_file(path)
        except DamagedImage:
            damaged.append(path.relative_to(root).as_posix())
    if damaged:
        said = f"{len(damaged)} damaged, the first is {damaged[0]}"
        cure = "shotmill start   sets them aside and makes them again"
        return look("images", "Images", said, cure, "\n".join(damaged))
    late = time.monotonic() > deadline
    return fine("images", "Images", f"the first {seen} are whole" if late else f"{seen} on disk, all whole")


def _images(root: Path) -> Iterator[Path]:
    for path in sorted((root / IMAGES).glob("*/Shot_*/Beat_*")):
        if path.suffix in SUFFIXES:
            yield path


TESTS = (
    Test(
        "missing", "Drawn images", check_missing, "images", "images that were deleted", seconds=10, needs_project=True
    ),
    Test(
        "images",
        "Images",
        check_whole,
        "images",
        "images that are damaged",
        seconds=LOOKS_FOR + 10,
        needs_project=True,
    ),
)
