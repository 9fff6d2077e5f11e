"""What is on disk for each beat of a style, by names, sizes and times alone; nothing is decoded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shotmill.story.model import Prompt, Style
from shotmill.takes.entries import Exists, Take
from shotmill.takes.layout import IMAGES, SUFFIXES, Layout, image_name, style_folder
from shotmill.takes.listing import Facts, Listing, Shot, list_shot
from shotmill.takes.record import ProjectRecord

_EMPTY: Shot = {}


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is of a style. `images` holds the id of every beat that has an image file, in the prompts' order,
    and whether that file is the record's by size and time: done. Of any other no record speaks as it is now; `inspect`
    tells what it is.
    """

    images: Mapping[str, bool]


def survey(layout: Layout, style: Style, record: ProjectRecord, listing: Listing) -> Survey:
    """`listing` is what lies in the style's folder. A shot that can't be looked into is looked into once more, and
    raises an `UnsafePlaceError` for a link where its folder belongs, a `PlaceError` for trouble."""
    found: dict[str, bool] = {}
    shots: dict[int, tuple[Shot, str]] = {}
    folder = f"{IMAGES}/{style_folder(style.name)}"
    for prompt in style.prompts:
        shot = shots.get(prompt.shot)
        if shot is None:
            of_shot = f"Shot_{prompt.shot}"
            listed = listing.get(of_shot, _EMPTY)
            shot = list_shot(layout, style.name, of_shot) if listed is None else listed, f"{folder}/{of_shot}/"
            shots[prompt.shot] = shot
        here, prefix = shot
        name = _image_in(here, prompt) if here else None
        if name is not None:
            known = record.beats.get((style.name, prompt.beat))
            found[prompt.beat] = known is not None and _is_current(prefix + name, here[name], known.current)
    return Survey(found)


def _image_in(here: Shot, prompt: Prompt) -> str | None:
    for suffix in SUFFIXES:
        if (name := image_name(prompt, suffix)) in here:
            return name
    return None


def _is_current(file: str, facts: Facts, current: Take | Exists | None) -> bool:
    return current is not None and current.file == file and facts == (current.bytes, current.mtime_ns)
