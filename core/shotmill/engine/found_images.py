"""Images that are there though no record speaks of them: looked at beside a run, adopted or drawn again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from shotmill.engine.assemble import Unseen
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.disk_patience import DISK_RETRY_S
from shotmill.engine.tools import Tools
from shotmill.engine.waiting import Waiting
from shotmill.errors import ShotmillError
from shotmill.takes.decoding import DecoderError
from shotmill.takes.entries import Exists
from shotmill.takes.inspection import Inspected, inspect

if TYPE_CHECKING:
    from shotmill.engine.project import OpenProject


class FoundImages:
    """Of one project; each is decoded whole, once."""

    def __init__(self, project: OpenProject, tools: Tools) -> None:
        self._project = project
        self._tools = tools
        self._inspecting: asyncio.Task[None] | None = None
        self.undecoded: Waiting | None = None
        """Why they can't be looked at now."""

    def inspect(self, unseen: Sequence[Unseen]) -> None:
        """Begin to look at them."""
        self._inspecting = asyncio.create_task(self._inspect(unseen))

    @property
    def inspecting(self) -> bool:
        """Whether some are still being looked at."""
        return self._inspecting is not None and not self._inspecting.done()

    async def inspected(self, patience_s: float | None = None) -> None:
        """Wait until every one has been looked at, or until patience ends."""
        if self._inspecting is not None:
            await asyncio.wait({self._inspecting}, timeout=patience_s)

    async def _inspect(self, unseen: Sequence[Unseen]) -> None:
        """Whole images are adopted, damaged ones set aside and drawn again."""
        project = self._project
        for one in unseen:
            beat = project.board.find(one.style, one.prompt.beat)
            try:
                found = await self._until_decoded(partial(self._look_at, one))
            except (ShotmillError, OSError) as error:
                if beat is not None:
                    project.board.set(beat, BeatState.FAILED, str(error))
                    project.tell("error", "failed", str(error), beat=beat)
                continue
            await project.note(*found.entries, durable=True)
            if beat is not None and beat.state is BeatState.EXISTS:
                self._judge(beat, found)
        asyncio.get_running_loop().call_soon(self._tell_inspected)

    def _tell_inspected(self) -> None:
        if self._project.on_inspected is not None:
            self._project.on_inspected()

    def _look_at(self, one: Unseen) -> Inspected:
        project = self._project
        record = project.record.beat(one.style, one.prompt.beat)
        now, decoder = self._tools.clock.now(), self._tools.decoder
        return inspect(project.layout, one.style, one.prompt, record, at=now, decoder=decoder)

    async def _until_decoded(self, look: Callable[[], Inspected]) -> Inspected:
        """An image that could not be looked at is looked at later: nothing is wrong with it."""
        while True:
            try:
                found = await self._tools.in_decoding_thread(look)
            except DecoderError as error:
                if self.undecoded is None or error.message != self.undecoded.reason:
                    self._project.tell("error", "note", error.told)
                    now = self._tools.clock.now()
                    self.undecoded = Waiting(error.code, error.message, cure=error.cure, since=now)
                    self._tell_inspected()
                await self._tools.clock.sleep(DISK_RETRY_S)
            else:
                self.undecoded = None
                return found

    def _judge(self, beat: Beat, found: Inspected) -> None:
        project = self._project
        if found.note:
            project.tell("warning", "note", found.note, beat=beat)
        if not found.is_whole:
            project.board.set(beat, BeatState.PENDING)
            project.freed(beat)
        elif any(isinstance(entry, Exists) for entry in found.entries):
            project.tell("info", "exists", "was there", beat=beat)
            project.mark_followers(beat)
        else:
            project.board.set(beat, BeatState.DONE)
            project.mark_stale(beat)
