"""Fair shares of a cap on what is out at once: the model's capacity, the memory for answers, a spend window."""

from __future__ import annotations

from collections import Counter

from shotmill.quota.turns import FORGET_OVER, Claim, First


class Crowd:
    """Claims of any quota project that meet at one cap. What it has free is for the run with the fewest requests out,
    of equal ones for the one that was served longest ago, and so among its claims.

    What a claim had while the cap held nobody back does not count against it: with turns that are counted, one with a
    small quota would have the whole cap for hours when it comes down.
    """

    __slots__ = ("_claims",)

    def __init__(self) -> None:
        self._claims: dict[Claim, None] = {}

    def join(self, claim: Claim) -> None:
        """The claim wants to pass from now on."""
        if len(self._claims) > FORGET_OVER:
            self._claims = {one: None for one in self._claims if one.left or one.in_flight or one.back_at is not None}
        self._claims[claim] = None

    def leave(self, claim: Claim) -> None:
        """The claim has nothing to pass with any more."""
        self._claims.pop(claim, None)

    def may_take(self, claim: Claim, free: int, now: float) -> bool:
        """Whether one of `free` passes is this claim's, after those that come first took theirs."""
        if len(self._claims) < 2 or free < 1:
            return free > 0
        out, served = Counter[object](), dict[object, int]()
        for one in self._claims:
            out[one.run] += one.in_flight
            served[one.run] = max(one.served_at, served.get(one.run, 0))
        first = First(free)
        for other in self._claims:
            alike = other.run is claim.run
            if alike:
                fewer = claim.in_flight - other.in_flight + (other.served_at < claim.served_at)
            else:
                fewer = out[claim.run] - out[other.run] + (served[other.run] < served.get(claim.run, 0))
            if fewer > 0 and other is not claim and other.wants(now):
                first.add(other, fewer, alone=alike)
        return first.leave_one(now)
