"""The heart of a run: which beat goes out next on which key, and what every answer changes.

No I/O and no clock of its own: every method takes the moment. The run drives it with the real clock, the simulation
with a simulated one; both run this code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from shotmill.engine.beat import DRAWN, Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.dispatch import Dispatch, Settlement
from shotmill.engine.kept_slots import kept, sharers
from shotmill.engine.lane import Lane, may_go, next_wanted, to_send, waits_for
from shotmill.engine.purse import Money, Purse, Terms
from shotmill.engine.verdict import ALONE_TRIES, FIRST_RETRY_S, answers, counts, end_of, note_failure, rest_of
from shotmill.gemini.outcome import Fate, Nudge, Outcome, Scope
from shotmill.quota.book import QuotaBook
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.resting import Resting
from shotmill.quota.turns import Claim
from shotmill.settings.keys import Key

ENDED_BY_US = frozenset({"stopped_now", "interrupted"})
"""Codes of doubts that say nothing of what would become of the next request."""


class Scheduler:
    """Plans the wanted beats of a board over the pools' quotas."""

    def __init__(
        self, board: Board, pools: Mapping[str, Sequence[Key]], book: QuotaBook, model: str, terms: Terms, money: Money
    ) -> None:
        self.board = board
        self.book = book
        self.model = model
        self.terms = terms
        self.purse = Purse(terms, money)
        run = object()
        self.lanes = {style.name: Lane(style, KeyPool(pools.get(style.name, ())), Claim(run)) for style in board.styles}
        self.held = ""  # a reason for which nothing is sent now: the disk, a stop
        self.broken: Outcome | None = None  # what no wait mends, for the whole run
        self.short_of_money = False
        self._out: dict[Dispatch, None] = {}
        self._nudges: dict[Beat, Nudge] = {}
        self._sharers = sharers(list(self.lanes.values()))
        board.measure_chains()
        for lane in self.lanes.values():
            lane.measure()
        self._sweep()

    @property
    def in_flight(self) -> int:
        return len(self._out)

    @property
    def out(self) -> list[Dispatch]:
        """The requests that are out."""
        return list(self._out)

    def next(self, now: float) -> Dispatch | None:
        """The next request to send, or None while nothing may leave; `wake_at` then says when to ask again."""
        for lane in self.lanes.values():
            lane.wait = None
            lane.wake(now)
        if all(lane.exhausted for lane in self.lanes.values()):
            self._sweep()
        asking = self._asking()
        if not asking:
            return None
        reserve = self.purse.reserve(alone=not self._out)
        self.short_of_money = reserve is None
        if reserve is None:
            for lane in asking:
                lane.claim.rest(0)
            return None
        for lane in self._not_held_by_chains(asking, now):
            found = self.book.lease(lane.pool, self.model, now, lane.claim, self.purse.price)
            if isinstance(found, Lease):
                return self._dispatch(lane, found, reserve)
            lane.wait = found
        return None

    def wake_at(self) -> float | None:
        """The earliest moment at which the clock alone lets something leave. Ask after `next` said None."""
        going = [lane for lane in self.lanes.values() if not lane.paused]
        moments = [lane.later[0][0] for lane in going if lane.later]
        moments += [lane.wait.until for lane in going if lane.wait and lane.wait.until is not None]
        return min(moments, default=None)

    def give_back(self, dispatch: Dispatch, now: float) -> None:
        """The request was not sent after all (its intent could not be written); its beat is to do again."""
        if dispatch not in self._out:
            return
        self.book.give_back(dispatch.lease, now)
        self._landed(dispatch)
        self._to_do(dispatch.beat)
        if may_go(dispatch.beat):
            self._queue(dispatch.beat)

    def settle(
        self, dispatch: Dispatch, outcome: Outcome, sent_at: float, now: float, cost_usd: float = 0.0
    ) -> Settlement:
        """Take in an answer: the key's and the quota's part goes to the book, the beat's and the style's is here.

        What was paid or perhaps paid is booked by the caller; only what was reserved is given back here. A dispatch
        that was settled before changes nothing.
        """
        beat, lane = dispatch.beat, self.lanes[dispatch.beat.style]
        if dispatch not in self._out:
            return Settlement(beat.state)
        answers_others = answers(beat, outcome, sent_at, self.book.model(self.model), self.book.network)
        resting, note = self.book.settle(dispatch.lease, sent_at, outcome, now, cost_usd)
        self._landed(dispatch)
        self.purse.paid(cost_usd)
        if outcome.fate is Fate.IMAGE:
            lane.drew()
            return self._drawn(beat, note)
        if outcome.perhaps_paid:
            self.purse.in_doubt += dispatch.reserved_usd
        if outcome.fate is Fate.IN_DOUBT:
            if outcome.code not in ENDED_BY_US:
                lane.count_alike(outcome, self.terms.pause_after)
            return self._doubtful(dispatch, outcome, now, note)
        if outcome.scope is Scope.RUN:
            self.broken = outcome
        if outcome.scope is Scope.STYLE:
            lane.pause(outcome.message or outcome.code, outcome.cure)
        alone = sum(lane.left for lane in self.lanes.values()) == 1
        counted = counts(beat, outcome, answers_others, alone=alone)
        if outcome.counts and not counted and not alone and outcome.scope is Scope.MODEL:
            lane.count_unheard(outcome, ALONE_TRIES)
        if counted or outcome.fate in (Fate.BLOCKED, Fate.FAILED, Fate.UNUSABLE):
            lane.count_alike(outcome, self.terms.pause_after)
        return self._undrawn(beat, outcome, counted, now, note, resting)

    def add(self, beats: Sequence[Beat]) -> None:
        """More beats for this run: a doubt that was settled, a further take."""
        for beat in beats:
            self.lanes[beat.style].unsent += not beat.wanted
            beat.wanted = True
            if beat.state is not BeatState.IN_FLIGHT and may_go(beat):
                self._queue(beat)

    def drop(self, beat: Beat) -> None:
        """The beat's image is there after all: this run need not draw it."""
        if beat.wanted and beat.state is not BeatState.IN_FLIGHT:
            beat.wanted = False
            self.lanes[beat.style].unsent -= 1

    def use_pools(self, pools: Mapping[str, Sequence[Key]]) -> None:
        """The keys changed: what leaves from now on leaves with these."""
        for name, lane in self.lanes.items():
            lane.pool = KeyPool(pools.get(name, ()))
            self.book.leave(lane.claim, lane.pool)
        self._sharers = sharers(list(self.lanes.values()))

    def resume_style(self, style: str) -> None:
        """A person says: try the paused style again."""
        self.lanes[style].resume()

    def ended(self) -> tuple[Literal["finished", "stopped"], str] | None:
        """(`finished` or `stopped`, reason) once nothing more can come; None while the run goes on.

        Ask after `next` said None at the same moment. A wait for a person ends the run, a wait for time does not.
        """
        if self._out:
            return None
        open_lanes = [lane for lane in self.lanes.values() if not lane.exhausted]
        if not open_lanes:
            return "finished", ""
        if self.broken is not None:
            return "stopped", self.broken.message or self.broken.code
        if self.held:
            return None
        if self.short_of_money:
            return "stopped", "budget"
        if not all(lane.for_a_person for lane in open_lanes):
            return None
        for lane in open_lanes:
            lane.claim.rest(0)  # what it had left is no part of what others share
        reasons = dict.fromkeys(lane.paused or (lane.wait.reason if lane.wait else "") for lane in open_lanes)
        return "stopped", "; ".join(reasons)

    @property
    def pending(self) -> int:
        """Beats of this run that are still to be sent."""
        return sum(lane.unsent for lane in self.lanes.values())

    def _asking(self) -> list[Lane]:
        """Styles that could send, the one that is furthest behind first; the others give up their turns."""
        asking = []
        stopped = bool(self.held or self.broken)
        for lane in self.lanes.values():
            if lane.ready and not lane.paused and not stopped:
                asking.append(lane)
                lane.claim.ask(len(lane.ready), lane.ready[0].tail)
            else:
                lane.claim.rest(0 if lane.paused or stopped else lane.in_flight + len(lane.later))
        return sorted(asking, key=lambda lane: lane.progress) if len(asking) > 1 else asking

    def _not_held_by_chains(self, asking: Sequence[Lane], now: float) -> list[Lane]:
        """Those from which no slots are kept, chains first. The others give up their turns: nobody waits for them."""
        for sharing in self._sharers:
            keeps = kept(sharing, self.book, self.model, now)
            for lane in sharing.lanes if keeps is not None else ():
                if lane in asking and keeps is not None:
                    lane.wait = keeps.for_others(lane, self.book, self.model, now)
                    if lane.wait is not None:
                        lane.claim.rest(len(lane.ready))
        free = [lane for lane in asking if lane.wait is None]
        return sorted(free, key=lambda lane: not lane.chains)

    def _dispatch(self, lane: Lane, lease: Lease, reserve: float) -> Dispatch:
        beat = lane.pop()
        if beat.state in DRAWN:
            beat.fallback = beat.state
        lane.leaves(beat)
        dispatch = Dispatch(beat, lease, beat.take, beat.drawn_before(), self._nudges.get(beat, Nudge.NONE), reserve)
        self._out[dispatch] = None
        self.purse.promise(reserve)
        self.board.set(beat, BeatState.IN_FLIGHT)
        return dispatch

    def _landed(self, dispatch: Dispatch) -> None:
        del self._out[dispatch]
        self.lanes[dispatch.beat.style].lands(dispatch.beat)
        self.purse.release(dispatch.reserved_usd, last=not self._out)
        self.short_of_money = False

    def _drawn(self, beat: Beat, note: str) -> Settlement:
        beat.failures, beat.setbacks, beat.tries, beat.fallback = 0, 0, None, None
        beat.take += 1
        self._close(beat, BeatState.DONE)
        return Settlement(BeatState.DONE, note=note)

    def _doubtful(self, dispatch: Dispatch, outcome: Outcome, now: float, note: str) -> Settlement:
        beat = dispatch.beat
        beat.take += 1  # the answer may still turn up: the next request is another take
        if self.purse.risk(dispatch.reserved_usd):
            at = now + FIRST_RETRY_S
            self._to_do(beat, outcome.message or outcome.code)
            self.lanes[beat.style].queue_later(beat, at)
            return Settlement(beat.state, at, redrawn_in_doubt=True, note=note)
        if beat.fallback is not None:
            beat.lane.doubted.add(beat)  # its image is there: only the further take is in doubt
        self._close(beat, beat.fallback or BeatState.IN_DOUBT, outcome.message or outcome.code)
        return Settlement(beat.state, note=note)

    def _undrawn(
        self, beat: Beat, outcome: Outcome, counted: bool, now: float, note: str, resting: Resting | None
    ) -> Settlement:
        note_failure(beat, outcome, counted, now)
        end = end_of(beat, outcome, counted, self.terms.attempts)
        if end is not None:
            self._close(beat, end, outcome.message or outcome.code)
            return Settlement(end, counted=counted, note=note)
        if outcome.nudge:
            self._nudges[beat] = outcome.nudge
        self._to_do(beat, outcome.message or outcome.code)
        rest = rest_of(beat, outcome, counted)
        if not rest:
            self._queue(beat)
            return Settlement(beat.state, resting.until if resting else None, counted=counted, note=note)
        self.lanes[beat.style].queue_later(beat, now + rest)
        return Settlement(beat.state, now + rest, counted=counted, note=note)

    def _to_do(self, beat: Beat, reason: str = "") -> None:
        self.board.set(beat, beat.fallback or BeatState.PENDING, reason)

    def _close(self, beat: Beat, state: BeatState, reason: str = "") -> None:
        """The beat is settled for this run; what waited for it may go now, unless this one is in doubt."""
        beat.wanted = False
        self.lanes[beat.style].unsent -= 1
        self.board.set(beat, state, reason)
        after = next_wanted(beat)
        before = waits_for(after) if after is not None else None
        if after is not None and before is not None:
            self.lanes[beat.style].hang(after, before)
        elif after is not None and to_send(after):
            self._queue(after)

    def _queue(self, beat: Beat) -> None:
        self.lanes[beat.style].queue(beat)

    def _sweep(self) -> bool:
        """Queue every wanted beat that may go and is not queued: all at the start; at the end those that were freed
        from elsewhere, by a doubt that a person settled or an answer that came late. Returns whether there were any.
        """
        found = False
        for lane in self.lanes.values():
            for beat in lane.board.beats:
                if beat.wanted and not beat.queued and to_send(beat) and may_go(beat):
                    lane.queue(beat)
                    found = True
        return found
