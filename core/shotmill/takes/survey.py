"""What is on disk for each beat of a style, by names, sizes and times alone; nothing is decoded here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from shotmill.story.model import Prompt, Style
from shotmill.takes.entries import Exists, Take
from shotmill.takes.folder import Folder, open_folder, open_subfolder
from shotmill.takes.layout import IMAGES, SUFFIXES, Layout, image_name, style_folder
from shotmill.takes.place import told
from shotmill.takes.record import ProjectRecord


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is of a style. `images` holds the id of every beat that has an image file, in the prompts' order of
    shots, and whether that file is the record's by size and time: done. Of any other no record speaks as it is now;
    `inspect` tells what it is.
    """

    images: Mapping[str, bool]


def survey(layout: Layout, style: Style, record: ProjectRecord) -> Survey:
    """One listing a shot's folder. A link where a folder belongs is an `UnsafePlaceError`, trouble a `PlaceError`."""
    shots: dict[int, list[Prompt]] = {}
    for prompt in style.prompts:
        shots.setdefault(prompt.shot, []).append(prompt)
    found: dict[str, bool] = {}
    with told(layout.root / IMAGES):
        try:
            with open_folder(layout.root, IMAGES, style_folder(style.name)) as images:
                with os.scandir(images.fd) as listing:
                    there = {entry.name for entry in listing}
                for shot, prompts in shots.items():
                    if f"Shot_{shot}" in there:
                        _survey_shot(images, shot, style.name, prompts, record, found)
        except FileNotFoundError:
            if not layout.root.is_dir():
                raise
    return Survey(found)


def _survey_shot(
    images: Folder,
    shot: int,
    style: str,
    prompts: list[Prompt],
    record: ProjectRecord,
    found: dict[str, bool],
) -> None:
    prefix = f"{IMAGES}/{style_folder(style)}/Shot_{shot}/"
    try:
        with open_subfolder(images, f"Shot_{shot}") as folder:
            with os.scandir(folder.fd) as listing:
                here = {entry.name: entry for entry in listing}
            for prompt in prompts if here else ():
                entry = _entry_of(prompt, here)
                if entry is not None:
                    known = record.beats.get((style, prompt.beat))
                    found[prompt.beat] = known is not None and _is_current(entry, prefix, known.current)
    except FileNotFoundError:
        return


def _entry_of(prompt: Prompt, here: dict[str, os.DirEntry[str]]) -> os.DirEntry[str] | None:
    for suffix in SUFFIXES:
        if (entry := here.get(image_name(prompt, suffix))) is not None:
            return entry
    return None


def _is_current(entry: os.DirEntry[str], prefix: str, current: Take | Exists | None) -> bool:
    if current is None or current.file != prefix + entry.name or not entry.is_file(follow_symlinks=False):
        return False
    facts = entry.stat(follow_symlinks=False)
    return facts.st_size == current.bytes and facts.st_mtime_ns == current.mtime_ns
