"""The images that lie in a style's folder: names, sizes and times, as they are at one moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from shotmill.apart import read_for_another, reading_apart
from shotmill.errors import ShotmillError
from shotmill.takes.folder import Folder, open_folder, open_subfolder
from shotmill.takes.layout import HALF, IMAGES, SUFFIXES, TAKES, Layout, style_folder
from shotmill.takes.place import told

Facts = tuple[int, int]
"""A plain file's size in bytes and its time of change in nanoseconds."""
NO_FILE: Facts = (-1, -1)
"""Of what has an image's name and is no plain file."""
Shot = Mapping[str, Facts]
"""By file name: images, what may be half-written, and the folder of earlier takes."""
Listing = Mapping[str, Shot | None]
"""By shot folder; None for one that can't be looked into, which matters only where it is some prompt's."""
ListingOf = Callable[[str], Listing]
_WANTED = (*SUFFIXES, HALF, TAKES)
_Listed = dict[str, dict[str, Facts] | None]
"""A listing as it comes from the other process."""


def list_images(layout: Layout, style: str) -> Listing:
    """What there is of a style; nothing where it has no folder yet. A link where the folder belongs is an
    `UnsafePlaceError`, trouble a `PlaceError`."""
    found: dict[str, Shot | None] = {}
    with _images_of(layout, style) as images:
        if images is None:
            return found
        for name in images.names():
            if name.startswith("Shot_"):
                try:
                    found[name] = _list_shot(images, name)
                except (ShotmillError, OSError):
                    found[name] = None
    return found


def list_shot(layout: Layout, style: str, name: str) -> Shot:
    """One shot's folder; raises what is wrong with it."""
    with _images_of(layout, style) as images:
        return {} if images is None else _list_shot(images, name)


@contextmanager
def _images_of(layout: Layout, style: str) -> Iterator[Folder | None]:
    with told(layout.root / IMAGES):
        try:
            with open_folder(layout.root, IMAGES, style_folder(style)) as images:
                yield images
        except FileNotFoundError:
            if not layout.root.is_dir():
                raise
            yield None


def _list_shot(images: Folder, name: str) -> Shot:
    try:
        with open_subfolder(images, name) as folder, os.scandir(folder.fd) as listing:
            return {entry.name: _facts(entry) for entry in listing if entry.name.endswith(_WANTED)}
    except FileNotFoundError:
        return {}


def _facts(entry: os.DirEntry[str]) -> Facts:
    if not entry.is_file(follow_symlinks=False):
        return NO_FILE
    facts = entry.stat(follow_symlinks=False)
    return facts.st_size, facts.st_mtime_ns


@contextmanager
def listing_images(layout: Layout, styles: Sequence[str], *, great: bool) -> Iterator[ListingOf]:
    """The same for each of the styles; in a `great` project a process of its own lists them meanwhile."""
    asked = [(style, os.fsencode(layout.root.absolute())) for style in styles] if great else []
    with reading_apart(__name__, _Listed, asked) as answers:
        apart = dict(zip(styles, answers, strict=False))

        def of(style: str) -> Listing:
            found = apart[style]() if style in apart else None
            return list_images(layout, style) if found is None else found

        yield of


def _read(style: str, root: Path) -> Listing | None:
    try:
        return list_images(Layout(root), style)
    except (ShotmillError, OSError):
        return None


if __name__ == "__main__":
    read_for_another(_read)
