"""What is in the air: the attempts of a run, each from its dispatch to what its answer changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shotmill.engine.attempt import Attempt, ImageGone, unprepared
from shotmill.engine.beat import DRAWN, TO_DO, Beat, BeatState
from shotmill.engine.disk_watch import DiskWatch
from shotmill.engine.dispatch import Dispatch, Settlement
from shotmill.engine.flight import Flight, LeftOut, end_of, left_out
from shotmill.engine.key_memory import KeyMemory
from shotmill.engine.landing import Result, finish
from shotmill.engine.pace import to_come_s
from shotmill.engine.project import OpenProject
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.taking_in import held
from shotmill.engine.tools import Place, Tools
from shotmill.engine.words import lease_words, outcome_words, request_words, sent_words, tell_end
from shotmill.errors import ShotmillError
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.secrets import redact
from shotmill.takes.entries import End, Settled, SettledHow
from shotmill.untrusted import printable

SAFE_LANDING_LOOK_S = 0.1
SAFE_LANDING_LOOKS = 30
SURE_S = 2.0
JOURNAL_S = 3.0
STOPPED_NOW = Outcome(Fate.IN_DOUBT, "stopped_now", "stopped while it was out", billed=None)


class Withdrawn(Exception):  # noqa: N818 - no error: a beat that may not go yet after all
    """What the beat continues from turned out not to be there."""


class Flights:
    """`settled` is called after each answer that was waited for, `wake` whenever the run should look again."""

    def __init__(
        self,
        tools: Tools,
        place: Place,
        project: OpenProject,
        scheduler: Scheduler,
        disks: DiskWatch,
        settled: Callable[[Beat, BeatState], None],
        wake: Callable[[], None],
    ) -> None:
        self.out: dict[str, Flight] = {}
        self.latency_s: float | None = None
        """Seconds of an answer, the last ones weighing most; None before the first."""
        self._tools = tools
        self._place = place
        self._project = project
        self._scheduler = scheduler
        self._disks = disks
        self._told = settled
        self._wake = wake
        self._keys = KeyMemory(tools.ledger, place)
        self._tasks: set[asyncio.Task[None]] = set()

    def launch(self, dispatch: Dispatch) -> None:
        """Let a request go; what becomes of it is settled without anyone waiting."""
        attempt = Attempt(self._tools, self._place, self._project, dispatch, self._tools.new_id())
        flight = Flight(attempt, dispatch)
        self._step(dispatch, lambda: lease_words(dispatch))
        self.out[attempt.id] = flight
        self._project.in_the_air[attempt.id] = (dispatch.beat.style, dispatch.beat.id)
        task = asyncio.create_task(self._fly(flight))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._project.feed.topic("status", "quota")

    async def landed(self, patience_s: float | None = None) -> None:
        """Until nothing is out any more, also what nobody waits for, or until patience ends."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=patience_s)

    def to_come_s(self, now: float) -> float:
        """Seconds until the last of what is out has landed, if answers take as long as lately; 0 for any moment."""
        usual = self.latency_s if self.latency_s is not None else self._project.expected.seconds
        each = min(usual, self._project.settings.gemini.timeout_s)
        return to_come_s((flight.attempt.sent_at for flight in self.out.values()), each, now)

    @property
    def booked_usd(self) -> float:
        """Dollars that are still set aside for requests whose end is on record already: the record's sums have them."""
        unbooked = self._project.record.open_intents
        known = [flight for attempt, flight in self.out.items() if flight.on_its_way and attempt not in unbooked]
        return sum(flight.dispatch.reserved_usd for flight in known if not flight.settled)

    def would_leave(self) -> LeftOut:
        """What `abandon` would leave now: an answer that is sealed is none that may be lost, and a request that has not
        left yet stays."""
        sent = [flight for flight in self.out.values() if flight.on_its_way and not flight.settled]
        return left_out(sent)

    async def abandon(self) -> LeftOut:
        """Tell what is out as in doubt, in one commit, and what has not left to stay; returns what that was.

        An answer that still arrives is kept, and ends the doubt.
        """
        for flight in self.out.values():
            flight.withdrawn = not flight.on_its_way
        await self._safe_ones_land()
        sent = [flight for flight in self.out.values() if flight.on_its_way and not flight.settled]
        now = self._tools.clock.now()
        await self._tools.ledger.end_all([flight.attempt.id for flight in sent], "in_doubt", now)
        # What never left may wait for the journal's disk until the daemon has ended: the next one must not doubt it.
        for flight in [flight for flight in self.out.values() if flight.withdrawn]:
            await self._tools.ledger.unsent(flight.attempt.id, now)
        # The database knows it now: a disk that refuses the journal gets it later, and keeps nobody waiting.
        noting = asyncio.create_task(
            self._project.note(*(end_of(flight, STOPPED_NOW, now) for flight in sent), durable=True)
        )
        await asyncio.wait({noting}, timeout=JOURNAL_S)
        if noting.done():
            noting.result()
        else:
            self._tasks.add(noting)
            noting.add_done_callback(self._tasks.discard)
        self._scheduler.purse.doubt_left = 0.0
        left = [flight for flight in sent if not flight.settled]  # the others landed while this was written
        for flight in left:
            flight.abandoned = True
            self._settle(flight, Result(STOPPED_NOW))
        return left_out(left)

    async def _safe_ones_land(self) -> None:
        """A sealed answer only has to be put into its place: there is no doubt about it."""
        for _ in range(SAFE_LANDING_LOOKS):
            if not any(flight.attempt.is_safe and not flight.settled for flight in self.out.values()):
                return
            await self._tools.clock.sleep(SAFE_LANDING_LOOK_S)

    async def _fly(self, flight: Flight) -> None:
        try:
            try:
                await self._sure_of(flight.dispatch.after)
                if not await self._disks.is_in_place(self._tools.clock.now()):
                    raise Withdrawn
                asked = await flight.attempt.prepare()
                if flight.withdrawn or self._rests(flight):
                    await flight.attempt.withdraw(asked)
                    raise Withdrawn
                flight.on_its_way = True
            except Withdrawn:
                self._give_back(flight)
                return
            except ImageGone as gone:
                self._goes_on_without(flight, gone)
                return
            except (ShotmillError, OSError) as error:
                self._not_ready(flight, error)
                return
            dispatch = flight.dispatch
            self._project.tell("info", "sent", sent_words(dispatch), beat=dispatch.beat, key=dispatch.lease.key.name)
            self._step(dispatch, lambda: request_words(flight.attempt.id, asked.request))
            result = await flight.attempt.send(asked)
            self._step(dispatch, lambda: outcome_words(flight.attempt.id, result))
            if flight.abandoned:
                await self._late(flight, result)
            else:
                await self._landed(flight, result)
        except Exception as error:
            await self._fault(flight, error)
            raise
        finally:
            self.out.pop(flight.attempt.id, None)
            self._project.in_the_air.pop(flight.attempt.id, None)
            self._project.disk.in_memory.discard(flight.attempt.id)
            self._wake()

    def _rests(self, flight: Flight) -> bool:
        """An answer that came meanwhile says that this request would be refused too."""
        lease = flight.dispatch.lease
        return self._place.book.resting(lease.key, lease.model, self._tools.clock.now()) is not None

    def _step(self, dispatch: Dispatch, words: Callable[[], str]) -> None:
        self._project.debug(words, beat=dispatch.beat, key=dispatch.lease.key.name)

    async def _sure_of(self, after: Beat | None) -> None:
        """What the beat continues from is whole, not only there."""
        if after is not None and after.state is BeatState.EXISTS and self._project.found.inspecting:
            await self._project.found.inspected(SURE_S)
            if after.state in TO_DO or self._project.found.inspecting:
                raise Withdrawn  # one that can't be looked at yet keeps no slot, and no stop waiting

    def _give_back(self, flight: Flight) -> None:
        flight.settled = True
        self._scheduler.give_back(flight.dispatch, self._tools.clock.now())

    def _goes_on_without(self, flight: Flight, gone: ImageGone) -> None:
        """The beat before is to do again, by a later start, since that is paid for; this one goes on from what is there
        of its shot."""
        after = flight.dispatch.after
        if after is not None and after.state in DRAWN:
            after.lane.absent.add(after)
            self._project.board.set(after, BeatState.PENDING)
            said = f"{gone.message}: the chain goes on from what is before it; the next start draws it again"
            self._project.tell("warning", "note", said, beat=after)
        self._give_back(flight)

    def _not_ready(self, flight: Flight, error: ShotmillError | OSError) -> None:
        """The request could not be made: its style pauses, or all wait for the disk. Nothing was sent or counted."""
        self._give_back(flight)
        if self._disks.takes_up(error, self._tools.clock.now()):
            return
        outcome, beat = unprepared(error), flight.dispatch.beat
        self._scheduler.lanes[beat.style].pause(outcome.message, outcome.cure)
        self._project.tell("error", "note", outcome.told, beat=beat)
        self._project.feed.topic("status", "pace")

    async def _landed(self, flight: Flight, result: Result) -> None:
        outcome, beat = result.outcome, flight.dispatch.beat
        if outcome.fate is Fate.IMAGE and result.seconds:
            before = self.latency_s
            self.latency_s = result.seconds if before is None else 0.8 * before + 0.2 * result.seconds
        settlement = self._settle(flight, result)
        self._project.mark_followers(beat)
        self._project.mark_stale(beat)  # what it continued from may have been drawn anew meanwhile
        now = self._tools.clock.now()
        if settlement.redrawn_in_doubt:
            await self._project.note(Settled(now, flight.attempt.id, beat.style, beat.id, "retry"), durable=False)
        final = {BeatState.FAILED: Fate.FAILED, BeatState.BLOCKED: Fate.BLOCKED}.get(settlement.state)
        counts = settlement.counted and not outcome.counts_in_any_case  # the attempt's own end did not say so
        if counts or (final is not None and outcome.fate not in (final, Fate.UNUSABLE)):
            message = printable(redact(outcome.message), 500)
            said = (final or outcome.fate, outcome.code, message, counts, 0.0, result.seconds)
            await self._project.note(End(now, flight.attempt.id, beat.style, beat.id, *said), durable=False)
        await self._project.disk.until_ledger_allows(lambda: self._keys.learn(flight.dispatch, outcome, now))

    def _settle(self, flight: Flight, result: Result) -> Settlement:
        now, dispatch = self._tools.clock.now(), flight.dispatch
        flight.settled = True
        if not flight.attempt.left:
            self._place.book.sent(dispatch.lease, flight.attempt.sent_at)
        settlement = self._scheduler.settle(dispatch, result.outcome, flight.attempt.sent_at, now, result.price_usd)
        tell_end(self._project, dispatch, result, settlement, now)
        self._project.feed.topic("status", "quota", "keys", "pace")
        if not flight.abandoned:
            self._told(dispatch.beat, settlement.state)
        return settlement

    async def _late(self, flight: Flight, result: Result) -> None:
        """An answer that nobody waited for any more: an image is kept, a refusal ends the doubt."""
        outcome, beat, now = result.outcome, flight.dispatch.beat, self._tools.clock.now()
        if outcome.fate is Fate.IN_DOUBT:
            return
        arrived = outcome.fate is Fate.IMAGE
        how: SettledHow = "arrived" if arrived else "free"
        if not outcome.perhaps_paid:  # its end took the doubt from the beat; the money stays in doubt
            await self._project.note(Settled(now, flight.attempt.id, beat.style, beat.id, how), durable=True)
        shown = self._project.board.find(beat.style, beat.id)  # another board may be in use by now
        if shown is not None and arrived:
            self._project.arrived(shown)
        elif shown is not None and shown.state is BeatState.IN_DOUBT:
            ends = {Fate.BLOCKED: BeatState.BLOCKED, Fate.FAILED: BeatState.FAILED, Fate.UNUSABLE: BeatState.FAILED}
            state = ends.get(outcome.fate, BeatState.PENDING)
            self._project.board.set(shown, state, outcome.message)
            if state is BeatState.PENDING:
                self._project.freed(shown)  # a run that began meanwhile left it out
        said = "arrived after the stop" if arrived else f"answered after the stop: {outcome.code.replace('_', ' ')}"
        self._project.tell("info", "done" if arrived else "note", said, beat=beat)
        self._project.feed.topic("status")

    async def _fault(self, flight: Flight, error: Exception) -> None:
        """A fault of ours must not leave a beat in flight for ever; what may have been paid for is in doubt. An answer
        that is sealed is none: it is taken in before anything else of the project is started. Where not one byte left
        nothing was risked: the next request would meet the same fault, and the style waits for a person."""
        beat, said = flight.dispatch.beat, printable(redact(f"{type(error).__name__}: {error}"), 300)
        self._project.tell("error", "note", f"unexpected fault: {said}", beat=beat)
        if flight.attempt.is_safe:
            self._project.is_recovered = False
        if flight.settled or flight.abandoned:
            return
        if flight.attempt.is_safe:
            self._settle(flight, Result(held(said)))
            return
        if not flight.attempt.left:
            if flight.on_its_way:
                await self._finish(flight, Outcome(Fate.NOT_SENT, "fault", said))
            self._not_ready(flight, ShotmillError(f"unexpected fault: {said}"))
            return
        fault = Outcome(Fate.IN_DOUBT, "fault", said, billed=None)
        await self._finish(flight, fault)
        self._settle(flight, Result(fault))

    async def _finish(self, flight: Flight, outcome: Outcome) -> None:
        beat = flight.dispatch.beat
        await finish(self._tools, self._project, beat.style, beat.id, flight.attempt.id, outcome, 0.0, 0.0)
