"""The disks that a run needs: nothing is sent while an answer could not be kept or its image not be published."""

from __future__ import annotations

import shutil

from shotmill.engine.project import OpenProject
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.tools import Tools
from shotmill.errors import ShotmillError
from shotmill.ledger.trouble import LedgerError
from shotmill.takes.place import PlaceError
from shotmill.takes.probe import probe

NEEDED_BYTES = 64 * 1024 * 1024
"""Room on the project's disk below which nothing is sent: an image in both forms, many times over."""
LOOK_EVERY_S = 5.0
PROBE_BYTES = 65536
_MENDED_BY_ROOM = ("disk_full", "read_only", "too_many_files", "disk_error")


class DiskWatch:
    """Holds the scheduler (`held` is `disk`) while a disk is short or refuses, and lets it go on by itself."""

    def __init__(self, tools: Tools, project: OpenProject, scheduler: Scheduler) -> None:
        self._tools = tools
        self._project = project
        self._scheduler = scheduler
        self._looked_at = float("-inf")

    async def look(self, now: float, *, any_out: bool) -> None:
        """Hold before the disk is full: an image that can't be published is safe, but stays out of sight."""
        if now - self._looked_at < LOOK_EVERY_S or self._scheduler.held == "stopping":
            return
        self._looked_at = now
        free = await self._tools.in_thread(self._free_bytes)
        short = free < NEEDED_BYTES or (bool(self._project.disk_trouble) and not await self._is_mended(any_out))
        if short and not self._scheduler.held:
            self._scheduler.held = "disk"
            self._project.tell("error", "note", f"waiting for disk space: {free // 2**20} MB free")
        elif not short and self._scheduler.held == "disk":
            self._scheduler.held = ""
            self._project.tell("info", "note", "there is room on the disk again")

    def takes_up(self, error: ShotmillError | OSError, now: float) -> bool:
        """Whether `error` is a refusing disk's; the run is held then."""
        if not (isinstance(error, LedgerError) or (isinstance(error, PlaceError) and error.code in _MENDED_BY_ROOM)):
            return False
        self._project.disk_refuses(error)
        self._scheduler.held = self._scheduler.held or "disk"
        self._looked_at = now
        return True

    def _free_bytes(self) -> int:
        """Room where images are published, or where answers are spooled, whichever is less."""
        try:
            return min(self._project.free_bytes(), shutil.disk_usage(self._tools.spool.folder).free)
        except OSError:
            return self._project.free_bytes()

    def _try(self) -> None:
        spool = self._tools.spool.folder
        probe(self._project.root, self._project.layout.dot.name, size=PROBE_BYTES)
        probe(spool.parent, spool.name, size=PROBE_BYTES)

    async def _is_mended(self, any_out: bool) -> bool:
        """Try what failed. Attempts that wait for the disk find out by themselves, and say so."""
        if any_out:
            return False
        try:
            await self._tools.ledger.register(self._project.id, self._project.root, self._tools.clock.now())
            await self._tools.in_thread(self._try)
        except (ShotmillError, OSError):
            return False
        self._project.disk_allows()
        return True
