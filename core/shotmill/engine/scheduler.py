"""The heart of a run: which beat goes out next on which key, and what every answer changes.

No I/O and no clock of its own: every method takes the moment. The run drives it with the real clock, the simulation
with a simulated one; both run this code.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shotmill.engine.board import DRAWN, TO_DO, Beat, BeatState, Board, StyleBoard
from shotmill.gemini.outcome import Fate, Outcome, Scope
from shotmill.quota.book import QuotaBook
from shotmill.quota.lease import Binding, Lease, Wait
from shotmill.settings.keys import Key

FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 60.0
CENT = 1e-9


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings and the options of a start allow a run. Sums in dollars."""

    price_usd: float
    attempts: int = 4
    in_doubt_usd: float = 0.5
    pause_after: int = 20
    budget_usd: float | None = None
    run_budget_usd: float | None = None


@dataclass(slots=True)
class Money:
    """The project's money over all runs, in dollars: paid, perhaps paid, and promised to requests in flight."""

    spent: float = 0.0
    in_doubt: float = 0.0
    reserved: float = 0.0

    @property
    def gone(self) -> float:
        return self.spent + self.in_doubt + self.reserved


@dataclass(frozen=True, slots=True, eq=False)
class Dispatch:
    """One request that is to be sent now. `after` is the drawn beat whose image goes with it, if any."""

    beat: Beat
    lease: Lease
    take: int
    after: Beat | None
    final_image_only: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an answer changed: the beat's new state, when it may go again, and a note about quotas or styles."""

    state: BeatState
    again_at: float | None = None
    redrawn_in_doubt: bool = False
    counted: bool = False
    note: str = ""


@dataclass(slots=True)
class Lane:
    """One style's share of a run."""

    board: StyleBoard
    keys: Sequence[Key]
    ready: list[tuple[int, int, Beat]] = field(default_factory=list)  # (-tail, order, beat): the longest chain first
    later: list[tuple[float, int, Beat]] = field(default_factory=list)  # (when, order, beat)
    in_flight: int = 0
    paused: str = ""
    wait: Wait | None = None
    same_code: str = ""
    same: int = 0

    @property
    def exhausted(self) -> bool:
        return not self.ready and not self.later and not self.in_flight

    @property
    def moves(self) -> bool:
        return bool(self.in_flight or ((self.ready or self.later) and not self.paused))


class Scheduler:
    """Plans the wanted beats of a board over the pools' quotas."""

    def __init__(
        self, board: Board, pools: Mapping[str, Sequence[Key]], book: QuotaBook, model: str, terms: Terms, money: Money
    ) -> None:
        self.board = board
        self.book = book
        self.model = model
        self.terms = terms
        self.money = money
        self.lanes = {style.name: Lane(style, pools.get(style.name, ())) for style in board.styles}
        self.in_flight = 0
        self.run_spent = 0.0
        self.doubt_left = terms.in_doubt_usd
        self.held = ""  # a reason for which nothing is sent now: the disk, a stop
        self.broken = ""  # a reason that no wait mends, for the whole run
        self.short_of_money = False
        self._order = 0
        self._final_only: set[int] = set()
        for lane in self.lanes.values():
            for beat in lane.board.beats:
                if beat.wanted and beat.state in (*TO_DO, BeatState.STALE) and beat.free_to_go:
                    self._queue(lane, beat)
        self._count_sharing()

    def next(self, now: float) -> Dispatch | None:
        """The next request to send, or None while nothing may leave; `wake_at` then says when to ask again."""
        for lane in self.lanes.values():
            lane.wait = None
            while lane.later and lane.later[0][0] <= now:
                self._queue(lane, heapq.heappop(lane.later)[2])
        if self.held or self.broken:
            return None
        for lane in sorted((lane for lane in self.lanes.values() if lane.ready and not lane.paused), key=_urgency):
            if not self._affordable():
                return None
            lease = self.book.lease(lane.keys, self.model, now, self._wanted_by)
            if isinstance(lease, Lease):
                return self._dispatch(lane, lease)
            lane.wait = lease
        return None

    def wake_at(self) -> float | None:
        """The earliest moment at which the clock alone lets something leave. Ask after `next` said None."""
        moments = [lane.later[0][0] for lane in self.lanes.values() if lane.later]
        moments += [lane.wait.until for lane in self.lanes.values() if lane.wait and lane.wait.until is not None]
        return min(moments, default=None)

    def give_back(self, dispatch: Dispatch, now: float) -> None:
        """The request was not sent after all (its intent could not be written); its beat is to do again."""
        self.book.give_back(dispatch.lease, now)
        self._landed(dispatch)
        self._to_do(dispatch.beat)
        if dispatch.beat.free_to_go:
            self._queue(self.lanes[dispatch.beat.style], dispatch.beat)

    def settle(
        self, dispatch: Dispatch, outcome: Outcome, sent_at: float, now: float, cost_usd: float = 0.0
    ) -> Settlement:
        """Take in an answer: the key's and the quota's part goes to the book, the beat's and the style's is here.

        What was paid or perhaps paid is booked by the caller; only what was reserved is given back here.
        """
        beat, lane = dispatch.beat, self.lanes[dispatch.beat.style]
        answers_others = self.book.model(self.model).last_image >= sent_at
        _, note = self.book.settle(dispatch.lease, sent_at, outcome, now)
        self._landed(dispatch)
        self.run_spent += cost_usd
        if outcome.fate is Fate.IMAGE:
            lane.same_code, lane.same = "", 0
            return self._drawn(beat, note)
        if outcome.fate is Fate.IN_DOUBT:
            return self._doubtful(beat, outcome, now, note)
        if outcome.scope is Scope.RUN:
            self.broken = outcome.message or outcome.code
        if outcome.scope is Scope.STYLE:
            lane.paused = outcome.message or outcome.code
        counted = outcome.counts and (outcome.scope is not Scope.MODEL or answers_others)
        if counted or outcome.fate in (Fate.BLOCKED, Fate.FAILED, Fate.UNUSABLE):
            self._count_alike(lane, outcome)
        return self._undrawn(beat, outcome, counted, now, note)

    def add(self, beats: Sequence[Beat]) -> None:
        """More beats for this run: a doubt that was settled, a further take."""
        for beat in beats:
            beat.wanted = True
            if beat.free_to_go:
                self._queue(self.lanes[beat.style], beat)
        self._count_sharing()

    def use_pools(self, pools: Mapping[str, Sequence[Key]]) -> None:
        """The keys changed: what leaves from now on leaves with these."""
        for name, lane in self.lanes.items():
            lane.keys = pools.get(name, ())
        self._count_sharing()

    def resume_style(self, style: str) -> None:
        """A person says: try the paused style again."""
        lane = self.lanes[style]
        lane.paused, lane.same_code, lane.same = "", "", 0

    def ended(self) -> tuple[Literal["finished", "stopped"], str] | None:
        """(`finished` or `stopped`, reason) once nothing more can come; None while the run goes on.

        Ask after `next` said None at the same moment. A wait for a person ends the run, a wait for time does not.
        """
        if self.in_flight:
            return None
        open_lanes = [lane for lane in self.lanes.values() if not lane.exhausted]
        if not open_lanes:
            return "finished", ""
        if self.broken:
            return "stopped", self.broken
        if self.short_of_money:
            return "stopped", "budget"
        if self.held:
            return None
        for lane in open_lanes:
            if lane.later or not (lane.paused or (lane.wait and lane.wait.binding is Binding.PERSON)):
                return None
        reasons = dict.fromkeys(lane.paused or (lane.wait.reason if lane.wait else "") for lane in open_lanes)
        return "stopped", "; ".join(reasons)

    @property
    def pending(self) -> int:
        """Beats of this run that are still to be sent."""
        return sum(
            1 for lane in self.lanes.values() for beat in lane.board.beats if beat.wanted and beat.state in TO_DO
        )

    def _dispatch(self, lane: Lane, lease: Lease) -> Dispatch:
        beat = heapq.heappop(lane.ready)[2]
        if beat.state in DRAWN:
            beat.fallback = beat.state
        lane.in_flight += 1
        self.in_flight += 1
        self.money.reserved += self.terms.price_usd
        self.board.set(beat, BeatState.IN_FLIGHT)
        return Dispatch(beat, lease, beat.take, beat.drawn_before(), id(beat) in self._final_only)

    def _landed(self, dispatch: Dispatch) -> None:
        self.lanes[dispatch.beat.style].in_flight -= 1
        self.in_flight -= 1
        self.money.reserved = max(0.0, self.money.reserved - self.terms.price_usd)
        self.short_of_money = False

    def _drawn(self, beat: Beat, note: str) -> Settlement:
        beat.failures, beat.tries, beat.fallback = 0, None, None
        beat.take += 1
        self._close(beat, BeatState.DONE)
        return Settlement(BeatState.DONE, note=note)

    def _doubtful(self, beat: Beat, outcome: Outcome, now: float, note: str) -> Settlement:
        beat.take += 1  # the answer may still turn up: the next request is another take
        if self.doubt_left + CENT >= self.terms.price_usd:
            self.doubt_left -= self.terms.price_usd
            at = now + FIRST_RETRY_S
            self._to_do(beat, outcome.code)
            self._queue_later(beat, at)
            return Settlement(beat.state, at, redrawn_in_doubt=True, note=note)
        self._close(beat, BeatState.IN_DOUBT, outcome.code)
        return Settlement(BeatState.IN_DOUBT, note=note)

    def _undrawn(self, beat: Beat, outcome: Outcome, counted: bool, now: float, note: str) -> Settlement:
        fate = outcome.fate
        if counted:
            beat.failures += 1
        if fate is Fate.AGAIN and outcome.tries is not None and counted:
            beat.tries = beat.tries or {}
            beat.tries[outcome.code] = beat.tries.get(outcome.code, 0) + 1
            if beat.tries[outcome.code] > outcome.tries:
                fate = outcome.then
        if fate is Fate.AGAIN and beat.failures >= self.terms.attempts:
            fate = Fate.FAILED
        if fate is Fate.BLOCKED:
            self._close(beat, beat.fallback or BeatState.BLOCKED, outcome.code)
        elif fate in (Fate.FAILED, Fate.UNUSABLE) and outcome.scope not in (Scope.STYLE, Scope.RUN):
            self._close(beat, beat.fallback or BeatState.FAILED, outcome.code)
        else:
            return self._again(beat, outcome, counted, now, note)
        return Settlement(beat.state, counted=counted, note=note)

    def _again(self, beat: Beat, outcome: Outcome, counted: bool, now: float, note: str) -> Settlement:
        if outcome.final_image_only:
            self._final_only.add(id(beat))
        self._to_do(beat, outcome.code)
        if not counted and (outcome.rest is not None or outcome.scope is not Scope.NOBODY):
            self._queue(self.lanes[beat.style], beat)  # what rests is the key, the quota, the model: the book knows
            return Settlement(beat.state, note=note)
        at = now + min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** max(0, beat.failures - 1))
        self._queue_later(beat, at)
        return Settlement(beat.state, at, counted=counted, note=note)

    def _to_do(self, beat: Beat, reason: str = "") -> None:
        self.board.set(beat, beat.fallback or BeatState.PENDING, reason)

    def _close(self, beat: Beat, state: BeatState, reason: str = "") -> None:
        """The beat is settled for this run; the one that continues from it may go now, unless this one is in doubt."""
        beat.wanted = False
        self.board.set(beat, state, reason)
        after = beat.following
        if after is not None and after.wanted and after.free_to_go and after.state in (*TO_DO, BeatState.STALE):
            self._queue(self.lanes[after.style], after)

    def _count_alike(self, lane: Lane, outcome: Outcome) -> None:
        lane.same = lane.same + 1 if outcome.code == lane.same_code else 1
        lane.same_code = outcome.code
        if lane.same >= self.terms.pause_after and not lane.paused:
            lane.paused = f'{lane.same} times the same answer, "{outcome.message or outcome.code}"'

    def _affordable(self) -> bool:
        """One more image fits the project's and the run's budget; what is in doubt and in flight counts as spent."""
        price, terms = self.terms.price_usd, self.terms
        project = terms.budget_usd is None or self.money.gone + price <= terms.budget_usd + CENT
        run_gone = self.run_spent + self.in_flight * price
        run = terms.run_budget_usd is None or run_gone + price <= terms.run_budget_usd + CENT
        self.short_of_money = not (project and run)
        return project and run

    def _queue(self, lane: Lane, beat: Beat) -> None:
        self._order += 1
        heapq.heappush(lane.ready, (-beat.tail, _file_order(beat, self._order), beat))

    def _queue_later(self, beat: Beat, at: float) -> None:
        self._order += 1
        heapq.heappush(self.lanes[beat.style].later, (at, self._order, beat))

    def _count_sharing(self) -> None:
        counts: dict[str, int] = {}
        for lane in self.lanes.values():
            if not lane.exhausted or any(beat.wanted for beat in lane.board.beats):
                for name in {key.quota_project for key in lane.keys}:
                    counts[name] = counts.get(name, 0) + 1
        self._wanted_by = counts


def _urgency(lane: Lane) -> tuple[int, float]:
    """The style with the longest chain ahead first, then the one that is furthest behind."""
    done = 1.0 - (len(lane.ready) + len(lane.later)) / max(1, len(lane.board.beats))
    return lane.ready[0][0], done + lane.in_flight / max(1, len(lane.board.beats))


def _file_order(beat: Beat, order: int) -> int:
    """Beats of equal chains go in the order of the prompts, which is the order in which they were first queued."""
    return (beat.place[0] << 40) + (beat.place[1] << 20) + (order & 0xFFFFF)
