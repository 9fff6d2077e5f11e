"""Fair shares of one quota project among the styles and projects that want it at the same time."""

from __future__ import annotations

import math

FORGET_OVER = 32
LATE_S = 0.25
"""How long a slot is kept for one who said when it would be back, or who hears that an answer came."""


class Claim:
    """One style of one run, as far as fairness goes.

    `left` is how many beats it still has to send, `in_flight` how many of its requests are out, `served_at` the number
    of its last lease. `back_at` is when it asks again by the clock, None where no clock can tell; `hungry`: it waits
    for an answer, which may free a slot at any moment, and asks again then. `gives_way`: the last time that it asked,
    others came first; nobody waits for it till it asks again, or two would wait for one another, one with fewer slots
    of the minute and one with fewer requests out.
    """

    __slots__ = ("back_at", "gives_way", "hungry", "in_flight", "joined", "left", "served_at")

    def __init__(self) -> None:
        self.left = 0
        self.in_flight = 0
        self.served_at = 0
        self.joined: object | None = None  # the pool with which it came; None while it wants nothing
        self.back_at: float | None = None
        self.hungry = False
        self.gives_way = False

    def wants(self, now: float) -> bool:
        """Whether it could use a slot now. One that rests till later can't, even if its quota project has one."""
        if self.gives_way:
            return False
        return self.hungry or (self.back_at is not None and self.back_at <= now <= self.back_at + LATE_S)

    def call(self, now: float) -> None:
        """A slot is kept for it from now on. One that does not come in time (its run ended, its disk is full) is not
        waited for again."""
        if self.hungry:
            self.back_at, self.hungry = now, False

    def rest(self, left: int) -> None:
        """It wants nothing now; so much is still to come."""
        self.back_at, self.hungry, self.gives_way, self.joined, self.left = None, False, False, None, left


class Turns:
    """Who had how many slots of a quota project. The next slot is for the claim that had the fewest.

    One that comes, or comes back, starts level with the least served of those that wait, by the clock too, or where
    those were that waited last: nobody saves up turns, and nobody is owed the time in which it wanted nothing, or in
    which its own keys could not send. With n claims that always want, each gets every n-th slot.
    """

    __slots__ = ("_barred", "_level", "_served")

    def __init__(self) -> None:
        self._served: dict[Claim, int] = {}
        self._barred: set[Claim] = set()
        self._level = 0  # where one begins that comes while nobody waits

    def join(self, claim: Claim, now: float) -> None:
        """The claim wants slots from now on."""
        if len(self._served) > FORGET_OVER:
            self._served = {one: count for one, count in self._served.items() if one.left or one.back_at is not None}
            self._barred &= self._served.keys()
        self._lift(claim, now)

    def leave(self, claim: Claim) -> None:
        """The claim has no key here any more."""
        self._served.pop(claim, None)
        self._barred.discard(claim)

    def bar(self, claim: Claim, barred: bool, now: float) -> None:
        """Whether the claim's own keys keep it from slots here, whatever the quota project has."""
        if barred:
            self._barred.add(claim)
        elif claim in self._barred:
            self._barred.discard(claim)
            self._lift(claim, now)

    def leads(self, claim: Claim) -> bool:
        """Whether nobody had fewer slots."""
        return self._served.get(claim, 0) <= min(self._served.values(), default=0)

    def may_take(self, claim: Claim, free: int, now: float) -> bool:
        """Whether one of `free` slots is this claim's turn, after those that come first took theirs."""
        if len(self._served) < 2:
            return True
        mine = self._served.get(claim, 0)
        ahead = 0
        first = []
        for other, count in self._served.items():
            if count < mine and other is not claim and self._comes(other, now):
                ahead += min(mine - count, other.left or mine)
                first.append(other)
        if ahead < free:
            return True
        for other in first:
            other.call(now)
        return False

    def took(self, claim: Claim, now: float) -> None:
        before = self._served.get(claim, 0)
        self._level = max(self._level, min(before, self._least_of_others(claim, now, before)))
        self._served[claim] = before + 1

    def shared(self, claim: Claim) -> int:
        """How many others have work that could go here."""
        return sum(1 for other in self._served if other.left and other is not claim)

    def _lift(self, claim: Claim, now: float) -> None:
        self._served[claim] = max(self._served.get(claim, 0), self._least_of_others(claim, now, self._level))

    def _least_of_others(self, claim: Claim, now: float, otherwise: int) -> int:
        """The fewest slots that one had who waits, be it for the clock."""
        waiting = (count for other, count in self._served.items() if other is not claim and self._waits(other, now))
        return min(waiting, default=otherwise)

    def _waits(self, other: Claim, now: float) -> bool:
        if other in self._barred or other.joined is None:
            return False
        return other.hungry or (other.back_at is not None and now <= other.back_at + LATE_S)

    def _comes(self, other: Claim, now: float) -> bool:
        return other not in self._barred and other.wants(now)


def soon(now: float) -> float:
    """When one whose turn it is not asks again, should those before it not come."""
    return math.nextafter(now + LATE_S, math.inf)
