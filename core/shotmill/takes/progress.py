"""`image_progress_{style}.json`, the mirror that older tools read: written whole, read once and tolerantly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from shotmill.clock import iso
from shotmill.errors import ShotmillError
from shotmill.story.beat_id import beat_id
from shotmill.takes.durable import publish_in, write_atomically
from shotmill.takes.folder import OversizedFileError, open_folder
from shotmill.takes.place import told
from shotmill.untrusted import printable

_COMPLETED = "completedBeats"
_UPDATED = "lastUpdated"
_MAX_BYTES = 16_000_000


class UnreadableProgressError(ShotmillError):
    """A progress file is there, but no JSON that says which beats are complete."""

    code = "unreadable_progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """The beats' ids that a file names as complete, and the fields that Shotmill does not know."""

    completed: tuple[str, ...] = ()
    unknown: dict[str, Any] = field(default_factory=dict)


def read_progress(path: Path) -> Progress:
    """A file of ours or of the older tool: numbers, `"Beat 1.1"` and missing fields are understood; none is empty.

    Raises `UnreadableProgressError`, `UnsafePlaceError`, `PlaceError`.
    """
    with told(path), open_folder(path.parent) as folder:
        try:
            data, _ = folder.read(path.name, _MAX_BYTES)
        except FileNotFoundError:
            return Progress()
        except OversizedFileError as error:
            raise _unreadable(path, "it is far too large") from error
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if isinstance(found, list):
        return Progress(_ids(found))
    if not isinstance(found, dict):
        raise _unreadable(path, "it holds no object")
    unknown = {name: value for name, value in found.items() if name not in (_COMPLETED, _UPDATED)}
    return Progress(_ids(found.get(_COMPLETED)), unknown)


def write_progress(path: Path, completed: Sequence[str], at: float) -> Path | None:
    """Replace the file; unknown fields of the one that is there are kept.

    One that can't be read is kept beside it first: its new path is the answer, else None. Raises
    `UnsafePlaceError`, `PlaceError`.
    """
    kept_aside = None
    try:
        unknown = read_progress(path).unknown
    except UnreadableProgressError:
        unknown, kept_aside = {}, _keep_aside(path)
    content = {**unknown, _COMPLETED: list(completed), _UPDATED: iso(at)}
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    write_atomically(path, text.encode("utf-8", "backslashreplace"))
    return kept_aside


def _ids(found: Any) -> tuple[str, ...]:
    if isinstance(found, dict):
        found = [name for name, is_complete in found.items() if is_complete]
    if not isinstance(found, list):
        return ()
    ids: dict[str, None] = {}
    for value in found:
        try:
            ids[beat_id(value)] = None
        except ValueError:
            continue  # an entry that names no beat means nothing
    return tuple(ids)


def _unreadable(path: Path, reason: str) -> UnreadableProgressError:
    return UnreadableProgressError(
        f"{printable(str(path))} can't be read: {printable(reason, 200)}.",
        cure="Nothing is lost: the images on disk count. The file is kept beside its successor.",
    )


def _keep_aside(path: Path) -> Path:
    with told(path), open_folder(path.parent) as folder:
        for number in count(1):
            kept = f"{path.name}.damaged-{number}"
            try:
                publish_in(folder, path.name, folder, kept)
            except FileExistsError:
                continue
            folder.sync()
            return path.with_name(kept)
    raise AssertionError("names do not end")
