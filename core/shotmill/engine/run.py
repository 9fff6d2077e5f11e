"""One start of a project until it is finished or stopped: drives the scheduler with real requests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shotmill.engine.ahead import ahead_of, pace_under
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.disk_watch import LOOK_EVERY_S, DiskWatch
from shotmill.engine.flight import LeftOut
from shotmill.engine.flights import Flights
from shotmill.engine.log import Level
from shotmill.engine.pace_watch import PaceWatch
from shotmill.engine.project import OpenProject
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.selection import Options, asked
from shotmill.engine.style_waits import StyleWaits
from shotmill.engine.tools import Place, Tools
from shotmill.engine.waiting import FOLDER_AWAY, Waiting, stopped_by, why_waiting
from shotmill.engine.watcher import Watcher
from shotmill.engine.words import end_words, pace_words, wait_words, waiting_words
from shotmill.quota.lease import Wait
from shotmill.settings.keys import Key
from shotmill.takes.entries import Run as RunEntry
from shotmill.takes.entries import RunState

BURST = 16
"""Requests that start without letting others have the loop."""


class Run:
    """`state` is running, stopping, waiting, finished or stopped; `reason` says why it waits or stopped.

    `waiting` is what it waits for or, of a run that needs a person before it can go on, what stopped it.
    """

    def __init__(
        self, identity: str, tools: Tools, place: Place, project: OpenProject, scheduler: Scheduler, options: Options
    ) -> None:
        self.id = identity
        self.place = place
        self.project = project
        self.scheduler = scheduler
        self.options = options
        self.state = "running"
        self.reason = ""
        self.waiting: Waiting | None = None
        self.is_ending = False  # told to stop now: nothing takes that back
        self.started_at = tools.clock.now()
        self.ended_at: float | None = None
        self.watcher: Watcher | None = None
        self.beside: Callable[[], Sequence[Scheduler]] = tuple
        """Schedulers of the runs under way that draw from the same quotas."""
        self._tools = tools
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._looked = asyncio.Event()
        self._waits: dict[str, Wait | None] = {}
        self._pace = PaceWatch()
        self._styles = StyleWaits()
        self._disks = DiskWatch(tools, project, scheduler)
        self.flights = Flights(tools, place, project, scheduler, self._disks, self._settled, self._wake.set)

    async def drive(self) -> None:
        """Run to the end. Unexpected faults end the run, told as such; what is in flight is still taken in."""
        self.project.on_freed, self.project.on_arrived = self._take_up, self.scheduler.drop
        self.project.on_inspected, self.project.disk.on_refused = self._wake.set, self._disk_refused
        stop_listening = self.place.book.listen(self._wake.set)  # others' answers make room for this run too
        try:
            await self.project.note(self._entry("started"), durable=True)
            await self._loop()
        except Exception as error:
            said = f"unexpected fault: {type(error).__name__}: {error}"
            self.project.tell("error", "note", said)
            await self._close("stopped", said)
            raise
        finally:
            stop_listening()
            self.project.on_freed = self.project.on_arrived = None
            self.project.on_inspected = self.project.disk.on_refused = None

    async def wait(self) -> None:
        """Until the run is finished or stopped."""
        await self._over.wait()

    async def over(self, patience_s: float) -> bool:
        """The same, or until patience ends; whether it is over."""
        try:
            async with asyncio.timeout(patience_s):
                await self.wait()
        except TimeoutError:
            return False
        return True

    async def landed(self, patience_s: float | None = None) -> None:
        """Until nothing of this run is out any more, also what nobody waited for, or until patience ends."""
        await self.flights.landed(patience_s)

    @property
    def latency_s(self) -> float | None:
        """Seconds of an answer lately; None before the first."""
        return self.flights.latency_s

    @property
    def waiting_until(self) -> float | None:
        return self.waiting.until if self.waiting is not None else None

    @property
    def only_waits_for_folder(self) -> bool:
        """Every answer is received and sealed, and there is no folder of this project to put them into."""
        trouble = self.project.disk.trouble
        is_away = trouble is not None and trouble.code in FOLDER_AWAY
        return is_away and all(flight.attempt.is_safe or not flight.on_its_way for flight in self.flights.out.values())

    @property
    def active(self) -> bool:
        return self.ended_at is None

    def stop(self, reason: str = "asked", why: Waiting | None = None) -> None:
        """No new requests; the run ends when those in flight have landed. `why`: what a person has to mend."""
        self.scheduler.held = "stopping"
        self._turn("stopping", reason, why)
        self._wake.set()

    def resume(self) -> None:
        """Take a stop back."""
        self.scheduler.held = ""
        self._turn("running", "")
        self._wake.set()

    async def stop_now(self) -> LeftOut:
        """End at once; returns what was out. A late answer is kept."""
        self.is_ending = True
        if self.state != "stopping":  # a stop that is under way has its own reason
            self.stop()
        left_out = await self.flights.abandon()
        self._wake.set()
        return left_out

    def use_pools(self, pools: Mapping[str, Sequence[Key]]) -> None:
        """The keys changed."""
        self.scheduler.use_pools(pools)
        self._wake.set()

    async def look_again(self, patience_s: float) -> None:
        """Somebody says that it goes on: see now whether what it waits for is back, instead of in a few seconds. What
        waits for a disk may take until patience ends to find out."""
        self._disks.look_now()
        self.project.disk.try_now()
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self.waiting is not None and self.waiting.limit == "disk":
                    self._looked.clear()
                    await self._looked.wait()

    def wake(self) -> None:
        """Something changed that the run should look at."""
        self._wake.set()

    def _settled(self, beat: Beat, state: BeatState) -> None:
        if self.watcher is not None:
            self.watcher.settled(beat, state)

    def _disk_refused(self) -> None:
        self._disks.hold(self._tools.clock.now())
        self._wake.set()

    def _take_up(self, beat: Beat) -> None:
        if beat.wanted or asked(beat, self.options):
            self.scheduler.add([beat])
            self._wake.set()

    async def _loop(self) -> None:
        while True:
            self._wake.clear()
            now = self._tools.clock.now()
            await self._disks.look(now, any_out=bool(self.flights.out))
            self._keep_quiet(now)
            sent = 0
            while (dispatch := self.scheduler.next(now)) is not None:
                self.flights.launch(dispatch)
                sent += 1
                if sent % BURST == 0:
                    await asyncio.sleep(0)
                    now = self._tools.clock.now()
            end = self._ended()
            if end is not None:
                await self._close(*end)
                return
            self._tell_waiting(now)
            self._tell_pace(now)
            self._tell_steps()
            self._looked.set()
            await self._sleep(now)

    async def _sleep(self, now: float) -> None:
        wake_at = self.scheduler.wake_at()
        if self.scheduler.held == "disk":
            wake_at = now + LOOK_EVERY_S
        elif self.scheduler.held == "quiet":
            wake_at = self._tools.quiet_until
        wake_at = min(filter(None, (wake_at, self._pace.look_at)), default=None)
        # A minute at most: the wall clock's midnight and changed settings are looked at anew.
        pause = 60.0 if wake_at is None else min(60.0, max(0.0, wake_at - now))
        waiter = asyncio.create_task(self._wake.wait())
        sleeper = asyncio.create_task(self._tools.clock.sleep(pause))
        await asyncio.wait({waiter, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        for task in (waiter, sleeper):
            task.cancel()

    def _ended(self) -> tuple[RunState, str] | None:
        if self.scheduler.held == "stopping":
            return ("stopped", self.reason) if not self.scheduler.in_flight else None
        if self.project.found.inspecting:
            return None
        return self.scheduler.ended()

    def _keep_quiet(self, now: float) -> None:
        """Hold while the daemon is not sure yet of what was sent before it."""
        quiet = now < self._tools.quiet_until
        if quiet and not self.scheduler.held:
            self.scheduler.held = "quiet"
        elif not quiet and self.scheduler.held == "quiet":
            self.scheduler.held = ""

    def _tell_waiting(self, now: float) -> None:
        if self.scheduler.held == "stopping":
            return
        waiting = self._why_waiting(now)
        for said in self._styles.news(self.scheduler.lanes, now, run_waits=waiting is not None):
            self.project.tell("warning", "note", said)
        if self._styles.moved(self.scheduler.lanes):
            self.project.feed.topic("status", "quota", "keys", "pace")
        if waiting is None:
            self._turn("running", "")
            return
        if waiting.since is None:
            before = self.waiting
            since = before.since if before is not None and before.code == waiting.code else now
            waiting = replace(waiting, since=since)
        self._turn("waiting", waiting.reason, waiting)

    def _tell_pace(self, now: float) -> None:
        """What binds, when it is news. Waits have words of their own; one for the minute is the pace."""
        waiting = self.waiting if self.state == "waiting" else None
        if self.state == "stopping" or (waiting is not None and waiting.limit != "minute_quota"):
            self._pace.forget()
        elif self._pace.is_due(now):
            latency_s = self.latency_s or self.project.expected.seconds
            found = ahead_of(self.scheduler, latency_s, now, self.beside()).estimate()
            pace = pace_under(self.scheduler.lanes, waiting, found)
            if self._pace.is_news(pace, now):
                self.project.tell("info", "note", pace_words(pace, found.seconds, now))

    def _tell_steps(self) -> None:
        """For who asked to see every step: each style's wait as it changes."""
        for name, lane in self.scheduler.lanes.items():
            if lane.wait != self._waits.get(name):
                self._waits[name] = lane.wait
                told = wait_words(lane.wait, self._tools.clock.now())
                self.project.debug(lambda name=name, told=told: f"[{name}] {told}")  # type: ignore[misc]

    def _why_waiting(self, now: float) -> Waiting | None:
        if self.scheduler.held == "disk":
            return self._disks.waiting(now)
        if self.scheduler.held == "quiet":
            return Waiting("quiet", "a moment, after a fault of the daemon", self._tools.quiet_until)
        found = why_waiting(self.scheduler, self.waiting, now)
        if found is not None or any(flight.on_its_way for flight in self.flights.out.values()):
            return found
        return self.project.found.undecoded

    def _turn(self, state: str, reason: str, waiting: Waiting | None = None) -> None:
        if (self.state, self.reason, self.waiting) == (state, reason, waiting):
            return
        before = self.waiting if self.state == "waiting" else None
        self.state, self.reason, self.waiting = state, reason, waiting
        if state == "waiting" and waiting is not None and (before is None or before.code != waiting.code):
            self.project.tell("warning", "note", waiting_words(waiting, self._tools.clock.now()))
        elif state == "running" and before is not None:
            self.project.tell("info", "note", "goes on")
        self.project.feed.topic("status", "pace")
        if self.watcher is not None:
            self.watcher.turned(self)

    async def _close(self, state: RunState, reason: str) -> None:
        for lane in self.scheduler.lanes.values():
            for beat in lane.board.beats:
                beat.wanted = False
        self.ended_at = self._tools.clock.now()
        self._turn(state, reason, stopped_by(self.scheduler) if self.scheduler.held != "stopping" else self.waiting)
        level: Level = "info" if self.waiting is None else "warning"
        self.project.tell(level, "note", end_words(state, reason, self.project.board, self.waiting))
        await self.project.mirror.settle()
        await self.project.note(self._entry(state), durable=True)
        self.project.feed.topic("status", "quota", "keys", "pace")
        if self.watcher is not None:
            self.watcher.ended(self)
        self._over.set()

    def _entry(self, state: RunState) -> RunEntry:
        code = self.waiting.code if self.waiting is not None else ""
        return RunEntry(self._tools.clock.now(), self.id, state, self.reason, self.options.to_json(), code)
