"""Looks at everything after every step: nothing idle that could send, by the provider's own count of what came."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from engine.share_oracle import ShareOracle
from engine.simulated_world import MODEL, PRICE
from engine.storm_provider import SPAN_S, ArrivalLog
from shotmill.engine.beat import TO_DO, Beat, BeatState
from shotmill.engine.lane import Lane, may_go, waits_for
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulation import Simulation
from shotmill.quota.day import day_start
from shotmill.quota.held import what_holds
from shotmill.settings.keys import Key

MINUTE = 60.0
# What the code may allow itself, written down once more: were it to take more, that would be found.
FIRST_GUARD, LONGEST_GUARD = 0.5, 4.0
REPLAY_SLACK = 35.0
MIDNIGHT_SLACK = 5.0
LATE_S = 0.25
TRAVELS_S = 0.11
MINUTES_OUT, MOST_IN_FLIGHT = 4, 400
AT_FIRST, HEARD_S, SPEND_SLACK_S = 10, 0.5, 42.0


class Checker:
    """With `each` greater than 1 what takes all beats or all that is out is looked at so much more seldom; idle slots
    are always looked at.

    What rests by an answer's word (a key, a quota project, the model, the line) is taken from the book. Whether a
    window has room is not: that is what came to the provider, and what is on its way there.
    """

    def __init__(self, log: ArrivalLog, *, each: int = 1) -> None:
        self.steps = 0
        self.looked_for_idle = 0
        self.looked_at_kept = 0
        self.looked_at_shares = 0
        self.restarted = float("-inf")
        """What was sent before it is told from the record, a little later than true."""
        self._log = log
        self._each = each
        self._deferred: dict[tuple[Lane, str], float] = {}  # since when others come first, step after step
        self._deferred_before: dict[tuple[Lane, str], float] = {}
        self._shares = ShareOracle()

    def __call__(self, simulation: Simulation) -> None:
        self.steps += 1
        if self.steps % self._each == 0:
            self._counters(simulation)
        self._deferred_before, self._deferred = self._deferred, {}
        self._shares.look(simulation)
        for run in simulation.runs:
            if run.end is None:
                self._nothing_idle(simulation, run.scheduler)

    def _counters(self, simulation: Simulation) -> None:
        book = simulation.book
        out = [dispatch for run in simulation.runs if not run.dead for dispatch in run.scheduler.out]
        beats = Counter(dispatch.beat for dispatch in out)
        assert not beats or max(beats.values()) == 1
        assert all(beat.state is BeatState.IN_FLIGHT for beat in beats)
        assert sum(account.in_flight for account in book.accounts.values()) == len(out)
        assert sum(model.in_flight for model in book.models.values()) == len(out)
        assert sum(key.in_flight for key in book.keys.values()) == len(out)
        for account in book.accounts.values():
            assert 0 <= account.window.open <= account.in_flight
            known, looked = account.wait(simulation.ours), what_holds(account, simulation.ours)
            assert (known is None) == (looked is None), "what was found before does not hold any more"
        for run in simulation.runs:
            promised = sum(dispatch.reserved_usd for dispatch in run.scheduler.out)
            assert abs(run.scheduler.purse.promised - promised) < 1e-6 or run.dead
            if not run.dead:
                assert all(lane.claim.in_flight == lane.in_flight for lane in run.scheduler.lanes.values())
            for style in run.scheduler.board.styles:
                assert min(style.counts.values()) >= 0 and sum(style.counts.values()) == len(style.beats)

    def _nothing_idle(self, simulation: Simulation, scheduler: Scheduler) -> None:
        """Told apart from what the scheduler believes: no beat, key and slot that could go together are left over.

        One whose turn it is not may wait as long as the one that was called is given to come, and no longer.
        """
        book, ours = simulation.book, simulation.ours
        capacity, network = book.model(MODEL), book.network
        if scheduler.held or scheduler.broken or scheduler.short_of_money or ours < capacity.ready_at:
            return
        if capacity.limit is not None and capacity.in_flight >= capacity.limit:
            return
        if network.away_since is not None and (network.probe is not None or ours < network.next_probe):
            return
        if capacity.in_flight >= MOST_IN_FLIGHT:
            return
        for lane in scheduler.lanes.values():
            if lane.paused or not self._could_send(lane):
                continue
            if lane.wait is not None and "kept" in lane.wait.reason:
                self._kept_for_chains_that_need_them(simulation, scheduler, lane)
                continue
            for key in lane.keys:
                self._not_idle(simulation, scheduler, lane, key)

    def _could_send(self, lane: Lane) -> bool:
        if self.steps % self._each:
            return bool(lane.ready)  # as the scheduler has it; from time to time the beats themselves are asked
        resting = {entry[1] for entry in lane.later}
        return any(
            beat.wanted and beat.state in TO_DO and may_go(beat) and beat not in resting for beat in lane.board.beats
        )

    def _not_idle(self, simulation: Simulation, scheduler: Scheduler, lane: Lane, key: Key) -> None:
        book, now, project = simulation.book, simulation.now, key.quota_project
        state = book.key(key)
        self.looked_for_idle += 1
        if (state.probing and state.in_flight) or book.resting(key, MODEL, simulation.ours) is not None:
            return
        free = self._free(simulation, project)
        if free < 1 or self._spend_holds(simulation, key) or self._log.goes_one_by_one(project, now):
            return
        shared = lane.wait is not None and lane.wait.gives_way
        if (
            shared
            and self._shares.most_kept(simulation, scheduler, project, lambda of: self._back(simulation, of)) >= free
        ):
            self.looked_at_shares += 1
            return
        since = self._deferred_before.get((lane, project), now) if shared else float("-inf")
        self._deferred[lane, project] = since
        assert now - since <= 2 * LATE_S + 0.01, f"{key.name} could send for {lane.board.name} at {now}: {lane.wait}"

    def _free(self, simulation: Simulation, project: str) -> int:
        """Slots that the provider would have given surely, however the line's delays differ."""
        log, now = self._log, simulation.now
        account = simulation.book.accounts.get((project, MODEL))  # None: nothing was asked of it yet
        learned, out = (account.guard.seconds, account.in_flight) if account is not None else (FIRST_GUARD, 0)
        assert learned <= LONGEST_GUARD
        guard = learned if log.blamed else FIRST_GUARD  # one line, one guard
        log.forget(project, now - MINUTE - LONGEST_GUARD - REPLAY_SLACK)
        on_the_way = log.on_the_way(project, now)
        counting = on_the_way
        for at in reversed(log.recent[project]):
            if at + MINUTE + guard + (REPLAY_SLACK if at <= self.restarted else 0.0) <= now:
                break
            counting += 1
        rpm = log.rpm_known(project, now)
        free = min(rpm - counting, MINUTES_OUT * rpm - out)
        return min(free, self._left_today(simulation, project, on_the_way))

    def _back(self, simulation: Simulation, project: str) -> list[float]:
        """By the daemon's clock, when each slot can surely be had again; none of a quota project that rests."""
        account, ours = simulation.book.accounts.get((project, MODEL)), simulation.ours
        if account is None or (account.resting is not None and not account.resting.over(ours)):
            return []
        rest = MINUTE + account.guard.seconds
        free, on_the_way = self._free(simulation, project), self._log.on_the_way(project, simulation.now)
        taken = [at + simulation.ahead + rest for at in self._log.recent[project]] + [ours + rest] * on_the_way
        return [ours] * max(0, free) + [at for at in taken if at > ours]

    def _left_today(self, simulation: Simulation, project: str, on_the_way: int) -> int:
        """Requests so near to midnight that they may have come on either side of it count for both days."""
        log, now = self._log, simulation.now
        if not log.knows_the_date(now):
            return 0
        begin = day_start(now)
        twice = sum(
            1
            for at in log.recent[project]
            if begin - MIDNIGHT_SLACK - (REPLAY_SLACK if at <= self.restarted else 0.0) <= at < begin
        )
        return log.rpd_known(project, now) - log.today(project, now) - twice - on_the_way

    def _spend_holds(self, simulation: Simulation, key: Key) -> bool:
        """The book says that the spend window has no room: only when the provider ever said so, and what was paid
        there in the last ten minutes can be the reason; or when many left just now and the limit is not known."""
        bank, now = key.billing_account, simulation.now
        if simulation.book.spend_window(bank).room(PRICE, simulation.ours) != 0:
            return False
        if bank not in self._log.spend_refused:
            return sum(1 for at in self._log.leases[bank] if at > now - HEARD_S - 0.01) >= AT_FIRST
        payments = self._log.payments[bank]
        span = SPAN_S + SPEND_SLACK_S
        while payments and payments[0] + span <= now:
            payments.popleft()
        if now < self.restarted + span:
            return True  # what earlier daemons sent counts as paid
        mine = (dispatch for run in simulation.runs if not run.dead for dispatch in run.scheduler.out)
        return bool(payments) or any(dispatch.lease.key.billing_account == bank for dispatch in mine)

    def _kept_for_chains_that_need_them(self, simulation: Simulation, scheduler: Scheduler, lane: Lane) -> None:
        """By the board and the provider's count: no more is kept than longer chains than the style's next one need, at
        an even pace over the minutes that all the work takes, until more is free; nor is anything, where the style has
        slots that they can't use.
        """
        self.looked_at_kept += 1
        lanes = self._sharing(scheduler, lane)
        going = [one for one in lanes if any(self._is_awake(simulation, key) for key in one.keys)]
        mine = lane.ready[0].tail + 1
        chains = [(one, length) for one in going for length in _chains(one, scheduler) if length > mine]
        theirs = {key.quota_project for one, _ in chains for key in one.keys}
        for key in lane.keys:
            if key.quota_project not in theirs:
                self._not_idle(simulation, scheduler, lane, key)
        awake = {key.quota_project for one in lanes for key in one.keys if self._is_awake(simulation, key)}
        free = sum(max(0, self._free(simulation, project)) for project in awake)
        rate = sum(self._rate(simulation, project) for project in awake)
        unsent = sum(_unsent(beat) for each in lanes for beat in each.board.beats)
        until_more = min((self._freed_in(simulation, project) for project in awake), default=MINUTE)
        need = needed([length for _, length in chains], unsent, free, rate, min(1.0, until_more / MINUTE))
        assert free <= need, (
            f"{free} slots are kept from {lane.board.name} at {simulation.now} for {need} of {[n for _, n in chains]}"
        )

    def _rate(self, simulation: Simulation, project: str) -> int:
        """Requests a minute that plans are made with: the book's, where it finds them by trying."""
        account = simulation.book.accounts.get((project, MODEL))
        if account is not None and self._log.is_found_by_trying(project):
            return account.rpm
        return self._log.rpm_known(project, simulation.now)

    def _freed_in(self, simulation: Simulation, project: str) -> float:
        """Seconds until another slot is surely free, by what came to the provider; one that is about to be is free for
        its sender, who counts from when it left."""
        account, now = simulation.book.accounts.get((project, MODEL)), simulation.now
        guard = account.guard.seconds if account is not None else FIRST_GUARD
        ends = (
            at + MINUTE + guard + (REPLAY_SLACK if at <= self.restarted else 0.0) - now
            for at in self._log.recent[project]
        )
        return min((seconds for seconds in ends if seconds > TRAVELS_S), default=MINUTE)

    def _is_awake(self, simulation: Simulation, key: Key) -> bool:
        return simulation.book.resting(key, MODEL, simulation.ours) is None

    def _sharing(self, scheduler: Scheduler, lane: Lane) -> list[Lane]:
        """The styles that draw from the same quota projects, directly or by way of others."""
        lanes, projects = [lane], {key.quota_project for key in lane.keys}
        others = [one for one in scheduler.lanes.values() if one is not lane and not one.paused]
        while near := [one for one in others if projects & {key.quota_project for key in one.keys}]:
            lanes += near
            others = [one for one in others if one not in near]
            projects |= {key.quota_project for one in near for key in one.keys}
        return lanes


def _unsent(beat: Beat) -> bool:
    return beat.wanted and beat.state is not BeatState.IN_FLIGHT


def needed(chains: Sequence[int], unsent: int, free: int, rate: int, first: float) -> int:
    """Slots that chains with so many beats to come each may have kept till more are free, after `first` of a minute,
    while `unsent` beats go through `rate` slots a minute, of which so many are `free`: each draws as much in that time
    as in any other, or, as far as slots are to spare, comes to its end when the last of these minutes begins.
    """
    rounds = max(1, math.ceil((unsent - free) / rate))
    spare = rounds * rate - max(0, unsent - free)
    long = [length for length in chains if length > rounds]
    evenly = sum(max(0.0, (length + 1) * first / (rounds + first) - 1) for length in long)
    faster = sum(length - 1 for length in long) * first / (rounds - 1 + first)
    return math.ceil(max(evenly, min(faster, spare)) + 1e-9)  # sums of thirds differ by less


def _chains(lane: Lane, scheduler: Scheduler) -> Sequence[int]:
    """How many beats are to be sent one after the other, of each chain that is out, and of the next to go.

    Worked out anew from who waits for whom: a beat goes on from the last one that can be had, across all between.
    """
    found, behind = [], dict[Beat, int]()
    out, ready = {dispatch.beat for dispatch in scheduler.out}, lane.ready[:1]
    for beat in reversed(lane.board.beats):
        length = behind.pop(beat, 0) if beat.wanted else 0
        before = waits_for(beat) if beat.wanted else None
        if before is not None:
            behind[before] = max(behind.get(before, 0), length + 1)
        elif length and beat in out:
            found.append(length)
        elif length and beat in ready:
            found.append(length + 1)
    return found
