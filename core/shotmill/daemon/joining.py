"""A `start` of a project that is being drawn: a stop is taken back, and what stands is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shotmill.engine.project import OpenProject
from shotmill.engine.run import Run
from shotmill.engine.words import waiting_words

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

LOOK_S = 1.0
"""How long a start waits for a run that finds out whether its disk is back."""


async def join(workshop: Workshop, project: OpenProject, run: Run) -> dict[str, Any]:
    """The answer is the run that is there. One says start: its paused styles and the keys that wait for a person are
    tried again.
    """
    if run.state == "stopping":
        run.resume()
        message, outcome = "the stop is taken back", "resumed"
    else:
        paused = [name for name, lane in run.scheduler.lanes.items() if lane.paused]
        for name in paused:
            run.scheduler.resume_style(name)
        tried = run.place.book.mended([key for lane in run.scheduler.lanes.values() for key in lane.keys])
        await run.look_again(LOOK_S)
        message, outcome = "a run is under way; filters and options of this start were not applied", "running"
        if paused:
            message += f". Tried again, since paused: {', '.join(paused)}"
        if tried:
            message += ". Keys that waited are tried again, with one request each"
        elif run.waiting is not None and run.state == "waiting":
            message += f". {waiting_words(run.waiting, workshop.clock.now())}"
    return {"outcome": outcome, "message": message, "run": run.id, "status": workshop.view(project).status()}
