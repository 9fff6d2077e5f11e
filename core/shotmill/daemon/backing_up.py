"""When the database is copied: as a run begins, and every hour."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from shotmill.errors import ShotmillError

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

SOON_S = 1.0
HOUR_S = 3600.0
_log = logging.getLogger(__name__)


async def back_up(workshop: Workshop) -> None:
    """Copy the database if it changed, and look through a copy once a week; a disk that refuses is only logged."""
    ledger, in_thread = workshop.ledger, workshop.tools.in_thread
    try:
        await in_thread(ledger.back_up)
        damage = await in_thread(lambda: ledger.examine(workshop.clock.now()))
    except (ShotmillError, OSError) as error:
        _log.warning("%s", error)
        return
    if damage:
        _log.error("a backup of the database is damaged and set aside: %s", damage)
        for project in workshop.projects.values():
            project.tell("error", "note", f"a backup of the database is damaged: {damage}; see shotmill doctor")


async def back_up_soon(workshop: Workshop) -> None:
    """As a run begins. Where there is a copy already it is made behind the first requests: none is written down
    meanwhile."""
    with suppress(OSError):  # told by the copy itself
        if await workshop.tools.in_thread(workshop.ledger.is_backed_up):
            await workshop.clock.sleep(SOON_S)
    await back_up(workshop)


async def back_up_hourly(workshop: Workshop) -> None:
    while True:
        await asyncio.sleep(HOUR_S)
        await back_up(workshop)
