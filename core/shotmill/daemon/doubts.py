"""What may have been paid for and is not there: listed, drawn again by choice, or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shotmill.clock import iso
from shotmill.daemon.starting import start
from shotmill.engine.board import BeatState
from shotmill.engine.project import OpenProject
from shotmill.engine.selection import Options
from shotmill.errors import UsageError
from shotmill.story.beat_id import beat_id
from shotmill.takes.entries import Settled, SettledHow
from shotmill.takes.record import ProjectRecord
from shotmill.untrusted import printable

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop


async def settle_doubts(
    workshop: Workshop, project: OpenProject, do: str, style: str | None, beat: str | None
) -> dict[str, Any]:
    """List what may have been paid for, or settle it: drawn again by choice, or left out."""
    if style is not None and project.board.style(style) is None:
        known = ", ".join(board.name for board in project.board.styles)
        raise UsageError(f"there is no style {printable(style, 40)!r}", cure=f"the styles here are {known}")
    beat = beat_id(beat) if beat is not None else None
    doubts = [
        (key, attempt, intent)
        for key, known in project.record.beats.items()
        for attempt, intent in known.doubts.items()
        if (style is None or key[0] == style) and (beat is None or key[1] == beat)
    ]
    doubts.sort(key=lambda doubt: _order(project, doubt[0]))
    listed = [
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
    if do == "list":
        return {"doubts": listed, "settled": 0, "status": workshop.view(project).status()}
    if do not in ("retry", "skip"):
        raise UsageError(f"{printable(do, 20)!r} is not a way to settle a doubt", cure="retry, skip, or list")
    now = workshop.clock.now()
    how: SettledHow = "retry" if do == "retry" else "skip"
    await project.note(*(Settled(now, attempt, *key, how) for key, attempt, _ in doubts), durable=True)
    run = workshop.runs.get(project.id)
    for key in {key for key, _, _ in doubts}:
        found = project.board.find(*key)
        if found is None or found.state is not BeatState.IN_DOUBT:
            continue
        project.board.set(found, BeatState.PENDING if do == "retry" else BeatState.FAILED, "left out")
        if run is not None and run.active:
            after = found.following  # a beat that is left out no longer holds the one that continues from it
            run.scheduler.add([found] if do == "retry" else [after] if after is not None and after.wanted else [])
            run.wake()
    project.feed.topic("status")
    answer = {"doubts": listed, "settled": len(doubts), "status": workshop.view(project).status()}
    if do == "retry" and doubts and (run is None or not run.active):
        await start(workshop, project, Options(only=tuple(dict.fromkeys(key for key, _, _ in doubts))))
        answer["status"] = workshop.view(project).status()
    return answer


def _reason(record: ProjectRecord, key: tuple[str, str]) -> str:
    known = record.beat(*key)
    return known.last.message or known.last.code if known is not None and known.last is not None else ""


def _order(project: OpenProject, key: tuple[str, str]) -> tuple[int, tuple[int, int]]:
    """Styles as on the screen, beats as in the story; what the prompts no longer have comes last."""
    beat = project.board.find(*key)
    if beat is None:
        return len(project.board.styles), (0, 0)
    return project.board.styles.index(beat.lane), beat.place
