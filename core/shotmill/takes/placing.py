"""Putting an image at its beat's place, in steps of which each can be the last: said again, it ends the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from msgspec.structs import replace

from shotmill.story.model import Prompt
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.decoding import Decoder
from shotmill.takes.durable import publish_in, write_new
from shotmill.takes.entries import Entry, Exists, SetAside, Take
from shotmill.takes.folder import Folder, open_subfolder
from shotmill.takes.image import ImageFacts, Kind
from shotmill.takes.keeping import find_kept, keep_bytes, keep_file, sha256
from shotmill.takes.layout import TAKES, image_name, take_stem
from shotmill.takes.record import BeatRecord
from shotmill.takes.standing import Standing, look, unchanged

OutputFormat = Literal["png", "original"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A file that is in its place and synced; `file` and `received` are relative to the project."""

    file: str
    sha256: str
    facts: os.stat_result
    received: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """One image on its way to its place: the open folder of its shot, its number, a name for what is half done."""

    shot: Folder
    parts: tuple[str, ...]
    prompt: Prompt
    number: int
    temporary: str

    @contextmanager
    def takes(self) -> Iterator[Folder]:
        with open_subfolder(self.shot, TAKES, create=True) as folder:
            yield folder

    def relative(self, *names: str) -> str:
        return "/".join((*self.parts, *names))


def place_current(
    desk: Desk,
    image: bytes,
    facts: ImageFacts,
    record: BeatRecord | None,
    output_format: OutputFormat,
    decoder: Decoder,
) -> Placed | None:
    """Make `image` the beat's current file; None where a file stands there that is not ours to move.

    What is ours there is in `takes/` before its place is taken.
    """
    is_kept_as_it_is = output_format == "original" or facts.kind is Kind.PNG
    data = image if is_kept_as_it_is else decoder.to_png(image)
    final = image_name(desk.prompt, facts.kind.suffix if is_kept_as_it_is else ".png")
    current = record.current if record is not None else None
    shot, digest = desk.shot, sha256(data)
    shot.remove(desk.temporary)
    now = look(shot, desk.parts, desk.prompt, current, final, digest)
    if now.foreign is not None:
        return None
    received = None if is_kept_as_it_is else keep_received(desk, image, facts)
    if now.brought is None and not _put(desk, data, final, now, current):
        return None
    shot.sync()
    checkpoint("store.synced")
    _clear(desk, now, current, final)
    placed = shot.stat(final)
    if placed is None:
        raise FileNotFoundError(2, "taken away while it was placed", str(shot.path / final))
    return Placed(desk.relative(final), digest, placed, received)


def keep_received(desk: Desk, image: bytes, facts: ImageFacts) -> str:
    """The bytes as received, in `takes/`; the file, relative to the project."""
    with desk.takes() as takes:
        stem = take_stem(desk.prompt, desk.number)
        name = keep_bytes(takes, stem, facts.kind.suffix, image, desk.temporary)
    checkpoint("store.received_kept")
    return desk.relative(TAKES, name)


def superseded(desk: Desk, current: Take | Exists | None, at: float) -> tuple[Entry, ...]:
    """What to record of the image that was current before: where it lies now."""
    if current is None or (isinstance(current, Take) and current.take == desk.number):
        return ()
    suffix = PurePosixPath(current.file).suffix
    stem = _earlier_stem(desk, current)
    if isinstance(current, Exists):
        reason = f"take {desk.number} took its place"
        return (SetAside(at, current.style, current.beat, current.file, desk.relative(TAKES, stem + suffix), reason),)
    with desk.takes() as takes:
        kept = find_kept(takes, stem, suffix, current.sha256)
        facts = takes.stat(kept) if kept is not None else None
    file = desk.relative(TAKES, kept or stem + suffix)
    mtime_ns = facts.st_mtime_ns if facts is not None else current.mtime_ns
    return (replace(current, file=file, mtime_ns=mtime_ns, current=False),)


def _put(desk: Desk, data: bytes, final: str, now: Standing, current: Take | Exists | None) -> bool:
    shot = desk.shot
    write_new(shot, desk.temporary, data)
    checkpoint("store.written")
    if now.ours is not None:
        _keep_earlier(desk, now.ours, current)
        if not unchanged(shot, now.ours, now.ours_facts):
            shot.remove(desk.temporary)
            return False  # a person was faster: theirs
    if final in (now.ours, now.hollow):
        shot.replace(desk.temporary, final)
    else:
        try:
            publish_in(shot, desk.temporary, shot, final)
        except FileExistsError:
            shot.remove(desk.temporary)
            return False
    checkpoint("store.published")
    return True


def _clear(desk: Desk, now: Standing, current: Take | Exists | None, final: str) -> None:
    """Take away what would stand beside the new image under another suffix, and what was half done."""
    if now.ours is not None and now.ours != final:
        _keep_earlier(desk, now.ours, current)
        if unchanged(desk.shot, now.ours, now.ours_facts):
            desk.shot.remove(now.ours)
        checkpoint("store.earlier_removed")
    if now.hollow is not None and now.hollow != final:
        desk.shot.remove(now.hollow)
    desk.shot.remove(desk.temporary)
    desk.shot.sync()
    checkpoint("store.cleaned")


def _keep_earlier(desk: Desk, name: str, current: Take | Exists | None) -> None:
    if current is not None:
        with desk.takes() as takes:
            stem, suffix = _earlier_stem(desk, current), PurePosixPath(name).suffix
            keep_file(desk.shot, name, takes, stem, suffix, desk.temporary)
    checkpoint("store.earlier_kept")


def _earlier_stem(desk: Desk, current: Take | Exists) -> str:
    if isinstance(current, Take):
        return take_stem(desk.prompt, current.take)
    return f"Beat_{desk.prompt.name}.before-take{desk.number}"
