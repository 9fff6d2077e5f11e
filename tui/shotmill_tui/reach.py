"""Reaching the daemon beside the screen: it is drawn meanwhile, and left at once however long the daemon takes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from shotmill.errors import ShotmillError

AGAIN_S = 1.0
NO_ANSWER = "no_answer"
"""The code of a daemon that is there and says nothing: it may be stopped, busy, or reading a large project."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The daemon answered. `trouble` is what keeps the project from being opened, `first_run` whether it is to be asked
    what only a person knows."""

    trouble: ShotmillError | None = None
    first_run: bool = False


class Reach:
    """`work` (blocking) in a thread that begins at once and that nobody has to wait for. A daemon without an answer is
    asked again, `unheard` is told of it; whatever else is raised is the end. `starting`: no daemon runs yet; `since`:
    epoch seconds."""

    def __init__(
        self,
        work: Callable[[], Reached],
        *,
        starting: bool = False,
        unheard: Callable[[ShotmillError], None] = lambda fault: None,
        pause_s: float = AGAIN_S,
    ) -> None:
        self.starting, self.since = starting, time.time()
        self._work, self._unheard, self._pause_s = work, unheard, pause_s
        self._end: Future[Reached] = Future()
        self._end.set_running_or_notify_cancel()  # whoever stops waiting for it does not cancel it
        threading.Thread(target=self._run, name="reach-daemon", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self._end.set_result(self._work())
                return
            except ShotmillError as fault:
                if fault.code != NO_ANSWER:
                    self._end.set_exception(fault)
                    return
                self._unheard(fault)
            except BaseException as fault:  # raised again where it is waited for
                self._end.set_exception(fault)
                return
            time.sleep(self._pause_s)

    def refuse(self) -> None:
        """Raises what is known already to be the end; else nothing."""
        if self._end.done() and (fault := self._end.exception()) is not None:
            raise fault

    async def end(self) -> Reached:
        """Raises what `work` did: a `ShotmillError` where the daemon, or the way to it, refuses."""
        return await asyncio.wrap_future(self._end)
