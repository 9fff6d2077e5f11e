"""One start of a project until it is finished or stopped: drives the scheduler with real requests."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shotmill.engine.attempt import Attempt, unprepared
from shotmill.engine.board import TO_DO, Beat, BeatState
from shotmill.engine.landing import Result, finish
from shotmill.engine.project import OpenProject
from shotmill.engine.room import probe
from shotmill.engine.scheduler import Dispatch, Scheduler, Settlement
from shotmill.engine.selection import Options
from shotmill.engine.tools import Place, Tools
from shotmill.engine.words import again_words, done_words, sent_words
from shotmill.errors import ShotmillError
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.ledger.trouble import LedgerDiskError
from shotmill.settings.keys import Key
from shotmill.takes.entries import End, Fresh, RunState, Settled, SettledHow
from shotmill.takes.entries import Run as RunEntry
from shotmill.takes.place import PlaceError

BURST = 16
"""Requests that start without letting others have the loop."""
NEEDED_BYTES = 64 * 1024 * 1024
"""Room on the project's disk below which nothing is sent: an image in both forms, many times over."""
DISK_LOOK_S = 5.0
_ROOM_MENDS = ("disk_full", "read_only", "too_many_files", "disk_error")


@dataclass(slots=True)
class Flight:
    """An attempt. `on_its_way`: its request was handed to the network. `withdrawn`: it was told to stay before that.
    `abandoned`: it was told as in doubt, since nobody waits for it any more. `settled`: the scheduler knows its end."""

    attempt: Attempt
    dispatch: Dispatch
    on_its_way: bool = False
    withdrawn: bool = False
    abandoned: bool = False
    settled: bool = False


class Withdrawn(Exception):  # noqa: N818 - no error: a beat that may not go yet after all
    """What the beat continues from turned out not to be there."""


class Watcher(Protocol):
    """Hears what becomes of a run. It is called on the run's way, so it only takes note."""

    def settled(self, beat: Beat, state: BeatState) -> None:
        """An answer that was waited for is in; the beat's state by it."""
        ...

    def turned(self, run: Run) -> None:
        """State, reason or the end of a wait are others now."""
        ...

    def ended(self, run: Run) -> None:
        """The run is over, and written down."""
        ...


class Run:
    """`state` is running, stopping, waiting, finished or stopped; `reason` says why it waits or stopped."""

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
        self.waiting_until: float | None = None
        self.started_at = tools.clock.now()
        self.ended_at: float | None = None
        self.flights: dict[str, Flight] = {}
        self.latency_s: float | None = None
        self.watcher: Watcher | None = None
        self._tools = tools
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk_looked = float("-inf")
        self._drawing: set[str] = set()  # keys whose last answer was an image, and that is written down
        self._over = asyncio.Event()

    async def drive(self) -> None:
        """Run to the end. Unexpected faults end the run, told as such; what is in flight is still taken in."""
        self.project.on_freed = self._take_up
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
            self.project.on_freed = None

    async def wait(self) -> None:
        """Until the run is finished or stopped."""
        await self._over.wait()

    async def landed(self) -> None:
        """Until nothing of this run is out any more, also what nobody waited for."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def active(self) -> bool:
        return self.ended_at is None

    def stop(self) -> None:
        """No new requests; the run ends when those in flight have landed."""
        self.scheduler.held = "stopping"
        self._turn("stopping", "asked")
        self._wake.set()

    def resume(self) -> None:
        """Take a stop back."""
        self.scheduler.held = ""
        self._turn("running", "")
        self._wake.set()

    async def stop_now(self) -> int:
        """End at once: what is in flight is told as in doubt, in one commit. An answer that still arrives is kept."""
        self.stop()
        flying = [flight for flight in self.flights.values() if not flight.abandoned]
        now = self._tools.clock.now()
        outcome = Outcome(Fate.IN_DOUBT, "stopped_now", "stopped while it was out", billed=None)
        sent = [flight for flight in flying if flight.on_its_way and not flight.settled]
        for flight in flying:
            flight.withdrawn = not flight.on_its_way
        for flight in sent:
            flight.abandoned = True
        await self._tools.ledger.end_all([flight.attempt.id for flight in sent], "in_doubt", now)
        entries = [_end_of(flight, outcome, now) for flight in sent]
        await self.project.note(*entries, durable=True)
        self.scheduler.doubt_left = 0.0
        for flight in sent:
            self._settle(flight, Result(outcome))
        self._wake.set()
        return len(sent)

    def use_pools(self, pools: Mapping[str, Sequence[Key]]) -> None:
        """The keys changed."""
        self.scheduler.use_pools(pools)
        self._wake.set()

    def wake(self) -> None:
        """Something changed that the run should look at."""
        self._wake.set()

    def _take_up(self, beat: Beat) -> None:
        self.scheduler.add([beat])
        self._wake.set()

    async def _loop(self) -> None:
        while True:
            self._wake.clear()
            now = self._tools.clock.now()
            await self._look_at_disk(now)
            self._keep_quiet(now)
            sent = 0
            while (dispatch := self.scheduler.next(now)) is not None:
                self._launch(dispatch)
                sent += 1
                if sent % BURST == 0:
                    await asyncio.sleep(0)
                    now = self._tools.clock.now()
            end = self._ended()
            if end is not None:
                await self._close(*end)
                return
            self._tell_waiting(now)
            await self._sleep(now)

    async def _sleep(self, now: float) -> None:
        wake_at = self.scheduler.wake_at()
        if self.scheduler.held == "disk":
            wake_at = now + DISK_LOOK_S
        elif self.scheduler.held == "quiet":
            wake_at = self._tools.quiet_until
        # A minute at most: the wall clock's midnight and changed settings are looked at anew.
        pause = 60.0 if wake_at is None else min(60.0, max(0.0, wake_at - now))
        waiter = asyncio.create_task(self._wake.wait())
        sleeper = asyncio.create_task(self._tools.clock.sleep(pause))
        await asyncio.wait({waiter, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        for task in (waiter, sleeper):
            task.cancel()

    def _ended(self) -> tuple[RunState, str] | None:
        if self.scheduler.held == "stopping":
            return ("stopped", "asked") if not self.scheduler.in_flight else None
        if self.project.inspecting:
            return None
        return self.scheduler.ended()

    def _launch(self, dispatch: Dispatch) -> None:
        attempt = Attempt(self._tools, self.place, self.project, dispatch, self._tools.new_id())
        flight = Flight(attempt, dispatch)
        self.flights[attempt.id] = flight
        task = asyncio.create_task(self._fly(flight))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.project.feed.topic("status", "quota")

    async def _fly(self, flight: Flight) -> None:
        dispatch, beat = flight.dispatch, flight.dispatch.beat
        try:
            try:
                await self._sure_of(dispatch.after)
                asked = await flight.attempt.prepare()
                if flight.withdrawn:
                    await flight.attempt.withdraw(asked)
                    raise Withdrawn
                flight.on_its_way = True
            except Withdrawn:
                self._give_back(flight)
                return
            except (ShotmillError, OSError) as error:
                self._not_ready(flight, error)
                return
            self.project.tell("info", "sent", sent_words(dispatch), beat=beat, key=dispatch.lease.key.name)
            result = await flight.attempt.send(asked)
            if flight.abandoned:
                await self._late(flight, result)
            else:
                await self._landed(flight, result)
        except Exception as error:
            await self._fault(flight, error)
            raise
        finally:
            self.flights.pop(flight.attempt.id, None)
            self._wake.set()

    async def _fault(self, flight: Flight, error: Exception) -> None:
        """A fault of ours must not leave a beat in flight for ever; what may have been paid for is in doubt."""
        beat, said = flight.dispatch.beat, f"{type(error).__name__}: {error}"
        self.project.tell("error", "note", f"unexpected fault: {said}", beat=beat)
        if flight.settled or flight.abandoned:
            return
        if not flight.on_its_way:
            self._not_ready(flight, ShotmillError(f"unexpected fault: {said}"))
            return
        fault = Outcome(Fate.IN_DOUBT, "fault", said, billed=None)
        await finish(self._tools, self.project, beat.style, beat.id, flight.attempt.id, fault, 0.0, 0.0)
        self._settle(flight, Result(fault))

    async def _sure_of(self, after: Beat | None) -> None:
        """What the beat continues from is whole, not only there."""
        if after is not None and after.state is BeatState.EXISTS and self.project.inspecting:
            await self.project.inspected()
            if after.state in TO_DO:
                raise Withdrawn

    def _give_back(self, flight: Flight) -> None:
        flight.settled = True
        self.scheduler.give_back(flight.dispatch, self._tools.clock.now())

    def _not_ready(self, flight: Flight, error: ShotmillError | OSError) -> None:
        """The request could not be made: its style pauses, or all wait for the disk. Nothing was sent or counted."""
        self._give_back(flight)
        if isinstance(error, LedgerDiskError) or (isinstance(error, PlaceError) and error.code in _ROOM_MENDS):
            self.project.disk_refuses(error)
            self.scheduler.held = self.scheduler.held or "disk"
            self._disk_looked = self._tools.clock.now()
            return
        outcome = unprepared(error)
        self.scheduler.lanes[flight.dispatch.beat.style].paused = outcome.message
        self.project.tell("error", "note", f"{outcome.message}  {outcome.cure}".strip(), beat=flight.dispatch.beat)
        self.project.feed.topic("status", "pace")

    async def _landed(self, flight: Flight, result: Result) -> None:
        outcome, beat = result.outcome, flight.dispatch.beat
        self._learn_latency(result)
        settlement = self._settle(flight, result)
        now = self._tools.clock.now()
        if settlement.redrawn_in_doubt:
            await self.project.note(Settled(now, flight.attempt.id, beat.style, beat.id, "retry"), durable=False)
        final = {BeatState.FAILED: Fate.FAILED, BeatState.BLOCKED: Fate.BLOCKED}.get(settlement.state)
        if final is not None and outcome.fate not in (final, Fate.UNUSABLE):
            last = End(
                now, flight.attempt.id, beat.style, beat.id, final, outcome.code, outcome.message, False, 0.0, 0.0
            )
            await self.project.note(last, durable=False)
        await self._remember(flight.dispatch, outcome)

    def _settle(self, flight: Flight, result: Result) -> Settlement:
        now = self._tools.clock.now()
        dispatch = flight.dispatch
        flight.settled = True
        if not flight.attempt.left:
            self.place.book.sent(dispatch.lease, flight.attempt.sent_at)
        settlement = self.scheduler.settle(dispatch, result.outcome, flight.attempt.sent_at, now, result.price_usd)
        self._tell(dispatch, result, settlement)
        self.project.feed.topic("status", "quota", "keys", "pace")
        if self.watcher is not None and not flight.abandoned:
            self.watcher.settled(dispatch.beat, settlement.state)
        return settlement

    def _tell(self, dispatch: Dispatch, result: Result, settlement: Settlement) -> None:
        tell, beat, outcome, key = self.project.tell, dispatch.beat, result.outcome, dispatch.lease.key.name
        if outcome.fate is Fate.IMAGE:
            size = result.take.bytes if result.take else None
            tell("info", "done", done_words(result.take), beat=beat, key=key, seconds=result.seconds, size=size)
        elif settlement.state is BeatState.BLOCKED:
            tell("warning", "blocked", outcome.message or outcome.code, beat=beat, key=key)
        elif settlement.state is BeatState.IN_DOUBT:
            tell("warning", "in_doubt", outcome.message or outcome.code, beat=beat, key=key)
        elif settlement.state is BeatState.FAILED:
            tell("error", "failed", outcome.message or outcome.code, beat=beat, key=key)
        else:
            words = again_words(outcome, settlement, self._tools.clock.now())
            tell("warning", "again", words, beat=beat, key=key)
        if settlement.note:
            tell("warning", "note", settlement.note)

    async def _late(self, flight: Flight, result: Result) -> None:
        """An answer that nobody waited for any more: an image is kept, a refusal ends the doubt."""
        outcome, beat, now = result.outcome, flight.dispatch.beat, self._tools.clock.now()
        if outcome.fate is Fate.IN_DOUBT:
            return
        how: SettledHow = "arrived" if outcome.fate is Fate.IMAGE else "free"
        await self.project.note(Settled(now, flight.attempt.id, beat.style, beat.id, how), durable=True)
        shown = self.project.board.find(beat.style, beat.id)  # another board may be in use by now
        if shown is not None and shown.state is BeatState.IN_DOUBT:
            self.project.board.set(shown, BeatState.DONE if how == "arrived" else BeatState.PENDING)
            after = shown.following
            if how == "arrived" and after is not None and after.wanted and after.state in TO_DO:
                self.project.freed(after)
        self.project.tell("info", "done" if how == "arrived" else "note", "arrived after the stop", beat=beat)
        self.project.feed.topic("status")

    def _learn_latency(self, result: Result) -> None:
        if result.outcome.fate is Fate.IMAGE and result.seconds:
            before = self.latency_s
            self.latency_s = result.seconds if before is None else 0.8 * before + 0.2 * result.seconds

    async def _remember(self, dispatch: Dispatch, outcome: Outcome) -> None:
        """What was learned of keys and quotas outlives the daemon. An image seldom tells anything new."""
        ledger, endpoint, key = self._tools.ledger, self.place.endpoint, dispatch.lease.key
        now = self._tools.clock.now()
        if outcome.fate is Fate.IMAGE:
            if key.fingerprint in self._drawing:
                return
            self._drawing.add(key.fingerprint)
            await ledger.drew(endpoint, key.fingerprint, dispatch.lease.model, now)
        else:
            self._drawing.discard(key.fingerprint)
        if outcome.fate is Fate.IMAGE or outcome.rest is not None:
            book = self.place.book
            await ledger.rest(endpoint, "key", key.fingerprint, "", book.key(key).resting)
            await ledger.rest(
                endpoint, "billing_account", key.billing_account, "", book.billing.get(key.billing_account)
            )
            account = book.account(key.quota_project, dispatch.lease.model, [key], now)
            await ledger.rest(endpoint, "quota_project", key.quota_project, dispatch.lease.model, account.resting)

    async def _look_at_disk(self, now: float) -> None:
        """Hold before the disk is full: an image that can't be published is safe, but stays out of sight."""
        if now - self._disk_looked < DISK_LOOK_S or self.scheduler.held == "stopping":
            return
        self._disk_looked = now
        free = await self._tools.in_thread(self._free_bytes)
        short = free < NEEDED_BYTES or (bool(self.project.disk_trouble) and not await self._disk_is_mended())
        if short and not self.scheduler.held:
            self.scheduler.held = "disk"
            self.project.tell("error", "note", f"waiting for disk space: {free // 2**20} MB free")
        elif not short and self.scheduler.held == "disk":
            self.scheduler.held = ""
            self.project.tell("info", "note", "there is room on the disk again")

    def _keep_quiet(self, now: float) -> None:
        """Hold while the daemon is not sure yet of what was sent before it."""
        quiet = now < self._tools.quiet_until
        if quiet and not self.scheduler.held:
            self.scheduler.held = "quiet"
        elif not quiet and self.scheduler.held == "quiet":
            self.scheduler.held = ""

    def _free_bytes(self) -> int:
        """Room where images are published, or where answers are spooled, whichever is less."""
        try:
            return min(self.project.free_bytes(), shutil.disk_usage(self._tools.spool.folder).free)
        except OSError:
            return self.project.free_bytes()

    async def _disk_is_mended(self) -> bool:
        """Try what failed. Attempts that wait for the disk find out by themselves, and say so."""
        if self.flights:
            return False
        try:
            await self._tools.ledger.register(self.project.id, self.project.root, self._tools.clock.now())
            await self._tools.in_thread(lambda: probe(self.project.layout.dot, self._tools.spool.folder))
        except (ShotmillError, OSError):
            return False
        self.project.disk_allows()
        return True

    def _tell_waiting(self, now: float) -> None:
        if self.scheduler.held == "stopping":
            return
        if self.scheduler.held == "disk":
            self._turn("waiting", self.project.disk_trouble or "disk space", None)
            return
        if self.scheduler.held == "quiet":
            self._turn("waiting", "a moment, after a fault of the daemon", self._tools.quiet_until)
            return
        lanes = [lane for lane in self.scheduler.lanes.values() if not lane.exhausted]
        waits = [lane.wait for lane in lanes if lane.wait is not None]
        until = self.scheduler.wake_at()
        resting = waits and not self.scheduler.in_flight and all(lane.wait or lane.paused for lane in lanes)
        if resting and any(wait.binding != "minute_quota" for wait in waits) and not any(lane.later for lane in lanes):
            soonest = min(waits, key=lambda wait: wait.until if wait.until is not None else float("inf"))
            self._turn("waiting", soonest.reason, until)
        else:
            self._turn("running", "")

    def _turn(self, state: str, reason: str, until: float | None = None) -> None:
        if (self.state, self.reason, self.waiting_until) == (state, reason, until):
            return
        if state == "waiting" and self.state != "waiting":
            self.project.tell("warning", "note", f"waiting: {reason}")
        self.state, self.reason, self.waiting_until = state, reason, until
        self.project.feed.topic("status", "pace")
        if self.watcher is not None:
            self.watcher.turned(self)

    async def _close(self, state: RunState, reason: str) -> None:
        for lane in self.scheduler.lanes.values():
            for beat in lane.board.beats:
                beat.wanted = False
        self.ended_at = self._tools.clock.now()
        self._turn(state, reason)
        board = self.project.board
        self.project.tell(
            "info", "note", f"{state}{f': {reason}' if reason else ''}, {board.drawn} of {board.total} drawn"
        )
        await self.project.mirror.settle()
        await self.project.note(self._entry(state), durable=True)
        self.project.feed.topic("status", "quota", "keys", "pace")
        if self.watcher is not None:
            self.watcher.ended(self)
        self._over.set()

    def _entry(self, state: RunState) -> RunEntry:
        return RunEntry(self._tools.clock.now(), self.id, state, self.reason, self.options.to_json())


async def fresh_start(project: OpenProject, beats: Sequence[Beat], now: float) -> None:
    """Failed and blocked beats are to do again, their attempts counted anew."""
    await project.note(*(Fresh(now, beat.style, beat.id) for beat in beats), durable=True)
    for beat in beats:
        beat.failures, beat.tries = 0, None
        project.board.set(beat, BeatState.PENDING)


def _end_of(flight: Flight, outcome: Outcome, now: float) -> End:
    beat = flight.dispatch.beat
    return End(
        now,
        flight.attempt.id,
        beat.style,
        beat.id,
        outcome.fate,
        outcome.code,
        outcome.message,
        False,
        None,
        now - flight.attempt.sent_at,
    )
