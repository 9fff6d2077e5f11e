"""Whether a take is stale: made from another prompt, model or image than would be sent for it now."""

from __future__ import annotations

from collections.abc import Iterator

from shotmill.engine.ask import asked_text, text_sha
from shotmill.engine.board import DRAWN, Beat
from shotmill.settings.project import ProjectSettings
from shotmill.takes.entries import Exists, Take
from shotmill.takes.record import BeatRecord, ProjectRecord


def is_stale(beat: Beat, record: ProjectRecord, settings: ProjectSettings, looks: tuple[str, ...]) -> bool:
    """`looks` are the SHA-256 of the style's references. The beats before this one are in their states already; while
    the one that it continues from is still to come, nobody knows what would be sent.
    """
    known = record.beat(beat.style, beat.id)
    take = known.current if known is not None else None
    if not isinstance(take, Take):
        return False
    if take.model != settings.gemini.model or take.prompt_sha != text_sha(
        asked_text(beat.prompt, settings.style(beat.style))
    ):
        return True
    before = beat.nearest_before()
    if before is None:
        return _sent(take) != looks
    if before.state not in DRAWN:
        return False
    return continues_other(take, record.beat(beat.style, before.id))


def continues_other(take: Take, before: BeatRecord | None) -> bool:
    """Whether `take` was made from another image than the one that is there now of the beat before.

    Of an image that a person put there no hash is known: it is another where the take has one of ours, or is older.
    """
    current = before.current if before is not None else None
    if isinstance(current, Take):
        return _sent(take) != (current.sha256,)
    if before is not None and isinstance(current, Exists):
        ours = {(one.sha256,) for one in before.takes}
        return _sent(take) in ours or current.mtime_ns / 1e9 > take.at
    return False


def followers(beat: Beat) -> Iterator[Beat]:
    """The drawn beat that continues from this one: the next, or the first drawn one behind those that have no image."""
    beats = beat.lane.beats
    for index in range(beat.index + 1, len(beats)):
        after = beats[index]
        if after.shot != beat.shot and after.previous is not beat:
            return
        if after.state in DRAWN:
            if after.previous is not None and after.drawn_before() is beat:
                yield after
            return


def _sent(take: Take) -> tuple[str, ...]:
    return tuple(reference.sha256 for reference in take.references)
