"""The end of the daemon's work: nothing new leaves, what is in flight lands, and each run's end is written."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from shotmill.engine.run import Run
from shotmill.engine.waiting import Waiting
from shotmill.errors import ShotmillError

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

LOOK_S = 2.0
END_NOW_S = 5.0
_log = logging.getLogger(__name__)


async def drain(workshop: Workshop, *, go_on: bool = False, broken: ShotmillError | None = None) -> int:
    """Let what is in flight land; nothing new leaves. Returns how many requests that is.

    With `go_on` the next daemon goes on with the runs that nobody had stopped; `broken` is what ends this one.
    """
    workshop.draining = True
    runs = workshop.active_runs
    if go_on:
        workshop.handed_over = {run.id for run in runs if run.state != "stopping"}
    flying = sum(run.scheduler.in_flight for run in runs)
    for run in runs:
        if broken is not None and run.state != "stopping":
            run.stop(broken.message, Waiting(broken.code, broken.message, cure=broken.cure))
        else:
            run.stop("restart" if run.id in workshop.handed_over else "asked")
    return flying


async def landed(workshop: Workshop) -> None:
    """Until every run has ended, and written so. One that only waits for a folder which is away is ended without:
    all that it was sent is received and sealed, and the next daemon takes it in, wherever the folder is then."""
    ends = {name: asyncio.create_task(event.wait()) for name, event in workshop.ends.items()}
    while waited := [end for name, end in ends.items() if not (end.done() or _is_left(workshop, name))]:
        await asyncio.wait(waited, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
    for name, end in ends.items():
        if not end.done():
            end.cancel()
            await _leave(workshop, name, workshop.runs[name])


async def end_now(workshop: Workshop) -> None:
    """End every run at once. Where a disk refuses to take it down the next start finds out what was out."""
    with contextlib.suppress(TimeoutError, ShotmillError):
        async with asyncio.timeout(END_NOW_S):
            for run in workshop.active_runs:
                await run.stop_now()
            await asyncio.gather(*(event.wait() for event in list(workshop.ends.values())))


def _is_left(workshop: Workshop, name: str) -> bool:
    return name in workshop.runs and workshop.runs[name].only_waits_for_folder


async def _leave(workshop: Workshop, project: str, run: Run) -> None:
    """The next daemon goes on with it only where this one said so: what a person stopped stays so."""
    try:
        if run.active:
            await run.stop_now()
    except ShotmillError as error:
        _log.warning("%s", error.message)
    if run.id not in workshop.handed_over:
        await workshop.note_run(lambda: workshop.ledger.run_ended(project, run.id))
