"""Runs that the last daemon's end interrupted: gone on with when it was no person who ended it, else forgotten."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shotmill.daemon.interrupted import options_left
from shotmill.daemon.opening import open_project
from shotmill.daemon.starting import start
from shotmill.errors import ShotmillError
from shotmill.ledger.journals import Interrupted

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

_log = logging.getLogger(__name__)


async def go_on(workshop: Workshop, interrupted: Sequence[Interrupted], *, wanted: bool) -> None:
    """Start each of the runs again for what is left of it, under its own options."""
    for run in interrupted:
        if workshop.draining:
            return
        try:
            if wanted:
                await _one(workshop, run)
            await workshop.ledger.run_ended(run.project, run.run)
        except ShotmillError as error:
            _log.error("the run of %s can't go on: %s", run.root, error.told)
            await _forget(workshop, run)
            project = workshop.projects.get(run.project)
            if project is not None:
                project.tell("error", "note", f"the run can't go on: {error.told}")


async def _forget(workshop: Workshop, run: Interrupted) -> None:
    try:
        await workshop.ledger.run_ended(run.project, run.run)
    except ShotmillError as error:
        _log.warning("%s", error.message)


async def _one(workshop: Workshop, run: Interrupted) -> None:
    project = await open_project(workshop, str(run.root))
    if project.id != run.project:
        raise ShotmillError("another project is at its place now", cure=f"shotmill start '{run.root}'")
    options = options_left(run.options, project.record)
    if options is None:
        return
    answer = await start(workshop, project, options)
    _log.info("%s: %s", run.root, answer["message"])
