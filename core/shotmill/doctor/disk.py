"""Room for images: what a project still needs against what is free, where they are kept and where they arrive."""

from __future__ import annotations

from pathlib import Path

from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.engine.image_bytes import size
from shotmill.takes.room import image_folders, least_room

SCARCE, TOO_LITTLE = 2_000_000_000, 200_000_000
"""Bytes free: below the first it is worth a look, below the second nothing more can be drawn safely."""
MANY = 20
"""Images for which there has to be room, or all that are left."""


def check_project_disk(around: Surroundings) -> list[Check]:
    root = around.root or Path.cwd()
    free, path = least_room(image_folders(root) or [root])
    found = judged("disk", "Disk", free, path, *still_needed(around))
    if path.stat().st_dev == root.stat().st_dev:
        return found
    return [*found, *judged("disk.project", "Disk of the project", *least_room([root]))]


def check_state_disk(around: Surroundings) -> list[Check]:
    path = around.folders.state
    while not path.exists() and path != path.parent:
        path = path.parent
    return judged("disk.state", "Disk of the daemon", *least_room([path]))


def still_needed(around: Surroundings) -> tuple[int, int]:
    """How many images the project still lacks, and the bytes that one takes; none where that can't be told."""
    from shotmill.doctor.status import status_of
    from shotmill.errors import ShotmillError

    if around.root is None:
        return 0, 0
    try:
        status = status_of(around)
        images = sum(int(style["total"]) - int(style["done"]) for style in status["styles"].values())
        return images, int(status["run"]["image_bytes"])
    except (ShotmillError, KeyError, TypeError):
        return 0, 0


def judged(
    id: str,  # noqa: A002 - the API's word
    title: str,
    free: int,
    path: Path,
    images: int = 0,
    each: int = 0,
) -> list[Check]:
    """`each` is the room in bytes that one of the `images` takes."""
    needed = images * each
    said = f"{size(free)} free"
    if images:
        said += f", about {size(needed)} needed for {images:,} images"
    cure = f"Make room on the disk of {path} (df -h {path}); a run waits for it and goes on by itself"
    if free < TOO_LITTLE or free < min(needed, MANY * each):
        return broken(id, title, said, cure)
    if free < SCARCE or free < needed:
        return look(id, title, said, cure)
    return fine(id, title, said)


TESTS = (
    Test("disk", "Disk", check_project_disk, "images", "the room that the images left to draw need", seconds=10),
    Test("disk.state", "Disk of the daemon", check_state_disk, "images", "room where answers arrive"),
)
