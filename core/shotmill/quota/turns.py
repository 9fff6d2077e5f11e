"""Fair shares of one quota project among the styles and projects that want it at the same time."""

from __future__ import annotations

import math

FORGET_OVER = 32
LATE_S = 0.25
"""How long a slot is kept for one who said when it would be back."""


class Claim:
    """One style of one run, as far as fairness goes.

    `left` is how many beats it still has to send, `back_at` when it asks again; None: it wants nothing now, or nobody
    can say when, and it comes back level with the others.
    """

    __slots__ = ("back_at", "joined", "left")

    def __init__(self) -> None:
        self.left = 0
        self.joined: object | None = None  # the pool with which it came; None while it wants nothing
        self.back_at: float | None = None

    def wants(self, now: float) -> bool:
        """Whether it could use a slot now. One that rests till later can't, even if its quota project has one."""
        return self.back_at is not None and self.back_at <= now <= self.back_at + LATE_S

    def rest(self, left: int) -> None:
        """It wants nothing now; so much is still to come."""
        self.back_at, self.joined, self.left = None, None, left


class Turns:
    """Who had how many slots of a quota project. The next slot is for the claim that had the fewest.

    One that comes, or comes back, starts level with the least served of those that wait: nobody saves up turns, and
    nobody is owed the time in which it wanted nothing. With n claims that always want, each gets every n-th slot.
    """

    __slots__ = ("_served",)

    def __init__(self) -> None:
        self._served: dict[Claim, int] = {}

    def join(self, claim: Claim, now: float) -> None:
        """The claim wants slots from now on."""
        if len(self._served) > FORGET_OVER:
            self._served = {one: count for one, count in self._served.items() if one.left or one.back_at is not None}
        level = min((count for other, count in self._served.items() if other.wants(now)), default=0)
        self._served[claim] = max(self._served.get(claim, 0), level)

    def may_take(self, claim: Claim, free: int, now: float) -> bool:
        """Whether one of `free` slots is this claim's turn, after those that come first took theirs."""
        if len(self._served) < 2:
            return True
        mine = self._served.get(claim, 0)
        ahead = 0
        for other, count in self._served.items():
            if count < mine and other is not claim and other.wants(now):
                ahead += mine - count
        return ahead < free

    def took(self, claim: Claim) -> None:
        self._served[claim] = self._served.get(claim, 0) + 1

    def shared(self, claim: Claim) -> int:
        """How many others have work that could go here."""
        return sum(1 for other in self._served if other.left and other is not claim)


def soon(now: float) -> float:
    """When one whose turn it is not asks again, should those before it not come."""
    return math.nextafter(now + LATE_S, math.inf)
