"""Fair shares of one quota project among the styles and projects that want it at the same time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shotmill.quota.chains_out import ChainsOut
from shotmill.quota.pool import KeyPool
from shotmill.quota.tally import Tally
from shotmill.quota.window import MINUTE

if TYPE_CHECKING:
    from shotmill.quota.lease import Lease

FORGET_OVER = 32
LATE_S = 0.25
"""How long a slot is kept for one who said when it would be back, or who hears that an answer came."""


class Claim:
    """One style of one run, as far as fairness goes: a project with more styles gets no more than another.

    `run` is what the claims of a run have in common. `left` is how many beats it still has to send, `in_flight` how
    many of its requests are out, `served_at` the number of its last lease. `back_at` is when it asks again by the
    clock, None where no clock can tell; `hungry`: it waits for an answer, which may free a slot at any moment, and asks
    again then. `gives_way`: the last time that it asked, others came first; nobody waits for it till it asks again, or
    two would wait for one another, one with fewer slots of the minute and one with fewer requests out. `chains`: what
    it will ask for, one after the other. `pool`: the last one with which it asked.
    """

    __slots__ = ("back_at", "chains", "gives_way", "hungry", "in_flight", "joined", "left", "pool", "run", "served_at")

    def __init__(self, run: object | None = None) -> None:
        self.run = object() if run is None else run
        self.left = 0
        self.in_flight = 0
        self.served_at = 0
        self.joined: object | None = None  # the pool with which it came; None while it wants nothing
        self.pool = KeyPool()
        self.chains = ChainsOut()
        self.back_at: float | None = None
        self.hungry = False
        self.gives_way = False

    def wants(self, now: float) -> bool:
        """Whether it could use a slot now. One that rests till later can't, even if its quota project has one."""
        if self.gives_way:
            return False
        return self.hungry or (self.back_at is not None and self.back_at <= now <= self.back_at + LATE_S)

    def waits(self, now: float) -> bool:
        """Whether it asks again by itself, be it later by the clock."""
        return self.joined is not None and (self.hungry or (self.back_at is not None and now <= self.back_at + LATE_S))

    def call(self, now: float) -> None:
        """A slot is kept for it from now on. One that does not come in time (its run ended, its disk is full) is not
        waited for again."""
        if self.hungry:
            self.back_at, self.hungry = now, False

    def leased(self, lease: Lease, number: int, now: float) -> None:
        """It got this lease, of all that were given the one with this number."""
        self.back_at, self.hungry, self.gives_way, self.served_at = now, False, False, number
        self.in_flight += 1
        self.chains.leaves(lease)

    def drew(self, lease: Lease, now: float) -> None:
        """An image came; the beat behind it asks for a slot in a moment."""
        self.in_flight -= 1
        self.chains.drew(lease, now, now + LATE_S)

    def drew_nothing(self, lease: Lease) -> None:
        """It ended without an image, or was never sent."""
        self.in_flight -= 1
        self.chains.drew_nothing(lease)

    def ask(self, left: int, behind: int) -> None:
        """It wants slots for so many beats; so many hang on the first of these."""
        self.left = left
        self.chains.asks(behind)

    def rest(self, left: int) -> None:
        """It wants nothing now; so much is still to come."""
        self.chains.asks(0)
        self.back_at, self.hungry, self.gives_way, self.joined, self.left = None, False, False, None, left


@dataclass(frozen=True, slots=True)
class Rival:
    """Another run, by those of its claims that have more to send. By its even share its next slot is `due` at that
    moment, and one more each `every_s` seconds."""

    claims: list[Claim]
    due: float
    every_s: float


class Turns:
    """Who had how many slots of a quota project. The next slot is for the run that had the fewest, and of its claims
    for the one that had the fewest.

    Who waits for the clock waits too. A claim whose own keys can't send does not, and is owed nothing for that time.
    """

    __slots__ = ("_barred", "_claims", "_due", "_runs")

    def __init__(self) -> None:
        self._runs = Tally[object]()
        self._claims = dict[object, Tally[Claim]]()  # of each run
        self._barred = set[Claim]()
        self._due = dict[object, float]()  # when each run's next slot is, by its even share

    def join(self, claim: Claim, now: float) -> None:
        """The claim wants slots from now on."""
        everyone = self._everyone()
        if len(everyone) > FORGET_OVER:
            for other in everyone:
                if not other.left and other.back_at is None:
                    self.leave(other)
        self._comes(claim, now)

    def leave(self, claim: Claim) -> None:
        """The claim has no key here any more."""
        claims = self._of(claim.run)
        claims.had.pop(claim, None)
        self._barred.discard(claim)
        if not claims.had:
            del self._claims[claim.run]
            self._runs.had.pop(claim.run, None)
            self._due.pop(claim.run, None)

    def bar(self, claim: Claim, barred: bool, now: float) -> None:
        """Whether the claim's own keys keep it from slots here, whatever the quota project has."""
        if barred:
            self._barred.add(claim)
        elif claim in self._barred:
            self._barred.discard(claim)
            self._comes(claim, now)

    def leads(self, claim: Claim) -> bool:
        """Whether neither another run nor another claim of its own had fewer slots."""
        return self._runs.leads(claim.run) and self._of(claim.run).leads(claim)

    def may_take(self, claim: Claim, free: int, now: float) -> bool:
        """Whether one of `free` slots is this claim's turn, after those that come first took theirs."""
        first = First(free)
        for run, claims in self._claims.items():
            alike = run is claim.run
            for other in claims.had:
                fewer = claims.lead(other, claim) if alike else self._runs.lead(run, claim.run)
                if fewer > 0 and other not in self._barred and other.wants(now):
                    first.add(other, fewer, alone=alike)
        return first.leave_one(now)

    def due(self, claim: Claim, now: float) -> float:
        """When the next slot of the claim's run is due by its even share; one that wants its share is due by `now`."""
        return self._due.get(claim.run, now)

    def rivals(self, claim: Claim, gap: float, now: float) -> list[Rival]:
        """The other runs that have more to send and whose even share is due before the next of the claim's own, once
        that had its share of the last slots; one comes each `gap` seconds."""
        own = self.due(claim, now)
        if len(self._claims) < 2 or own <= now:
            return []
        working = self._working(claim.run)
        every_s, dues = gap * len(working), {run: self._due.get(run, now) for run in working}
        return [Rival(working[run], due, every_s) for run, due in dues.items() if due < own]

    def took(self, claim: Claim, gap: float, now: float) -> None:
        """It had one of the slots, of which one comes each `gap` seconds."""
        runs = len(self._working(claim.run)) if len(self._claims) > 1 else 1
        due = max(now, self.due(claim, now)) + gap * runs
        self._due[claim.run] = min(due, now + MINUTE)  # by then comes back what it has
        waiting = self._others_that_wait(claim, now)
        self._runs.took(claim.run, (other.run for other in waiting if other.run is not claim.run))
        self._of(claim.run).took(claim, (other for other in waiting if other.run is claim.run))

    def shared(self, claim: Claim) -> int:
        """How many others have work that could go here."""
        return sum(1 for other in self._everyone() if other.left and other is not claim)

    def _comes(self, claim: Claim, now: float) -> None:
        """Its run comes with it, unless another claim of that waits already."""
        waiting = self._others_that_wait(claim, now)
        alike = [other for other in waiting if other.run is claim.run]
        if not alike:
            self._runs.comes(claim.run, (other.run for other in waiting))
        self._of(claim.run).comes(claim, alike)

    def _working(self, asks: object) -> dict[object, list[Claim]]:
        """The runs that have more to send, the one that asks among them, and their claims that have."""
        found = {asks: list[Claim]()}
        for claim in self._everyone():
            if claim.left and claim not in self._barred:
                found.setdefault(claim.run, []).append(claim)
        return found

    def _of(self, run: object) -> Tally[Claim]:
        return self._claims.setdefault(run, Tally())

    def _everyone(self) -> list[Claim]:
        return [claim for claims in self._claims.values() for claim in claims.had]

    def _others_that_wait(self, claim: Claim, now: float) -> list[Claim]:
        return [
            other for other in self._everyone() if other is not claim and other not in self._barred and other.waits(now)
        ]


class First:
    """Those that come before a claim at `free` places. A run takes no more of them than it had fewer, and than its
    claims have left."""

    __slots__ = ("_claims", "_free", "_runs", "_taken")

    def __init__(self, free: int) -> None:
        self._free = free
        self._taken = 0
        self._runs: dict[object, tuple[int, int]] = {}  # of each other run: how many fewer it had, and what is left
        self._claims: list[Claim] = []

    def add(self, claim: Claim, fewer: int, *, alone: bool) -> None:
        """`fewer` places it had, or its run; `alone`: it is of the same run, and counts for itself."""
        self._claims.append(claim)
        left = claim.left or fewer
        if alone:
            self._taken += min(fewer, left)
        else:
            self._runs[claim.run] = fewer, left + self._runs.get(claim.run, (0, 0))[1]

    def leave_one(self, now: float) -> bool:
        """Whether a place is left over. If none is, they are called, and it is kept for them."""
        if self._taken + sum(min(fewer, left) for fewer, left in self._runs.values()) < self._free:
            return True
        for claim in self._claims:
            claim.call(now)
        return False


def soon(now: float) -> float:
    """When one whose turn it is not asks again, should those before it not come."""
    return math.nextafter(now + LATE_S, math.inf)
