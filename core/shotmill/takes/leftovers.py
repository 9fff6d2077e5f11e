"""Half-written files of ours: what they are called, and what becomes of those that a kill left behind."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress

from shotmill.takes.folder import Folder, open_folder, open_subfolder
from shotmill.takes.layout import HALF, IMAGES, TAKES, Layout, style_folder
from shotmill.takes.listing import Listing
from shotmill.takes.place import UnsafePlaceError, told

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_NO_FOLDER = (FileNotFoundError, UnsafePlaceError)
"""A file or a link where a folder would be holds nothing of ours."""
Place = tuple[str, str]
"""A style, and a shot's folder."""


def half_written(mark: str) -> str:
    """The name of a file that is being written for an attempt, or for what else `mark` says."""
    return f".sm-{_UNSAFE.sub('_', mark)[:80]}{HALF}"


def _is_half_written(name: str) -> bool:
    return name.startswith(".sm-") and name.endswith(HALF)


def may_be_in(style: str, listing: Listing) -> list[Place]:
    """Where in a style's folder `remove_leftovers` has to look, by what lies there."""
    return [
        (style, shot)
        for shot, found in listing.items()
        if found is None or TAKES in found or any(map(_is_half_written, found))
    ]


def remove_leftovers(layout: Layout, places: Iterable[Place], older_than: float, at_work: Collection[str]) -> int:
    """Remove half-written files beside the images; how many. To be called under the project's lock.

    Those of the attempts `at_work` stay, and what was written to since the moment `older_than`: somebody without the
    lock may be at it. Raises `PlaceError`, `UnsafePlaceError`.
    """
    busy = {half_written(attempt) for attempt in at_work}
    removed = 0
    with told(layout.root / IMAGES):
        for style, shot in places:
            with suppress(*_NO_FOLDER), open_folder(layout.root, IMAGES, style_folder(style)) as shots:
                removed += _remove_in(shots, shot, older_than, busy)
    return removed


def _remove_in(above: Folder, name: str, older_than: float, busy: Collection[str]) -> int:
    removed = 0
    with suppress(*_NO_FOLDER), open_subfolder(above, name) as folder:
        names = folder.names()
        for half in names:
            if _is_half_written(half) and half not in busy:
                facts = folder.stat(half)
                if facts is not None and facts.st_mtime < older_than:
                    removed += folder.remove(half)
        if TAKES in names:
            removed += _remove_in(folder, TAKES, older_than, busy)
    return removed
