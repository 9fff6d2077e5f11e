"""Room for images: what a project still needs against what is free, where they are kept and where they arrive."""

from __future__ import annotations

import shutil
from pathlib import Path

from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look

IMAGE_BYTES = 3_000_000
"""One image of 1K with the bytes as received beside it, where the provider sends JPEG."""

SCARCE, TOO_LITTLE = 2_000_000_000, 200_000_000
"""Bytes free: below the first it is worth a look, below the second nothing more can be drawn safely."""


def check_project_disk(around: Surroundings) -> list[Check]:
    path = around.root or Path.cwd()
    return judged("disk", "Disk", free_at(path), path, images_left(around))


def check_state_disk(around: Surroundings) -> list[Check]:
    return judged("disk.state", "Disk of the daemon", free_at(around.folders.state), around.folders.state)


def images_left(around: Surroundings) -> int:
    """How many images the project still lacks; none where that can't be told."""
    from shotmill.doctor.status import status_of
    from shotmill.errors import ShotmillError

    if around.root is None:
        return 0
    try:
        styles = status_of(around)["styles"].values()
    except (ShotmillError, KeyError, TypeError):
        return 0
    return sum(int(style["total"]) - int(style["done"]) for style in styles)


def free_at(path: Path) -> int:
    """Bytes free where `path` is or would be."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def judged(id: str, title: str, free: int, path: Path, images: int = 0) -> list[Check]:  # noqa: A002 - the API's word
    needed = images * IMAGE_BYTES
    said = f"{_size(free)} free"
    if images:
        said += f", about {_size(needed)} needed for {images:,} images"
    cure = f"Make room on the disk of {path} (df -h {path}); a run waits for it and goes on by itself"
    if free < TOO_LITTLE or free < min(needed, 20 * IMAGE_BYTES):
        return broken(id, title, said, cure)
    if free < SCARCE or free < needed:
        return look(id, title, said, cure)
    return fine(id, title, said)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


TESTS = (
    Test("disk", "Disk", check_project_disk, "images", "the room that the images left to draw need", seconds=10),
    Test("disk.state", "Disk of the daemon", check_state_disk, "images", "room where answers arrive"),
)
