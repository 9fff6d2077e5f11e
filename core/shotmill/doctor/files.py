"""Where a project's images and records go: whether it can be written, and what kind of disk it is on."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.doctor.permissions import in_words, refusal
from shotmill.takes.mounts import Mount, mount_at
from shotmill.takes.place import cure_at


def check_writable(around: Surroundings) -> list[Check]:
    """Every folder that a run writes to: it is tried, with a file that is taken away again."""
    root = around.project
    for path in _places(root):
        if path.is_symlink() and not path.exists():
            said = f"{path} is a link that leads nowhere"
            return broken("folder", "Project folder", said, f"rm {shlex.quote(str(path))}")
        if not path.exists():
            continue
        if not path.is_dir():
            quoted = shlex.quote(str(path))
            said = f"{path} is a file, and a folder has to be there"
            return broken("folder", "Project folder", said, f"mv {quoted} {shlex.quote(f'{path}.old')}")
        refused = refusal(path)
        if refused is not None:
            said = f"{path} can't be written: {in_words(refused)}"
            return broken("folder", "Project folder", said, cure_at(refused, path))
    return fine("folder", "Project folder", "can be written", more=str(root))


def check_mount(around: Surroundings) -> list[Check]:
    return judged_mount(around.project, mount_at(around.project))


def judged_mount(root: Path, mount: Mount | None) -> list[Check]:
    if mount is None:
        return []
    if mount.read_only:
        return broken("mount", "Project disk", f"{mount.place} is mounted read-only", mount.writable_again)
    if mount.is_network:
        said = f"{root} is on a network share ({mount.kind}): it may vanish for a while; runs wait for it"
        return look(
            "mount",
            "Project disk",
            said,
            f"Copy the project to a disk of this machine: cp -a {shlex.quote(str(root))} ~/",
        )
    return fine("mount", "Project disk", f"{mount.kind} at {mount.place}")


def _places(root: Path) -> tuple[Path, ...]:
    images = root / "generated_images"
    styles = sorted(images.iterdir()) if images.is_dir() and os.access(images, os.R_OK) else []
    return (root, root / ".shotmill", images, *(style for style in styles if not style.name.startswith(".")))


TESTS = (
    Test(
        "folder",
        "Project folder",
        check_writable,
        "progress",
        "that images and records can be kept",
        needs_project=True,
    ),
    Test("mount", "Project disk", check_mount, "progress", "read-only disks and network shares", needs_project=True),
)
