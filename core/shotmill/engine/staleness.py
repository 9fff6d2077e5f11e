"""Whether a take is stale: made from another prompt, model or image than would be sent for it now."""

from __future__ import annotations

from shotmill.engine.ask import asked_text, text_sha
from shotmill.engine.beat import DRAWN, NOT_TO_BE_HAD, Beat
from shotmill.settings.project import ProjectSettings
from shotmill.takes.entries import Exists, Take
from shotmill.takes.record import BeatRecord, ProjectRecord


def is_stale(beat: Beat, take: Take, record: ProjectRecord, settings: ProjectSettings, looks: tuple[str, ...]) -> bool:
    """`take` is the beat's current one, `looks` are the SHA-256 of the style's references. The beats before this one
    are in their states already; while the one that it continues from is still to come, nobody knows what would be sent.
    """
    text = asked_text(beat.prompt, settings.style(beat.lane.name))
    if take.model != settings.gemini.model or take.prompt_sha != text_sha(text):
        return True
    if beat.previous is None:
        return _sent(take) != looks
    before = beat.nearest_before()
    return _sent(take) != looks if before is None else _other_than(take, before, record)


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


def from_other(beat: Beat, record: ProjectRecord) -> Beat | None:
    """The beat before a drawn one, where that has another image now than the one that was sent along. None while the
    beat before is still to come: it is asked again when that is there."""
    known, before = record.beat(beat.style, beat.id), beat.nearest_before()
    take = known.current if known is not None else None
    if before is None or not isinstance(take, Take):
        return None
    return before if _other_than(take, before, record) else None


def _other_than(take: Take, before: Beat, record: ProjectRecord) -> bool:
    return before.state in DRAWN and continues_other(take, record.beat(before.style, before.id))


def follower(beat: Beat) -> Beat | None:
    """The drawn beat that continues from this one: the next, or the one behind those that can't be had."""
    after = next((after for after in beat.behind() if after.state not in NOT_TO_BE_HAD), None)
    return after if after is not None and after.state in DRAWN and after.nearest_before() is beat else None


def _sent(take: Take) -> tuple[str, ...]:
    return tuple([reference.sha256 for reference in take.references])
