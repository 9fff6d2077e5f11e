"""Room for images, where they are kept and where they arrive."""

from __future__ import annotations

import shutil
from pathlib import Path

from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look

SCARCE, TOO_LITTLE = 2_000_000_000, 200_000_000
"""Bytes free: below the first it is worth a look, below the second nothing more can be drawn safely."""


def check_project_disk(around: Surroundings) -> list[Check]:
    return judged("disk", "Disk", free_at(around.root or Path.cwd()))


def check_state_disk(around: Surroundings) -> list[Check]:
    return judged("disk.state", "Disk of the daemon", free_at(around.folders.state))


def free_at(path: Path) -> int:
    """Bytes free where `path` is or would be."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def judged(id: str, title: str, free: int) -> list[Check]:  # noqa: A002 - the API's word
    said = f"{free / 1e9:.1f} GB free"
    if free < TOO_LITTLE:
        return broken(id, title, said, "Make room: an image takes about 2 MB, twice while it arrives")
    if free < SCARCE:
        return look(id, title, said, "Make room before a long run")
    return fine(id, title, said)


TESTS = (
    Test("disk", "Disk", check_project_disk),
    Test("disk.state", "Disk of the daemon", check_state_disk),
)
