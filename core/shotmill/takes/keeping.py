"""Files in a `takes/` folder: put there once, never over another file, and found again after a kill."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count

from shotmill.takes.durable import link, publish_in, write_new
from shotmill.takes.folder import Folder
from shotmill.takes.image import MAX_BYTES


def keep_bytes(takes: Folder, stem: str, suffix: str, data: bytes, temporary: str) -> str:
    """`data` under `stem` + `suffix`, or `stem~2`… where that name holds something else; the name. Synced.

    Said again with the same bytes it ends at the same file.
    """
    takes.remove(temporary)
    name, is_there = _place_for(takes, stem, suffix, data)
    if not is_there:
        write_new(takes, temporary, data)
        publish_in(takes, temporary, takes, name)
    takes.sync()
    takes.remove(temporary)
    return name


def keep_file(source: Folder, name: str, takes: Folder, stem: str, suffix: str, temporary: str) -> str:
    """The same for a file of `source`, which stays: a second name, or a copy where the disk has no second names."""
    data, _ = source.read(name, MAX_BYTES)
    kept, is_there = _place_for(takes, stem, suffix, data)
    if is_there or not link(source, name, takes, kept):
        return keep_bytes(takes, stem, suffix, data, temporary)
    takes.sync()
    return kept


def find_kept(takes: Folder, stem: str, suffix: str, digest: str) -> str | None:
    """The name under which bytes of this SHA-256 are kept already."""
    for name in _names(stem, suffix):
        if takes.stat(name) is None:
            return None
        if digest_of(takes, name) == digest:
            return name
    return None


def digest_of(folder: Folder, name: str) -> str:
    """The SHA-256 of a file, as hex digits."""
    return sha256(folder.read(name, MAX_BYTES)[0])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _place_for(takes: Folder, stem: str, suffix: str, data: bytes) -> tuple[str, bool]:
    """The first name that holds these bytes already (True) or nothing (False)."""
    for name in _names(stem, suffix):
        facts = takes.stat(name)
        if facts is not None and facts.st_size == 0:
            takes.remove(name)  # the claim of a write that was killed
            return name, False
        if facts is None:
            return name, False
        if facts.st_size == len(data) and takes.read(name, MAX_BYTES)[0] == data:
            return name, True
    raise AssertionError("names do not end")


def _names(stem: str, suffix: str) -> Iterator[str]:
    yield f"{stem}{suffix}"
    yield from (f"{stem}~{number}{suffix}" for number in count(2))
