"""When the chains of a claim ask for their next slots, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shotmill.quota.lease import Lease

PATIENCE = 1.5
"""So many times as long as usual a request may take before nothing more is foretold of what comes after it."""
NEWEST = 1 / 8
"""The weight of the last image in what is usual."""


@dataclass(frozen=True, slots=True)
class Chain:
    """So many `beats` come one after the other, the first of them `at` that moment; foretold `until` then only."""

    at: float
    beats: int
    until: float


class ChainsOut:
    """What is foretold of one claim by its requests that are out and have beats behind them, and by how long its images
    took so far. `behind`: the beats behind the next one that it sends.
    """

    __slots__ = ("_landed", "_out", "_usual_s", "behind")

    def __init__(self) -> None:
        self.behind = 0
        self._out: dict[Lease, int] = {}  # how many are behind each, the oldest first
        self._landed: list[Chain] = []  # whose answer came, and that did not ask for the next slot yet
        self._usual_s: float | None = None  # from the lease to the image; before the first one nothing is foretold

    def asks(self, behind: int) -> None:
        """The claim says for itself what it wants now."""
        self.behind = behind
        self._landed.clear()

    def leaves(self, lease: Lease) -> None:
        """It got this lease for the next one."""
        if self.behind:
            self._out[lease] = self.behind

    def drew(self, lease: Lease, now: float, until: float) -> None:
        """An image came. The beat behind it asks for a slot in a moment, `until` then."""
        took, usual = max(0.0, now - lease.at), self._usual_s  # the clock may have been set back meanwhile
        self._usual_s = took if usual is None else usual + (took - usual) * NEWEST
        behind = self._out.pop(lease, 0)
        if behind:
            self._landed.append(Chain(now, behind, until))

    def drew_nothing(self, lease: Lease) -> None:
        """When what is behind it comes can't be told any more."""
        self._out.pop(lease, None)

    def foretold_until(self, now: float) -> float | None:
        """When less is foretold, should no answer come."""
        return min((chain.until for chain in self._foretold(now)), default=None)

    def dues(self, now: float, *, ready: bool) -> Iterator[float]:
        """The moments at which it could use one more slot, in order but for requests that take longer than usual.
        `ready`: the next one waits for its slot."""
        chains, usual = self._foretold(now), self._usual_s or 0.0
        if ready and self.behind and usual:
            chains.append(Chain(now, self.behind + 1, now))
        for number in count():
            chains = [chain for chain in chains if chain.beats > number]
            if not chains:
                return
            yield from (chain.at + number * usual for chain in chains)

    def _foretold(self, now: float) -> list[Chain]:
        usual = self._usual_s
        if usual is None:
            return []
        out = [Chain(lease.at + usual, behind, lease.at + PATIENCE * usual) for lease, behind in self._out.items()]
        return [chain for chain in (*self._landed, *out) if chain.until > now]
