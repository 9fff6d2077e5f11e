"""How much room images take on a disk: as this project's did, else by their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from shotmill.takes.entries import Take
from shotmill.takes.record import BeatRecord

_BY_SIZE = {"512": 1_000_000, "1K": 3_000_000, "2K": 10_000_000, "4K": 35_000_000}
"""A PNG with the bytes as received beside it. Measured: a PNG of 1024² has 1.5 MB, one of 2048² 3.4 times as much."""
ENOUGH = 50


def some_takes(beats: Mapping[tuple[str, str], BeatRecord]) -> list[Take]:
    """Up to 50 images of this project."""
    return list(islice((take for beat in beats.values() for take in beat.takes[-1:] if take.bytes > 0), ENOUGH))


def bytes_each(takes: Sequence[Take], root: Path, image_size: str) -> int:
    """Bytes for one more image: the mean of those that are there, with what was kept of them as received, whose sizes
    are read; without any what is usual for that size.
    """
    if not takes:
        return _BY_SIZE.get(image_size, _BY_SIZE["1K"])
    received = sum(_size_of(root / take.received) for take in takes if take.received)
    return round((sum(take.bytes for take in takes) + received) / len(takes))


def size(count: int) -> str:
    """Bytes as people write them: `412 MB`, `3.1 GB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
