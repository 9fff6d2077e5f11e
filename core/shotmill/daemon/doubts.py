"""What may have been paid for and is not there: listed, drawn again by choice, or left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shotmill.clock import iso
from shotmill.daemon.starting import at_rest, begin
from shotmill.engine.beat import BeatState
from shotmill.engine.for_you import LEFT_OUT
from shotmill.engine.lane import next_wanted
from shotmill.engine.project import OpenProject
from shotmill.engine.run import Run
from shotmill.engine.selection import Options
from shotmill.errors import ShotmillError, UsageError
from shotmill.story.beat_id import beat_id
from shotmill.takes.entries import Intent, Settled, SettledHow
from shotmill.takes.record import ProjectRecord
from shotmill.untrusted import printable

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

Doubt = tuple[tuple[str, str], str, Intent]
"""Style and beat, the attempt, and what was to be sent."""


async def settle_doubts(
    workshop: Workshop, project: OpenProject, do: str, style: str | None, beat: str | None
) -> dict[str, Any]:
    """List what may have been paid for, or settle it: drawn again by choice, or left out.

    A doubt leaves the list when nothing keeps what was asked from happening: one that is to be drawn again is settled
    by the start, after all that could refuse it.
    """
    if style is not None and project.board.style(style) is None:
        known = ", ".join(board.name for board in project.board.styles)
        raise UsageError(f"there is no style {printable(style, 40)!r}", cure=f"the styles here are {known}")
    beat = beat_id(beat) if beat is not None else None
    if do == "list":
        doubts = _doubts(project, style, beat)
        return {"doubts": _listed(project, doubts), "settled": 0, "status": workshop.view(project).status()}
    if do not in ("retry", "skip"):
        raise UsageError(f"{printable(do, 20)!r} is not a way to settle a doubt", cure="retry, skip, or list")
    async with workshop.starting(project), at_rest(workshop, project) as run:
        doubts = _doubts(project, style, beat)
        if do == "retry":  # what the prompts no longer have can only be left out
            doubts = [doubt for doubt in doubts if project.board.find(*doubt[0]) is not None]
        listed = _listed(project, doubts)
        if run is not None:
            if do == "retry" and run.state == "stopping":
                raise ShotmillError("the run is stopping", cure="say it again when it has ended", code="stopping")
            await _settle(workshop, project, doubts, "retry" if do == "retry" else "skip", run)
        elif do == "skip":
            await _settle(workshop, project, doubts, "skip", None)
        elif doubts:
            asked = tuple(dict.fromkeys(key for key, _, _ in doubts))
            await begin(workshop, project, Options(only=asked), again=asked)
    project.feed.topic("status")
    return {"doubts": listed, "settled": len(doubts), "status": workshop.view(project).status()}


async def _settle(
    workshop: Workshop, project: OpenProject, doubts: Sequence[Doubt], how: SettledHow, run: Run | None
) -> None:
    now = workshop.clock.now()
    await project.note(*(Settled(now, attempt, *key, how) for key, attempt, _ in doubts), durable=True)
    for key in {key for key, _, _ in doubts}:
        found = project.board.find(*key)
        if found is None or found.state is not BeatState.IN_DOUBT:
            continue
        left = how == "skip"
        project.board.set(found, BeatState.FAILED if left else BeatState.PENDING, LEFT_OUT if left else "")
        if run is not None:
            after = next_wanted(found)  # a beat that is left out no longer holds the one that continues from it
            run.scheduler.add([found] if how == "retry" else [after] if after is not None else [])
            run.wake()


def _doubts(project: OpenProject, style: str | None, beat: str | None) -> list[Doubt]:
    doubts = [
        (key, attempt, intent)
        for key, known in project.record.beats.items()
        for attempt, intent in known.doubts.items()
        if (style is None or key[0] == style) and (beat is None or key[1] == beat)
    ]
    doubts.sort(key=lambda doubt: _order(project, doubt[0]))
    return doubts


def _listed(project: OpenProject, doubts: Sequence[Doubt]) -> list[dict[str, Any]]:
    return [
        {
            "attempt": attempt,
            "style": key[0],
            "beat": key[1],
            "sent_at": iso(intent.at),
            "price_usd": intent.price_usd,
            "reason": _reason(project.record, key),
        }
        for key, attempt, intent in doubts
    ]


def _reason(record: ProjectRecord, key: tuple[str, str]) -> str:
    known = record.beat(*key)
    return known.last.message or known.last.code if known is not None and known.last is not None else ""


def _order(project: OpenProject, key: tuple[str, str]) -> tuple[int, tuple[int, int]]:
    """Styles as on the screen, beats as in the story; what the prompts no longer have comes last."""
    beat = project.board.find(*key)
    if beat is None:
        return len(project.board.styles), (0, 0)
    return project.board.styles.index(beat.lane), beat.place
