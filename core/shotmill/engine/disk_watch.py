"""The disks that a run needs: nothing is sent while an answer could not be kept or its image not be published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shotmill.engine.image_bytes import size
from shotmill.engine.project import OpenProject
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.tools import Tools
from shotmill.engine.waiting import Waiting
from shotmill.errors import ShotmillError
from shotmill.ledger.trouble import LedgerError
from shotmill.takes.place import PlaceError, place_error
from shotmill.takes.probe import probe
from shotmill.takes.room import image_folders, least_room

NEEDED_BYTES = 64 * 1024 * 1024
"""Room on any of these disks below which nothing is sent: an image in both forms, many times over."""
LOOK_EVERY_S = 5.0
PROBE_BYTES = 65536
_MENDED_BY_ROOM = ("disk_full", "read_only", "too_many_files", "disk_error", "decoder")


class DiskWatch:
    """Holds the scheduler (`held` is `disk`) while a disk is short or refuses, and lets it go on by itself."""

    def __init__(self, tools: Tools, project: OpenProject, scheduler: Scheduler) -> None:
        self._tools = tools
        self._project = project
        self._scheduler = scheduler
        self._looked_at = float("-inf")
        self._free = 0
        self._tightest = project.root
        self._since: float | None = None
        self._refused = False
        self._misplaced: Waiting | None = None

    async def look(self, now: float, *, any_out: bool) -> None:
        """Hold before the disk is full: an image that can't be published is safe, but stays out of sight."""
        mended = self._refused and self._project.disk.trouble is None  # by an attempt that waited for it
        if self._scheduler.held == "stopping" or (now - self._looked_at < LOOK_EVERY_S and not mended):
            return
        self._looked_at, self._refused = now, self._project.disk.trouble is not None
        self._free, self._tightest = await self._tools.in_thread(self._least_room)
        self._misplaced = await self._tools.in_thread(self._is_misplaced)
        refuses = self._misplaced is not None  # nothing is tried in another's folder
        if not refuses and self._project.disk.trouble is not None:
            refuses = not await self._is_mended(any_out)
        short = self._free < NEEDED_BYTES
        if (short or refuses) and not self._scheduler.held:
            self._scheduler.held = "disk"
            await self._project.measure_images()
        elif not (short or refuses) and self._scheduler.held == "disk":
            self._scheduler.held = ""
            self._since = None
        if not short:
            await self._tools.in_thread(self._tools.reserve.make)

    def look_now(self) -> None:
        """The next look is not put off."""
        self._looked_at = float("-inf")

    def waiting(self, now: float) -> Waiting:
        """What is waited for while the disk holds the run."""
        self._since = now if self._since is None else self._since
        if self._misplaced is not None:
            return replace(self._misplaced, since=self._since)
        trouble = self._project.disk.trouble
        if trouble is not None and trouble.code != "disk_full":
            return trouble
        left = sum(lane.left for lane in self._scheduler.lanes.values())
        needed = max(NEEDED_BYTES, left * self._project.image_bytes)
        if trouble is None:
            said = f"too little room on the disk: {size(self._free)} free, {size(needed)} needed"
            trouble = Waiting("disk_full", said, cure=f"Make room on the disk of {self._tightest}")
        return replace(trouble, since=self._since, free_bytes=self._free, needed_bytes=needed)

    async def is_in_place(self, now: float) -> bool:
        """Whether the folder is still this project's own; the run is held where it is not."""
        self._misplaced = await self._tools.in_thread(self._is_misplaced)
        if self._misplaced is None:
            return True
        self._scheduler.held = self._scheduler.held or "disk"
        self._looked_at = now
        return False

    def takes_up(self, error: ShotmillError | OSError, now: float) -> bool:
        """Whether `error` is a refusing disk's; the run is held then."""
        if not (isinstance(error, LedgerError) or (isinstance(error, PlaceError) and error.code in _MENDED_BY_ROOM)):
            return False
        self._project.disk.refuses(error)
        self.hold(now)
        return True

    def hold(self, now: float) -> None:
        """Send nothing more: a disk has just refused."""
        self._scheduler.held = self._scheduler.held or "disk"
        self._looked_at, self._refused = now, True

    def _is_misplaced(self) -> Waiting | None:
        try:
            self._project.home.require()
        except (ShotmillError, OSError) as error:
            told = error if isinstance(error, ShotmillError) else place_error(self._project.root, error)
            return Waiting(told.code, told.message, cure=told.cure)
        return None

    def _least_room(self) -> tuple[int, Path]:
        """Room where images are published, and where answers are spooled, whichever is less; and where that is."""
        spool = self._tools.spool.folder
        places = [self._project.root, *image_folders(self._project.root)]
        return least_room([*places, spool] if spool.exists() else places)

    def _try(self) -> None:
        spool = self._tools.spool.folder
        root = self._project.root
        probe(root, self._project.layout.dot.name, size=PROBE_BYTES)
        for folder in image_folders(root):
            probe(root, *folder.relative_to(root).parts, size=PROBE_BYTES)
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
        self._project.disk.allows()
        return True
