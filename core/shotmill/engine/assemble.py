"""The board of a project as it stands: its prompts, what the disk holds, what the journal says of both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.for_you import LEFT_OUT
from shotmill.engine.staleness import is_stale
from shotmill.errors import ShotmillError
from shotmill.gemini.outcome import Fate
from shotmill.settings.project import ProjectSettings
from shotmill.story.model import Prompt, Style
from shotmill.takes.entries import Take
from shotmill.takes.layout import Layout
from shotmill.takes.listing import Listing, list_images
from shotmill.takes.record import BeatRecord, ProjectRecord
from shotmill.takes.references import reference_bytes
from shotmill.takes.survey import survey

WAS_OUT = "it was out when the daemon ended"
"""Why a beat is in doubt whose request has no end on record, nor anybody who waits for it."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """An image that no record vouches for; it counts as there until it was decoded."""

    style: str
    prompt: Prompt


def assemble(
    layout: Layout,
    styles: Sequence[Style],
    settings: ProjectSettings,
    references: Mapping[str, Sequence[Path]],
    record: ProjectRecord,
    listings: Mapping[str, Listing] | None = None,
) -> tuple[Board, list[Unseen]]:
    """The board, and the images on it that have to be looked at. Reads folders, unless what lies in each style's is
    known from `listings`, and references; decodes nothing.

    No run is active: what the record has as sent and not ended was out when a daemon died, and is in doubt.
    """
    out = {(intent.style, intent.beat) for intent in record.open_intents.values()}
    board = Board(styles, chained=settings.generation.continuity == "previous")
    unseen: list[Unseen] = []
    for lane, style in zip(board.styles, styles, strict=True):
        listing = list_images(layout, style.name) if listings is None else listings[style.name]
        looks = tuple(_sha(path) for path in references.get(style.name, ()))
        for beat, (known, is_whole) in zip(lane.beats, survey(layout, style, record, listing), strict=True):
            if known is None and is_whole is None:
                continue  # nothing was ever drawn or tried: to do, as it was made
            is_out = bool(out) and (style.name, beat.prompt.beat) in out
            state, current = _state(is_whole, is_out, known), known.current if known is not None else None
            if is_whole is False:
                unseen.append(Unseen(style.name, beat.prompt))
            elif state is BeatState.DONE and type(current) is Take and is_stale(beat, current, record, settings, looks):
                state = BeatState.STALE
            _place(beat, state, known, WAS_OUT if is_out and state is BeatState.IN_DOUBT else "")
            if current is not None and not is_whole:
                lane.absent.add(beat)
            if known is not None and known.doubts and state is not BeatState.IN_DOUBT:
                lane.doubted.add(beat)
    board.settle_all()
    return board, unseen


def _state(is_whole: bool | None, is_out: bool, known: BeatRecord | None) -> BeatState:
    """`is_whole` is whether the image that is there is the record's; None where there is none."""
    if is_whole is not None:
        ours = is_whole and known is not None and type(known.current) is Take
        return BeatState.DONE if ours else BeatState.EXISTS
    if known is None:
        return BeatState.PENDING
    if known.doubts or is_out:
        return BeatState.IN_DOUBT
    if known.last is None or known.current is not None:
        return BeatState.PENDING
    return _ended(known)


def _ended(known: BeatRecord) -> BeatState:
    """How the last attempt left a beat without image. `failed` and `blocked` were written as such when they were
    final; a try that was to be followed by another is one of a beat that is to do."""
    if known.last is None:
        return BeatState.PENDING
    if known.last.fate == Fate.BLOCKED:
        return BeatState.BLOCKED
    if known.last.fate in (Fate.FAILED, Fate.UNUSABLE):
        return BeatState.FAILED
    if known.left_out:
        return BeatState.FAILED
    return BeatState.PENDING


def _place(beat: Beat, state: BeatState, known: BeatRecord | None, reason: str) -> None:
    """`reason` is what is known beside the record; without one the beat's last answer tells."""
    if known is not None:
        beat.failures, beat.take = known.failures, next_take(known)
        if known.last is not None and not reason:
            reason = LEFT_OUT if known.left_out else known.last.message or known.last.code
    beat.lane.place(beat, state, reason)


def next_take(known: BeatRecord) -> int:
    """The number that the next take gets: a number whose request failed is asked for again, one that is in doubt
    may still turn up and keeps its number."""
    failed = (
        known.last is not None
        and known.last.fate != Fate.IN_DOUBT
        and known.highest_take not in {take.take for take in known.takes}
    )
    return known.highest_take if failed and known.highest_take else known.highest_take + 1


def _sha(path: Path) -> str:
    """SHA-256 of a reference; one that can't be read is told of when it is to be sent."""
    try:
        return hashlib.sha256(reference_bytes(path)).hexdigest()
    except ShotmillError:
        return ""
