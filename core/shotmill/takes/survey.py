"""What is on disk for each beat of a style, by names, sizes and times alone; nothing is decoded here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from shotmill.story.model import Prompt, Style
from shotmill.takes.entries import Exists, Take
from shotmill.takes.folder import Folder, open_folder, open_subfolder
from shotmill.takes.layout import IMAGES, SUFFIXES, Layout, image_name, style_folder
from shotmill.takes.place import told
from shotmill.takes.record import ProjectRecord


@dataclass(frozen=True, slots=True)
class Survey:
    """Beats' ids, each in one of three, in the prompts' order.

    `whole`: the file is the record's, by size and time: done. `unknown`: a file is there that no record speaks of as
    it is now; `inspect` tells what it is. `missing`: there is none. `leftovers` are half-written files of ours.
    """

    style: str
    whole: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    leftovers: tuple[Path, ...] = ()


def survey(layout: Layout, style: Style, record: ProjectRecord) -> Survey:
    """One listing a shot's folder. A link where a folder belongs is an `UnsafePlaceError`, trouble a `PlaceError`."""
    shots: dict[int, list[Prompt]] = {}
    for prompt in style.prompts:
        shots.setdefault(prompt.shot, []).append(prompt)
    found: dict[str, str] = {}
    leftovers: list[Path] = []
    with told(layout.root / IMAGES):
        try:
            with open_folder(layout.root, IMAGES, style_folder(style.name)) as images:
                with os.scandir(images.fd) as listing:
                    there = {entry.name for entry in listing}
                for shot, prompts in shots.items():
                    if f"Shot_{shot}" not in there:
                        continue
                    _survey_shot(images, shot, style.name, prompts, record, found, leftovers)
        except FileNotFoundError:
            if not layout.root.is_dir():
                raise
    by_state: dict[str, list[str]] = {"whole": [], "unknown": [], "missing": []}
    for prompt in style.prompts:
        by_state[found.get(prompt.beat, "missing")].append(prompt.beat)
    whole, unknown, missing = (tuple(by_state[state]) for state in ("whole", "unknown", "missing"))
    return Survey(style.name, whole, unknown, missing, tuple(leftovers))


def remove_leftovers(layout: Layout, found: Survey) -> None:
    """Remove half-written files of ours; only at a start, before anything is sent."""
    for path in found.leftovers:
        with told(path), open_folder(layout.root, *path.parent.relative_to(layout.root).parts) as folder:
            folder.remove(path.name)


def _survey_shot(
    images: Folder,
    shot: int,
    style: str,
    prompts: list[Prompt],
    record: ProjectRecord,
    found: dict[str, str],
    leftovers: list[Path],
) -> None:
    try:
        with open_subfolder(images, f"Shot_{shot}") as folder:
            with os.scandir(folder.fd) as listing:
                here = {entry.name: entry for entry in listing}
            prefix = f"{IMAGES}/{style_folder(style)}/Shot_{shot}/"
            for prompt in prompts if here else ():
                entry = _entry_of(prompt, here)
                if entry is not None:
                    beat = record.beats.get((style, prompt.beat))
                    is_whole = beat is not None and _is_current(entry, prefix, beat.current)
                    found[prompt.beat] = "whole" if is_whole else "unknown"
            leftovers += (folder.path / name for name in here if name.startswith(".sm-") and name.endswith(".tmp"))
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
