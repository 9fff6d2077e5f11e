"""What the log says of attempts, in words."""

from __future__ import annotations

from shotmill.engine.beat import TO_DO, BeatState
from shotmill.engine.board import Board
from shotmill.engine.dispatch import Dispatch, Settlement
from shotmill.engine.landing import Result
from shotmill.engine.pace import Pace
from shotmill.engine.pace_words import cured, told
from shotmill.engine.project import OpenProject
from shotmill.engine.redraws import held_back
from shotmill.engine.waiting import BY_ITSELF, Waiting, until_words
from shotmill.gemini.outcome import Fate, Outcome, Scope
from shotmill.gemini.request import ImageRequest
from shotmill.moment import back_at
from shotmill.quota.lease import Wait
from shotmill.takes.entries import Take


def sent_words(dispatch: Dispatch) -> str:
    """What goes with the request: the beat that it continues from."""
    beat, after = dispatch.beat, dispatch.after
    if after is None:
        return "" if beat.previous is None else "as a hard cut: nothing before it in its chain could be drawn"
    if after is not beat.previous:
        return f"after {after.id}: {beat.previous.id if beat.previous else ''} could not be drawn"
    return f"after {after.id}"


def lease_words(dispatch: Dispatch) -> str:
    """Which slot it goes out on, and what is set aside for it."""
    lease = dispatch.lease
    return (
        f"lease: take {dispatch.take} with {lease.model}, counted in {lease.key.quota_project}, "
        f"${dispatch.reserved_usd:.4f} reserved"
    )


def wait_words(wait: Wait | None, now: float) -> str:
    """Why a style sends nothing now."""
    if wait is None:
        return "wait: over"
    until = f" until {back_at(wait.until, now)}" if wait.until is not None else ""
    return f"wait: {wait.binding.value.replace('_', ' ')}{until}{f' ({wait.reason})' if wait.reason else ''}"


def request_words(attempt: str, request: ImageRequest) -> str:
    """What is asked, by its size: a prompt's words are its file's to tell."""
    sizes = ", ".join(f"{len(one.data):,} bytes of {one.mime}" for one in request.references) or "none"
    asked = ", ".join(part for part in (request.aspect_ratio, request.image_size) if part)
    return (
        f"request {attempt}: prompt of {len(request.prompt):,} characters, references: {sizes}; {asked}, "
        f"within {request.timeout_s:g} s"
    )


def waiting_words(waiting: Waiting, now: float) -> str:
    """Why the whole run waits, till when, and what would end it."""
    until = until_words(waiting.code, waiting.until, now)
    return f"waiting: {_bare(waiting.reason)}{until}{_cured(waiting)}"


def pace_words(pace: Pace, seconds: float | None, now: float) -> str:
    """What sets the pace, how long the rest takes, and what would help most."""
    help_ = cured(pace)
    return f"pace: {told(pace, seconds, now)}{f'  → {help_}' if help_ else ''}"


def end_words(state: str, reason: str, board: Board, why: Waiting | None) -> str:
    """How a run ended, how far it came and, where a person has to act, what they can do."""
    said = f"{state}{f': {_bare(reason)}' if reason else ''}, {board.drawn} of {board.total} drawn"
    doubts = sum(style.counts[BeatState.IN_DOUBT] for style in board.styles)
    if state != "finished" or not doubts:
        return said + _cured(why)
    held = len(held_back([beat for style in board.styles for beat in style.beats if beat.state in TO_DO], board))
    return f"{said}, {doubts} in doubt{f' and {held} that wait for it' if held else ''}  → shotmill doubt"


def _bare(reason: str) -> str:
    """A reason that goes on in a sentence of ours: the provider's own often end with a full stop."""
    return reason.rstrip(". ")


def _cured(why: Waiting | None) -> str:
    return f"  → {why.cure}" if why is not None and why.cure and why.cure != BY_ITSELF else ""


def outcome_words(attempt: str, result: Result) -> str:
    """What the answer was taken for, and what rests because of it."""
    outcome = result.outcome
    parts = [f"outcome {attempt}: {outcome.fate.value.replace('_', ' ')}, {outcome.code.replace('_', ' ')}"]
    parts.append(f"after {result.seconds:.1f} s, ${result.price_usd:.4f}")
    if outcome.rest is not None:
        parts.append(f"{outcome.scope.value.replace('_', ' ')} rests")
    return ", ".join(parts) + (f": {outcome.message}" if outcome.message else "")


def done_words(take: Take | None) -> str:
    if take is None:
        return ""
    if not take.current:
        return f"kept as {take.file}: the image in its place is yours"
    return f"take {take.take}" if take.take > 1 else ""


def again_words(outcome: Outcome, settlement: Settlement, now: float) -> str:
    """Why, and in what time it goes again, by its own pause or by that of what refused it."""
    # The provider's own words are with the beat; what became of the line is ours to say.
    said = outcome.message if outcome.scope is Scope.NETWORK else outcome.code.replace("_", " ")
    if settlement.redrawn_in_doubt:
        return f"perhaps paid and lost ({said}); drawn again within in_doubt_usd"
    if settlement.again_at is not None:
        return f"{said}, in {_length(settlement.again_at - now)}"
    return said


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{max(0.0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def tell_end(project: OpenProject, dispatch: Dispatch, result: Result, settlement: Settlement, now: float) -> None:
    """A line in the project's log for an attempt's end, and one for what it taught of quotas and styles."""
    beat, outcome, key = dispatch.beat, result.outcome, dispatch.lease.key.name
    said = outcome.message or outcome.code
    if outcome.fate is Fate.IMAGE:
        size = result.take.bytes if result.take else None
        project.tell("info", "done", done_words(result.take), beat=beat, key=key, seconds=result.seconds, size=size)
    elif settlement.state is BeatState.BLOCKED:
        project.tell("warning", "blocked", outcome.told, beat=beat, key=key)
    elif outcome.fate is Fate.IN_DOUBT and not settlement.redrawn_in_doubt:
        project.tell("warning", "in_doubt", said, beat=beat, key=key)
    elif settlement.state is BeatState.FAILED:
        project.tell("error", "failed", outcome.told, beat=beat, key=key)
    else:
        project.tell("warning", "again", again_words(outcome, settlement, now), beat=beat, key=key)
    if settlement.note:
        project.tell("warning", "note", settlement.note)
