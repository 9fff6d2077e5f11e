"""Where tests keep their files: in memory where there is room, since a disk takes milliseconds to sync a file, and the
suite syncs tens of thousands. What is synced before what is shown by the calls themselves, in `tests/faults`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - each folder in it is made by mkdtemp
NEEDED_BYTES = 2_000_000_000


def _is_fit(place: Path) -> bool:
    """Whether files of all kinds can be kept there, programs as well."""
    if not os.access(place, os.W_OK):
        return False
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize >= NEEDED_BYTES and not found.f_flag & os.ST_NOEXEC


PLACE = MEMORY if "TMPDIR" not in os.environ and _is_fit(MEMORY) else Path("/tmp")  # noqa: S108
"""Short enough for the path of a socket in a folder in it."""


def short_folder(prefix: str) -> Path:
    """A new folder, which its maker removes."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=PLACE))
