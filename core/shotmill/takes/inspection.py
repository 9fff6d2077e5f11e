"""A beat's file that the record can't vouch for: decoded once, then adopted, or set aside and restored."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

from msgspec.structs import replace

from shotmill.errors import ShotmillError
from shotmill.story.model import Prompt
from shotmill.takes.decoding import HERE, Decoder, DecoderError
from shotmill.takes.durable import publish_in, write_new
from shotmill.takes.entries import Entry, Exists, SetAside, Take
from shotmill.takes.folder import Folder, open_folder, open_subfolder
from shotmill.takes.image import MAX_BYTES, DamagedImage, DeadlyImage, OversizedImage
from shotmill.takes.keeping import sha256
from shotmill.takes.layout import SUFFIXES, TAKES, Layout, image_name
from shotmill.takes.place import told
from shotmill.takes.record import BeatRecord
from shotmill.takes.standing import is_recorded
from shotmill.takes.store import read_take
from shotmill.untrusted import printable

_TEMPORARY = ".sm-restore-{name}.tmp"


@dataclass(frozen=True, slots=True)
class Inspected:
    """What an inspection found: entries for the journal, in this order, and whether the beat has a whole image now;
    `note` is a sentence for the log where a file was moved."""

    entries: tuple[Entry, ...]
    is_whole: bool
    note: str = ""


def inspect(
    layout: Layout,
    style: str,
    prompt: Prompt,
    record: BeatRecord | None,
    *,
    at: float,
    received: Callable[[str], bytes | None] | None = None,
    decoder: Decoder = HERE,
) -> Inspected:
    """Decode the file at the beat's place. Whole: adopted (or still our take, where only its time changed). Damaged:
    set aside in `takes/`, and restored where bytes were kept: in `takes/`, or by `received`, which answers for an
    attempt with image bytes that are still in the spool.

    Raises `UnsafePlaceError` for a link, pipe or folder at the image's name, `OversizedImage` and `DeadlyImage` for one
    that can't be judged and stays where it is, `PlaceError`.
    """
    parts = layout.shot_parts(style, prompt)
    with told(layout.shot_folder(style, prompt)):
        try:
            with open_folder(layout.root, *parts) as shot:
                names = (image_name(prompt, suffix) for suffix in SUFFIXES)
                name = next((one for one in names if shot.stat(one) is not None), None)
                if name is None:
                    return Inspected((), False)
                data, facts = shot.read(name, MAX_BYTES)
                return _judge(layout, style, prompt, record, at, received, decoder, shot, parts, name, data, facts)
        except FileNotFoundError:
            return Inspected((), False)


def adopt(layout: Layout, style: str, prompt: Prompt, name: str, facts: os.stat_result, at: float) -> Exists:
    """The entry for a whole image that is a person's, `name` in the shot's folder."""
    file = layout.relative(layout.shot_folder(style, prompt) / name)
    return Exists(at, style, prompt.beat, file, facts.st_size, facts.st_mtime_ns)


def _judge(
    layout: Layout,
    style: str,
    prompt: Prompt,
    record: BeatRecord | None,
    at: float,
    received: Callable[[str], bytes | None] | None,
    decoder: Decoder,
    shot: Folder,
    parts: tuple[str, ...],
    name: str,
    data: bytes,
    facts: os.stat_result,
) -> Inspected:
    current = record.current if record is not None else None
    if current is not None and is_recorded(shot, parts, name, facts, current):
        same_time = current.mtime_ns == facts.st_mtime_ns
        return Inspected(() if same_time else (replace(current, at=at, mtime_ns=facts.st_mtime_ns),), True)
    try:
        decoder.check(data)
    except (OversizedImage, DeadlyImage) as error:
        raise type(error)(f"{printable(str(shot.path / name))}: {error.reason}.", cure=error.cure) from error
    except DamagedImage as error:
        take = current if isinstance(current, Take) else None
        restored = _kept_bytes(layout, take, received, decoder)
        if restored is not None and name.endswith(".png"):
            restored = decoder.to_png(restored)
        return _set_aside(shot, parts, style, prompt, name, error.reason, take, restored, at)
    return Inspected((adopt(layout, style, prompt, name, facts, at),), True)


def _kept_bytes(
    layout: Layout, take: Take | None, received: Callable[[str], bytes | None] | None, decoder: Decoder
) -> bytes | None:
    """Whole bytes of the take that was damaged, from wherever they still are."""
    if take is None:
        return None
    sources: list[Callable[[], bytes | None]] = []
    if take.received is not None:
        sources.append(lambda: read_take(layout, take))
    if received is not None and take.attempt is not None:
        attempt = take.attempt
        sources.append(lambda: received(attempt))
    sources.append(lambda: read_take(layout, replace(take, file=_in_takes(take), received=None)))
    for source in sources:
        try:
            image = source()
            if image is not None:
                decoder.check(image)
                return image
        except DecoderError:
            raise  # that it can't be looked at now does not make it damaged
        except ShotmillError:
            continue  # gone or damaged too: the next one
    return None


def _in_takes(take: Take) -> str:
    file = PurePosixPath(take.file)
    return str(file.parent / TAKES / f"{file.stem}.take{take.take}{file.suffix}")


def _set_aside(
    shot: Folder,
    parts: tuple[str, ...],
    style: str,
    prompt: Prompt,
    name: str,
    reason: str,
    take: Take | None,
    restored: bytes | None,
    at: float,
) -> Inspected:
    """The restored file is ready before the damaged one leaves its place."""
    temporary = _TEMPORARY.format(name=prompt.name)
    suffix = PurePosixPath(name).suffix
    shot.remove(temporary)
    if restored is not None:
        write_new(shot, temporary, restored)
    with open_subfolder(shot, TAKES, create=True) as takes:
        kept = next(one for n in count(1) if takes.stat(one := f"Beat_{prompt.name}.damaged-{n}{suffix}") is None)
        publish_in(shot, name, takes, kept)
        takes.sync()
    relative = "/".join((*parts, name))
    aside = SetAside(at, style, prompt.beat, relative, "/".join((*parts, TAKES, kept)), reason)
    note = f"The image of beat {printable(prompt.beat)} was damaged ({reason}); it is kept as {aside.kept_as}."
    if restored is None or take is None:
        shot.remove(name)
        shot.sync()
        return Inspected((aside,), False, note)
    shot.replace(temporary, name)
    shot.sync()
    facts = shot.stat(name)
    if facts is None:
        return Inspected((aside,), False, note)
    back = replace(
        take,
        at=at,
        file=relative,
        sha256=sha256(restored),
        bytes=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        current=True,
    )
    return Inspected((aside, back), True, f"{note} It was restored from the bytes as received.")
