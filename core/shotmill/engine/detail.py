"""Everything that is known of one beat, for the beat screen; the attempts are read from the journal."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from shotmill.clock import iso
from shotmill.engine.ask import asked_text
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.project import OpenProject
from shotmill.gemini.reactions import cure_by_code
from shotmill.takes.entries import End, Intent, Take
from shotmill.takes.journal import Journal


def beat_detail(project: OpenProject, beat: Beat) -> dict[str, Any]:
    """The beat as docs/api.md has it. Reads the journal: blocking for as long as that takes."""
    intents: dict[str, Intent] = {}
    ends: dict[str, End | Take] = {}
    for entry in Journal(project.layout).read():  # not the project's own: that one knows what its record has folded
        if getattr(entry, "style", None) != beat.style or getattr(entry, "beat", None) != beat.id:
            continue
        if isinstance(entry, Intent):
            intents[entry.attempt] = entry
        elif isinstance(entry, End | Take) and entry.attempt is not None:
            ends[entry.attempt] = _further(ends.get(entry.attempt), entry)
    known = project.record.beat(beat.style, beat.id)
    takes = known.takes if known is not None else ()
    current = known.current if known is not None else None
    after = beat.drawn_before() or beat.previous
    return {
        "style": beat.style,
        "beat": beat.id,
        "shot": beat.prompt.shot,
        "state": beat.state.value,
        "reason": beat.reason,
        "prompt": asked_text(beat.prompt, project.settings.style(beat.style)),
        "script_phrase": beat.prompt.script_phrase,
        "transition": beat.prompt.transition,
        "continues": beat.previous is not None,
        "after": after.id if beat.previous is not None and after is not None else None,
        "file": current.file if current is not None else project.layout.relative(project.image_of(beat)),
        "references": [path.name for path in project.references[beat.style]] if beat.previous is None else [],
        "cost_usd": round(sum(take.cost_usd for take in takes), 4),
        "stale_because": "its prompt, model or references changed" if beat.state is BeatState.STALE else "",
        "attempts": [_attempt(intent, ends.get(attempt)) for attempt, intent in intents.items()],
        "takes": [_take(take, take is current) for take in takes],
    }


def _further(before: End | Take | None, entry: End | Take) -> End | Take:
    """What is said last of an attempt holds; a further end costs nothing beside what the first one did."""
    if isinstance(before, End) and isinstance(entry, End) and before.cost_usd and not entry.cost_usd:
        return replace(entry, cost_usd=before.cost_usd)
    return entry


def _attempt(intent: Intent, end: End | Take | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "attempt": intent.attempt,
        "at": iso(intent.at),
        "key": intent.key,
        "take": intent.take,
        "fate": "in_flight",
        "code": "",
        "message": "",
        "cure": "",
        "seconds": 0.0,
        "cost_usd": None,
    }
    if isinstance(end, Take):
        return found | {"fate": "image", "code": "image", "seconds": round(end.seconds, 1), "cost_usd": end.cost_usd}
    if isinstance(end, End):
        cure = cure_by_code(end.code, intent.model)
        said = {"fate": end.fate, "code": end.code, "message": end.message, "cure": cure}
        return found | said | {"seconds": round(end.seconds, 1), "cost_usd": end.cost_usd}
    return found


def _take(take: Take, current: bool) -> dict[str, Any]:
    return {
        "take": take.take,
        "at": iso(take.at),
        "file": take.file,
        "bytes": take.bytes,
        "key": take.key,
        "seconds": round(take.seconds, 1),
        "current": current,
    }
