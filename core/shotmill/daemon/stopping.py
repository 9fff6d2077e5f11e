"""`stop`: after the images in flight, or at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shotmill.engine.flight import LeftOut
from shotmill.engine.project import OpenProject
from shotmill.engine.waiting import FOLDER_AWAY, Waiting

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

END_S = 5.0
"""How long `stop --now` waits for a disk to take down the run's end; it is told then."""


async def stop(workshop: Workshop, project: OpenProject, *, now: bool) -> dict[str, Any]:
    left_out = LeftOut()
    run = workshop.runs.get(project.id)
    if run is None or not run.active:
        status = workshop.view(project).status()
        return {"outcome": "not_running", "in_flight": 0, "message": "nothing is running", "status": status}
    in_flight = run.scheduler.in_flight
    moment = workshop.clock.now()
    longest = max((moment - flight.attempt.sent_at for flight in run.flights.out.values()), default=0.0)
    to_come = 0.0 if now else run.flights.to_come_s(moment)
    price = sum(dispatch.reserved_usd for dispatch in run.scheduler.out)
    unwritten = ""
    if now:
        left_out = await run.stop_now()
        is_over = await run.over(END_S)
        price = left_out.in_doubt_usd
        message = f"stopped; {now_words(left_out, project.disk.trouble)}"
        outcome = "stopped"
        if not is_over:
            trouble = project.disk.trouble
            why = f": {trouble.reason.rstrip('.')}. {trouble.cure}" if trouble is not None else ""
            unwritten = f"its end can't be written down yet{why}"
            message, outcome = f"{message}; {unwritten}", "stopping"
    else:
        run.stop()
        images = "the image" if in_flight == 1 else f"{in_flight} images"
        message = f"stopping after {images} in flight" if in_flight else "stopped; nothing was in flight"
        project.tell("info", "note", message)
        outcome = "stopping"
    return {
        "outcome": outcome,
        "in_flight": in_flight,
        "in_doubt": left_out.in_doubt,
        "received": left_out.received,
        "longest_s": round(longest, 1),
        "wait_s": round(to_come, 1),
        "in_doubt_usd": round(price, 4),
        "unwritten": unwritten,
        "message": message,
        "status": workshop.view(project).status(),
    }


def now_words(left_out: LeftOut, trouble: Waiting | None = None) -> str:
    """What a stop at once left out, for people; `trouble` is what answers that were received wait for."""
    told = []
    if left_out.in_doubt:
        told.append(f"{_number(left_out.in_doubt, 'request was', 'requests were')} out and in doubt")
    if left_out.received:
        images = _number(left_out.received, "answer is", "answers are")
        when = "its folder is back" if trouble is not None and trouble.code in FOLDER_AWAY else "there is room"
        told.append(f"{images} received and kept, saved when {when}")
    return ", ".join(told) or "nothing was out"


def _number(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
