"""How much room there is where a project's images land: a mounted folder is another disk than the project's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from shotmill.takes.layout import IMAGES


def image_folders(root: Path) -> list[Path]:
    """The folder of images and its styles', each of which may be a mount of its own; none before the first image."""
    images = root / IMAGES
    try:
        with os.scandir(images) as entries:
            return [images, *(images / one.name for one in entries if one.is_dir(follow_symlinks=False))]
    except OSError:
        return []


def least_room(folders: Iterable[Path]) -> tuple[int, Path]:
    """Bytes free on the fullest disk of these folders, and the first folder that is on it; 0 for one that can't be
    asked. Needs at least one."""
    return min(((_free(one), one) for one in folders), key=lambda found: found[0])


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
