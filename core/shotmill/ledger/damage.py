"""A database that can't be trusted is moved away whole, never written to; what its header says without opening it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from shotmill.takes.folder import open_folder

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_WAL_FORMAT = b"\x02\x02"
_COMPANIONS = ("-wal", "-shm", "-journal")


def version_in_header(path: Path) -> int:
    """`user_version` as the main file has it (sqlite.org/fileformat2.html); 0 where that can't be told."""
    head = _head(path)
    whole = head.startswith(_MAGIC) and len(head) == _HEADER
    return int.from_bytes(head[60:64], "big", signed=True) if whole else 0


def is_foreign(path: Path, application_id: int) -> bool:
    """Whether the main file says that another program made it: it holds tables, and not our mark.

    Nothing can be told while a log may hold the first commit; where there is one, SQLite is asked instead.
    """
    head = _head(path)
    whole = head.startswith(_MAGIC) and len(head) == _HEADER
    schema_cookie, made_by = int.from_bytes(head[40:44], "big"), int.from_bytes(head[68:72], "big")
    return whole and not _is_logged(path) and schema_cookie != 0 and made_by != application_id


def is_sound(path: Path) -> bool:
    """Whether SQLite may look at it at all: it removes the log of what it takes for another kind of file."""
    head = _head(path)
    logged = _is_logged(path)
    if not head:
        return not logged
    return head.startswith(_MAGIC) and len(head) == _HEADER and (not logged or head[18:20] == _WAL_FORMAT)


def set_aside(path: Path, now: float) -> Path:
    """Rename the database and what belongs to it to `NAME.corrupt-TIME`; returns the new name. Nothing is lost."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in count(1):
        kept = path.with_name(f"{path.name}.corrupt-{stamp}" + (f"-{number}" if number > 1 else ""))
        if not kept.exists() and not kept.with_name(f"{kept.name}-wal").exists():
            break
    # The companions first: once the main file is gone, the next start would take them for nobody's.
    for companion in _COMPANIONS:
        beside = path.with_name(path.name + companion)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + companion))
    if path.exists():
        path.rename(kept)
    with open_folder(path.parent) as folder:
        folder.sync()
    return kept


def remains_of(path: Path) -> list[Path]:
    """What was set aside before, newest first; each is named by its main file."""
    found = {each.name.removesuffix("-wal").removesuffix("-shm") for each in path.parent.glob(f"{path.name}.corrupt-*")}
    return [path.with_name(name) for name in sorted(found, reverse=True)]


def _is_logged(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER)
