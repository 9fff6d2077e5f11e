"""Whether a folder takes what is written to it: tried, since rights alone don't tell of full and read-only disks."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex

from shotmill.takes.folder import open_folder
from shotmill.takes.place import told
from shotmill.takes.sync import write_all


def probe(root: Path, *parts: str, size: int = 0) -> None:
    """Write so many bytes into `root/part/part…` and take them away again; folders below `root` are made if missing.

    The file is a new one under a name that nobody can have planted, and no link below `root` is followed. Raises
    `PlaceError`, `UnsafePlaceError`.
    """
    with told(root.joinpath(*parts)), open_folder(root, *parts, create=True) as folder:
        name = f".shotmill-probe-{token_hex(8)}"
        fd = folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            write_all(fd, b"\0" * size)
        finally:
            os.close(fd)
            folder.remove(name)
