"""The log's files: the newest is `log.jsonl`, older ones are `log.1.jsonl`, `log.2.jsonl`, …"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_EVERY = 0.3
"""Seconds between two looks while following; a network file system tells nobody of changes."""


class Place(NamedTuple):
    """How far the newest file was read: its inode, and the byte after the last whole line."""

    inode: int
    offset: int


NOWHERE = Place(0, 0)


def existing(folder: Path) -> tuple[list[bytes], Place]:
    """All whole lines, the oldest first, and where to go on."""
    lines: list[bytes] = []
    for number in sorted(_numbers(folder), reverse=True):
        lines += _read(folder / f"log.{number}.jsonl", 0)[0]
    newest, place = _read(folder / "log.jsonl", 0)
    return lines + newest, place


def follow(folder: Path, place: Place, sleep: Callable[[float], None]) -> Iterator[bytes]:
    """New lines as they are written, without end; a file that was rotated away is read to its end first."""
    while True:
        sleep(LOOK_EVERY)
        lines, place = news(folder, place)
        yield from lines


def news(folder: Path, place: Place) -> tuple[list[bytes], Place]:
    """The whole lines since `place`, and the place after them."""
    try:
        found = (folder / "log.jsonl").stat()
    except FileNotFoundError:
        return [], place
    if found.st_ino == place.inode:
        # A file that shrank was emptied in place.
        return _read(folder / "log.jsonl", place.offset if found.st_size >= place.offset else 0)
    rest: list[bytes] = []
    rotated = folder / "log.1.jsonl"
    try:
        if rotated.stat().st_ino == place.inode:
            rest, _ = _read(rotated, place.offset)
    except FileNotFoundError:
        rest = []
    lines, place = _read(folder / "log.jsonl", 0)
    return rest + lines, place


def _read(path: Path, offset: int) -> tuple[list[bytes], Place]:
    try:
        with path.open("rb") as file:
            import os

            inode = os.fstat(file.fileno()).st_ino
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], NOWHERE
    whole, newline, _ = data.rpartition(b"\n")
    if not newline:
        return [], Place(inode, offset)
    return whole.split(b"\n"), Place(inode, offset + len(whole) + 1)


def _numbers(folder: Path) -> list[int]:
    middles = (path.name.removeprefix("log.").removesuffix(".jsonl") for path in folder.glob("log.*.jsonl"))
    return [int(middle) for middle in middles if middle.isdigit()]
