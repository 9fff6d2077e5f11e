"""What is on disk for each beat of a style, by names, sizes and times alone; nothing is decoded here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shotmill.story.model import Prompt, Style
from shotmill.takes.entries import Exists, Take
from shotmill.takes.layout import IMAGES, SUFFIXES, Layout, image_name, style_folder
from shotmill.takes.listing import Facts, Listing, Shot, list_shot
from shotmill.takes.record import BeatRecord, ProjectRecord

_EMPTY: Shot = {}

Seen = tuple[BeatRecord | None, bool | None]
"""What is on record of a beat, and whether the image file that it has is the record's by size and time: done. Of any
other no record speaks as it is now, and `inspect` tells what it is; None where there is none."""


def survey(layout: Layout, style: Style, record: ProjectRecord, listing: Listing) -> Iterator[Seen]:
    """For each of the style's prompts, in their order. `listing` is what lies in the style's folder.

    A shot that can't be looked into is looked into once more, and raises an `UnsafePlaceError` for a link where its
    folder belongs, a `PlaceError` for trouble; so is one that lacks an image of the record: another daemon may have
    drawn it since.
    """
    shots: dict[int, _Shot] = {}
    for prompt in style.prompts:
        shot = shots.get(prompt.shot)
        if shot is None:
            shot = shots[prompt.shot] = _Shot(layout, style.name, f"Shot_{prompt.shot}", listing)
        known = record.beats.get((style.name, prompt.beat))
        current = known.current if known is not None else None
        name = _image_in(shot.here, prompt) if shot.here else None
        if name is None and current is not None and shot.looked_anew():
            name = _image_in(shot.here, prompt)
        if name is None:
            yield known, None
        else:
            yield known, current is not None and _is_current(shot.prefix + name, shot.here[name], current)


class _Shot:
    """One shot's folder as it was listed, or as it is now."""

    def __init__(self, layout: Layout, style: str, name: str, listing: Listing) -> None:
        self._look = partial(list_shot, layout, style, name)
        self.prefix = f"{IMAGES}/{style_folder(style)}/{name}/"
        listed = listing.get(name, _EMPTY)
        self._is_anew = listed is None
        self.here = self._look() if listed is None else listed

    def looked_anew(self) -> bool:
        """Look into it now; whether that is news."""
        if self._is_anew:
            return False
        self._is_anew, before = True, self.here
        self.here = self._look()
        return self.here != before


def _image_in(here: Shot, prompt: Prompt) -> str | None:
    for suffix in SUFFIXES:
        if (name := image_name(prompt, suffix)) in here:
            return name
    return None


def _is_current(file: str, facts: Facts, current: Take | Exists) -> bool:
    return current.file == file and facts == (current.bytes, current.mtime_ns)
