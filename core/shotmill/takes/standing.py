"""What stands at a beat's place now, told apart: our recorded image, the very bytes we bring, someone else's."""

from __future__ import annotations

import os
from dataclasses import dataclass

from shotmill.story.model import Prompt
from shotmill.takes.entries import Exists, Take
from shotmill.takes.folder import Folder
from shotmill.takes.keeping import digest_of
from shotmill.takes.layout import SUFFIXES, image_name


@dataclass(slots=True)
class Standing:
    """Names in the shot's folder: `ours` is the file that the record's current image is, with its facts; `brought`
    already has the bytes to be placed; `foreign` is anybody's; `hollow` is empty: the claim of a killed write."""

    ours: str | None = None
    ours_facts: os.stat_result | None = None
    brought: str | None = None
    foreign: str | None = None
    hollow: str | None = None


def look(
    shot: Folder, parts: tuple[str, ...], prompt: Prompt, current: Take | Exists | None, final: str, digest: str
) -> Standing:
    """Look at every name that the beat's image may have. `final` is the name to be taken and `digest` the SHA-256 of
    the bytes for it; a link, pipe or device at any of the names is an `UnsafePlaceError`."""
    found = Standing()
    for name in dict.fromkeys((final, *(image_name(prompt, suffix) for suffix in SUFFIXES))):
        facts = shot.stat(name)
        if facts is None:
            continue
        if facts.st_size == 0:
            found.hollow = name
        elif is_recorded(shot, parts, name, facts, current):
            found.ours, found.ours_facts = name, facts
        elif name == final and digest_of(shot, name) == digest:
            found.brought = name
        else:
            found.foreign = name
    return found


def is_recorded(
    folder: Folder, parts: tuple[str, ...], name: str, facts: os.stat_result, current: Take | Exists | None
) -> bool:
    """Whether this file is the image that the record means: size and time agree, or else the bytes (a copied project
    has new times)."""
    if current is None or current.file != "/".join((*parts, name)) or current.bytes != facts.st_size:
        return False
    if current.mtime_ns == facts.st_mtime_ns:
        return True
    return isinstance(current, Take) and digest_of(folder, name) == current.sha256


def unchanged(shot: Folder, name: str, facts: os.stat_result | None) -> bool:
    """Whether the file is still the one that was looked at."""
    now = shot.stat(name)
    return (
        now is not None
        and facts is not None
        and (now.st_ino, now.st_size, now.st_mtime_ns) == (facts.st_ino, facts.st_size, facts.st_mtime_ns)
    )
