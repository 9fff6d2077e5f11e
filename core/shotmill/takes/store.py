"""Keeping a take: the one way in which a received image becomes a file of the project and a line of its journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from shotmill.errors import ShotmillError
from shotmill.story.model import Prompt
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.decoding import HERE, Decoder
from shotmill.takes.entries import Entry, Take
from shotmill.takes.folder import open_folder, split_relative
from shotmill.takes.image import MAX_BYTES, ImageFacts
from shotmill.takes.keeping import keep_bytes, sha256
from shotmill.takes.layout import TAKES, Layout, take_stem
from shotmill.takes.leftovers import half_written
from shotmill.takes.place import told
from shotmill.takes.placing import Desk, OutputFormat, Placed, place_current, superseded
from shotmill.takes.record import BeatRecord
from shotmill.takes.spool_header import SpoolHeader
from shotmill.untrusted import printable


@dataclass(frozen=True, slots=True)
class KeptTake:
    """An image that is in the project for good.

    `entries` go to the journal, all of them and in this order (none, if the record has the attempt already);
    `note` is a sentence for the log where the image did not take its place.
    """

    entries: tuple[Entry, ...]
    path: Path
    is_current: bool
    note: str = ""


def keep_take(
    layout: Layout,
    image: bytes,
    header: SpoolHeader,
    prompt: Prompt,
    *,
    output_format: OutputFormat,
    at: float,
    seconds: float,
    cost_usd: float,
    record: BeatRecord | None,
    decoder: Decoder = HERE,
) -> KeptTake:
    """Check a received image and put it at its place, or into `takes/` only: where a later take is there already, or
    a file that is not ours.

    It can be said again for the same attempt after a kill at any point, and ends in the same state. Raises
    `DamagedImage` (the spooled bytes are to be kept), `PlaceError` (say it again later), `UnsafePlaceError`.
    """
    recorded = record.take_of(header.attempt) if record is not None else None
    if recorded is not None:
        return KeptTake((), layout.root / recorded.file, recorded.current)
    facts = decoder.check(image)
    checkpoint("store.checked")
    number, may_be_current = _rank(header, record)
    with _desk(layout, header.style, prompt, number, header.attempt) as desk:
        placed = place_current(desk, image, facts, record, output_format, decoder) if may_be_current else None
        is_current = placed is not None
        earlier = superseded(desk, record.current if record else None, at) if is_current else ()
        placed = placed or _beside(desk, image, facts)
    drawn = _drawn(header, number, placed, at)
    take = replace(drawn, cost_usd=cost_usd, seconds=seconds, current=is_current)
    note = "" if is_current or not may_be_current else _note(prompt, placed)
    return KeptTake((*earlier, take), layout.root / placed.file, is_current, note)


def _drawn(header: SpoolHeader, number: int, placed: Placed, at: float) -> Take:
    """What was asked for and the file that came of it; without what it cost."""
    return Take(
        at=at,
        attempt=header.attempt,
        style=header.style,
        beat=header.beat,
        take=number,
        file=placed.file,
        sha256=placed.sha256,
        bytes=placed.facts.st_size,
        mtime_ns=placed.facts.st_mtime_ns,
        prompt_sha=header.prompt_sha,
        references=header.references,
        model=header.model,
        key=header.key,
        cost_usd=0.0,
        received=placed.received,
        seconds=0.0,
        current=False,
    )


def choose_take(
    layout: Layout,
    style: str,
    prompt: Prompt,
    number: int,
    *,
    output_format: OutputFormat,
    at: float,
    record: BeatRecord | None,
    decoder: Decoder = HERE,
) -> KeptTake:
    """Make an earlier take the current one; the one that was current goes to `takes/`.

    Raises ShotmillError where there is no such take, its file is gone, or a file that is not ours stands at the place.
    """
    take = record.take(number) if record is not None else None
    if take is None:
        raise ShotmillError(
            f"Beat {printable(prompt.beat)} has no take {number}.", cure="List its takes first.", code="no_such_take"
        )
    if record is not None and isinstance(record.current, Take) and record.current.take == number:
        return KeptTake((), layout.root / take.file, True)
    image = read_take(layout, take)
    facts = decoder.check(image)
    with _desk(layout, style, prompt, number, f"choose-{number}") as desk:
        placed = place_current(desk, image, facts, record, output_format, decoder)
        if placed is None:
            raise ShotmillError(
                f"An image that Shotmill did not put there stands at beat {printable(prompt.beat)}.",
                cure="Move it away, or start the project once so that it is adopted, then choose again.",
                code="not_ours",
            )
        earlier = superseded(desk, record.current if record else None, at)
    chosen = replace(
        take,
        at=at,
        file=placed.file,
        sha256=placed.sha256,
        bytes=placed.facts.st_size,
        mtime_ns=placed.facts.st_mtime_ns,
        received=placed.received or take.received,
        current=True,
    )
    return KeptTake((*earlier, chosen), layout.root / placed.file, True)


def read_take(layout: Layout, take: Take) -> bytes:
    """A take's bytes, as received where they are kept so; `ShotmillError` (`take_gone`) where its files are gone."""
    for relative in filter(None, (take.received, take.file)):
        try:
            parts, name = split_relative(relative)
            with told(layout.root / relative), open_folder(layout.root, *parts) as folder:
                return folder.read(name, MAX_BYTES)[0]
        except (FileNotFoundError, ValueError):
            continue
        except ShotmillError as error:
            if error.code != "place_gone":
                raise
    raise ShotmillError(
        f"The file of take {take.take} of beat {printable(take.beat)} is gone.",
        cure="Draw the beat again.",
        code="take_gone",
    )


def _rank(header: SpoolHeader, record: BeatRecord | None) -> tuple[int, bool]:
    """The take's number, and whether it may become current: only above every take that succeeded.

    An answer that arrives after its beat was drawn again under the same number gets the next free one.
    """
    if record is None or header.take > record.highest_kept:
        return header.take, True
    is_free = record.take(header.take) is None
    return header.take if is_free else record.highest_take + 1, False


def _beside(desk: Desk, image: bytes, facts: ImageFacts) -> Placed:
    with desk.takes() as takes:
        name = keep_bytes(takes, take_stem(desk.prompt, desk.number), facts.kind.suffix, image, desk.temporary)
        checkpoint("store.received_kept")
        kept = takes.stat(name)
    if kept is None:
        raise FileNotFoundError(2, "taken away while it was placed", str(desk.shot.path / TAKES / name))
    return Placed(desk.relative(TAKES, name), sha256(image), kept, None)


def _note(prompt: Prompt, placed: Placed) -> str:
    return (
        f"An image that Shotmill did not put there stands at beat {printable(prompt.beat)}; "
        f"it was left alone, and the new take is {placed.file}."
    )


@contextmanager
def _desk(layout: Layout, style: str, prompt: Prompt, number: int, mark: str) -> Iterator[Desk]:
    parts = layout.shot_parts(style, prompt)
    temporary = half_written(mark)
    with told(layout.shot_folder(style, prompt)), open_folder(layout.root, *parts, create=True) as shot:
        shot.remove(temporary)
        yield Desk(shot, parts, prompt, number, temporary)
