"""File names for beats: safe on every disk, and never a way out of the folder they are put in."""

from __future__ import annotations

import hashlib
import re
import unicodedata

NAME_LIMIT = 80
"""Bytes of a safe name, so that prefix, take number and suffix still fit into what a disk allows (255)."""

# Names that Windows gives to devices, whatever the suffix and the case.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.IGNORECASE)
_ORDINARY = re.compile(rf"(?!(?i:{_DEVICE.pattern}))[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?")
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]")


def safe_name(beat_id: str) -> str:
    """A part of a file name for a beat's id: `[A-Za-z0-9._-]`, at most 80 bytes, no dot at either end, no device.

    An ordinary id stays as it is. Any other sign becomes `_`, so two ids can end at one name: whoever names several
    beats compares `name_key`s and reports that. Where letters of other scripts were replaced or the name was cut, a
    hash of the id keeps names apart; two spellings of the same text in Unicode (NFC and NFD) have the same name.
    """
    if len(beat_id) <= NAME_LIMIT and _ORDINARY.fullmatch(beat_id):
        return beat_id
    name = _FOREIGN.sub("_", unicodedata.normalize("NFC", beat_id))
    head, tail = len(name) - len(name.lstrip(".")), len(name.rstrip("."))
    name = "_" * head + name[head:tail] + "_" * (len(name) - max(head, tail))
    if _DEVICE.match(name):
        name = f"_{name}"
    if not beat_id.isascii() or len(name) > NAME_LIMIT:
        mark = _hash(beat_id)
        name = f"{name[: NAME_LIMIT - len(mark) - 1]}-{mark}"
    return name or "_"


def name_key(name: str) -> str:
    """What two safe names have in common when a disk that ignores case takes them for one."""
    return name.lower()


def _hash(beat_id: str) -> str:
    text = unicodedata.normalize("NFC", beat_id)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
