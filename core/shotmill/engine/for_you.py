"""What only the user can mend of a project's beats, each with what to do about it. Pure views.

What a person left out, since it may have been paid for, is nothing to mend: it stays as failed until it is asked for.
"""

from __future__ import annotations

import heapq
from typing import Any

from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.board import Board
from shotmill.gemini.reactions import cure_by_code
from shotmill.takes.record import ProjectRecord

MOST_FOR_YOU = 200
LEFT_OUT = "left out: it may have been paid for"
"""Why a beat has no image whose doubt a person settled by doing without it."""
_AGAIN = "shotmill start --retry-failed"
_CURES = {
    "blocked": f"reword the prompt in its file, then: {_AGAIN}",
    "failed": _AGAIN,
    "in_doubt": "shotmill doubt retry (perhaps pays twice), or: shotmill doubt skip",
}


def beats_for_you(board: Board, record: ProjectRecord, model: str) -> list[dict[str, Any]]:
    """In the files' order, style by style; at most so many of each."""
    found: list[dict[str, Any]] = []
    for style in board.styles:
        to_mend = (beat for beat in style.needs_you if not _is_left_out(beat, record))
        needing = heapq.nsmallest(MOST_FOR_YOU, to_mend, key=lambda beat: beat.place)
        found += [_for_you(beat, beat.state, record, model) for beat in needing]
        found += [
            _for_you(beat, BeatState.IN_DOUBT, record, model)
            for beat in heapq.nsmallest(MOST_FOR_YOU, style.doubted, key=lambda beat: beat.place)
            if beat not in style.needs_you and _is_doubted(beat, record)
        ]
    return found


def _for_you(beat: Beat, state: BeatState, record: ProjectRecord, model: str) -> dict[str, Any]:
    kind = state.value
    cure = _CURES[kind] if state is BeatState.IN_DOUBT else _cure(beat, kind, record, model)
    return {"kind": kind, "style": beat.style, "beat": beat.id, "what": beat.reason, "cure": cure}


def _cure(beat: Beat, kind: str, record: ProjectRecord, model: str) -> str:
    """By the code of its last answer: a reference that can't be read is no prompt to reword."""
    known = record.beat(beat.style, beat.id)
    said = cure_by_code(known.last.code, model) if known is not None and known.last is not None else ""
    return f"{said.rstrip('. ')}, then: {_AGAIN}" if said else _CURES[kind]


def _is_left_out(beat: Beat, record: ProjectRecord) -> bool:
    known = record.beat(beat.style, beat.id)
    return beat.state is BeatState.FAILED and known is not None and known.left_out


def _is_doubted(beat: Beat, record: ProjectRecord) -> bool:
    known = record.beat(beat.style, beat.id)
    return known is not None and bool(known.doubts)
