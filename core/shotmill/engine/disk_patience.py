"""A disk that refuses is waited for: what was paid for is not given up since it is full, read-only or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from shotmill.engine.home import Home
from shotmill.engine.log import Level, LogEvent
from shotmill.engine.tools import Tools
from shotmill.engine.waiting import Waiting
from shotmill.errors import ShotmillError
from shotmill.ledger.trouble import LedgerDiskError
from shotmill.takes.image import DamagedImage
from shotmill.takes.place import UnsafePlaceError, place_error

T = TypeVar("T")
DISK_RETRY_S = 5.0
RESTORED = (
    "the folder's .shotmill was deleted and is made anew. The images are there and count; what they cost is no longer "
    "on record, nor what was in doubt: that may be drawn again"
)


class DiskPatience:
    """Of one project. `trouble` is what is waited for; `patient`: whether it is, else it is an error; `in_memory` are
    attempts whose answers, paid for, are on no disk yet since that of the spool refuses them.

    `tell` adds a line to the project's log, `changed` says that its status is another; `on_refused` is a run's, which
    sends nothing more then.
    """

    def __init__(
        self,
        home: Home,
        tools: Tools,
        tell: Callable[[Level, LogEvent, str], None],
        changed: Callable[[], None],
    ) -> None:
        self.trouble: Waiting | None = None
        self.patient = True
        self.in_memory: set[str] = set()
        self.on_refused: Callable[[], None] | None = None
        self._home = home
        self._first: ShotmillError = ShotmillError("")
        """What was refused first of what is waited for."""
        self._told_memory = False
        self._unsafe = 0
        """Answers that wait to be sealed."""
        self._in_folder = True
        """Where what is waited for was refused last."""
        self._again = asyncio.Event()
        self._tools = tools
        self._tell = tell
        self._changed = changed

    async def until_allowed(
        self, work: Callable[[], T], *, decodes: bool = False, seals: bool = False, in_folder: bool = False
    ) -> T:
        """Do blocking work on the disk, the project's own where it is `in_folder`; while it refuses say so, wait, and
        try again. The same where work that `decodes` finds no decoder. An answer is safe only when work that `seals`
        it is done: as long as that waits, what others can write ends no trouble.

        A damaged image and other errors that no disk mends are raised.
        """
        in_thread = self._tools.in_decoding_thread if decodes else self._tools.in_thread
        waits = False
        try:
            while True:
                again = self._again
                try:
                    done = await in_thread(work)
                    break
                except DamagedImage:
                    raise
                except (OSError, UnsafePlaceError) as error:
                    if not self.patient:
                        raise
                    self._unsafe += seals and not waits
                    waits = seals
                    self.refuses(error, in_folder=in_folder)
                    await self._pause(again)
        finally:
            self._unsafe -= waits
        self.allows(in_folder=in_folder)
        return done

    async def until_folder_allows(self, work: Callable[[], T], *, decodes: bool = False) -> T:
        """The same for what is written into the project's folder; another one at its path is waited away, too."""

        def at_home() -> T:
            self._home.require()
            return work()

        return await self.until_allowed(at_home, decodes=decodes, in_folder=True)

    async def until_ledger_allows(self, work: Callable[[], Awaitable[T]]) -> T:
        """The same for the user's database."""
        while True:
            again = self._again
            try:
                done = await work()
            except LedgerDiskError as error:
                if await self._tools.in_thread(self._tools.reserve.relieve):
                    continue
                if not self.patient:
                    raise
                self.refuses(error, in_folder=False)
                await self._pause(again)
            else:
                self.allows(in_folder=False)
                return done

    def try_now(self) -> None:
        """Who waits for the disk tries it at once, and who is trying it does once more."""
        self._again.set()
        self._again = asyncio.Event()

    async def _pause(self, again: asyncio.Event) -> None:
        """Until it is tried once more; `again` is set where that was asked for since the try began."""
        tasks = {
            asyncio.ensure_future(self._tools.clock.sleep(DISK_RETRY_S)),
            asyncio.ensure_future(again.wait()),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def allows(self, *, in_folder: bool | None = None) -> None:
        """Writing succeeded, in the project's folder or elsewhere (None: wherever it is needed); whoever was told that
        it did not is told this too. What one disk takes says nothing of the other."""
        if self._home.is_restored:
            self._home.is_restored = False
            self._tell("warning", "note", RESTORED)
        if self.trouble is not None and not self._unsafe and in_folder in (None, self._in_folder):
            self.trouble = None
            self._tell("info", "note", "images are kept again")
            self._changed()

    def refuses(self, error: OSError | ShotmillError, *, in_folder: bool = True) -> None:
        """Writing failed for a reason that room or a person mends; told once for each kind of reason, however many
        images wait for the same disk, each with a file of its own."""
        path = self._home.root
        told = error if isinstance(error, ShotmillError) else place_error(Path(error.filename or path), error)
        if self.trouble is None or self.trouble.code != told.code:
            self._first, self._told_memory = told, False
        told = self._first
        reason, safe = told.message, "What was received is safe"
        if self.in_memory:
            images = "1 paid image is" if len(self.in_memory) == 1 else f"{len(self.in_memory)} paid images are"
            reason, safe = f"{reason.rstrip('.')}. {images} only in memory", "Leave the daemon running"
        before, self._in_folder = self.trouble, in_folder
        if before is not None and (before.code, before.reason) == (told.code, reason):
            return
        is_new = before is None or before.code != told.code
        since = self._tools.clock.now() if before is None or is_new else before.since
        self.trouble = Waiting(told.code, reason, cure=told.cure, since=since)
        if is_new or (self.in_memory and not self._told_memory):
            self._told_memory = bool(self.in_memory)
            said = f"{reason.rstrip('.')}. {told.cure}".rstrip(". ")
            self._tell("error", "note", f"{said}. {safe}; trying again every {DISK_RETRY_S:.0f} s")
        self._changed()
        if self.on_refused is not None:
            self.on_refused()
