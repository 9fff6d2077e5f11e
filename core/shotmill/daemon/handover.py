"""What a daemon leaves to its successor at a restart: the keys that it had in memory only, and the word to go on."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shotmill.takes.sync import write_all

NAME = "handover"
GOOD_FOR_S = 600.0
"""A restart whose second half never came is not made up for later."""
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Handover:
    """`keys` are environment variables with their values. The runs themselves stand in the database."""

    keys: Mapping[str, str]


def leave(run: Path, handover: Handover, now: float) -> None:
    """Write it for one reader: mode 0600, in a folder that only its user may enter. Raises OSError."""
    path = run / NAME
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        write_all(fd, json.dumps({"at": now, "keys": dict(handover.keys)}).encode())
    finally:
        os.close(fd)


def forget(run: Path) -> None:
    """Take it away unread: the daemon that it was left for did not come. Raises OSError."""
    (run / NAME).unlink(missing_ok=True)


def take(run: Path, now: float) -> Handover | None:
    """Take it away and read it; None where nothing (or nothing of use) was left."""
    path = run / NAME
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        facts = os.fstat(fd)
        path.unlink(missing_ok=True)
        if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
            return None
        try:
            found = json.loads(file.read(_MOST_BYTES))
            left_at, keys = float(found["at"]), found["keys"]
        except (ValueError, KeyError, TypeError):
            return None
    if not isinstance(keys, dict) or not 0 <= now - left_at <= GOOD_FOR_S:
        return None
    return Handover({str(name): str(value) for name, value in keys.items()})
