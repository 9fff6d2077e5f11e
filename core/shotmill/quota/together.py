"""Which quota projects behave like one: refused for the minute though each alone had room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shotmill.quota.account import Account
from shotmill.quota.lease import Lease
from shotmill.quota.window import MINUTE

LEAST_TOGETHER = 3
"""Refusals that a pair has to explain before it is told of."""
SURELY_S = MINUTE - 1.0
"""Of what left within so many seconds all arrived within the provider's minute, whatever the line's jitter."""


@dataclass(slots=True)
class Suspicion:
    """`times` a refusal was explained by both together; `refused` is the fewest requests that both had sent in the
    minute then, `accepted` the most with which a request was drawn."""

    refused: int
    times: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Sum:
    """How many both had sent in the minute, as a request left at `at`. Which of them were refused, and took no slot, is
    told later."""

    suspicion: Suspicion
    both: tuple[Account, ...]
    sent: int
    at: float

    @property
    def taken(self) -> int:
        return self.sent - sum(one.out.turned_away(SURELY_S, self.at) for one in self.both)


@dataclass(slots=True)
class Together:
    """Being busy is no guilt: what two projects sent together has to exceed the limit, and as soon as as much is
    accepted the suspicion falls."""

    _pairs: dict[tuple[str, str, str], Suspicion] = field(default_factory=dict)  # model and both names
    _sums: dict[Lease, list[Sum]] = field(default_factory=dict)

    def refused(self, account: Account, others: Sequence[Account], sent_at: float) -> None:
        """Our own count had room: note every other project that would explain the refusal, were it one with this."""
        mine = account.window.within(MINUTE, sent_at)
        for other in others:
            theirs = other.window.within(MINUTE, sent_at) if other is not account else 0
            if theirs and mine + theirs > account.rpm:
                self._note(_pair(account, other), mine + theirs)

    def left(self, lease: Lease, account: Account, accounts: Mapping[tuple[str, str], Account], at: float) -> None:
        """A request of a project that is suspected has left: remember how many there were with it."""
        sums = []
        for (model, *names), suspicion in self._pairs.items():
            if model == account.model and account.quota_project in names:
                both = tuple(one for name in names if (one := accounts.get((name, model))) is not None)
                sums.append(Sum(suspicion, both, sum(one.window.within(SURELY_S, at) for one in both), at))
        if sums:
            self._sums[lease] = sums

    def answered(self, lease: Lease, *, drew: bool) -> None:
        for found in self._sums.pop(lease, ()):
            if drew:
                suspicion = found.suspicion
                suspicion.accepted = max(suspicion.accepted, found.taken)
                if suspicion.accepted >= suspicion.refused:
                    suspicion.times = 0

    def groups(self) -> list[tuple[str, ...]]:
        """The pairs that explain three refusals or more, joined."""
        groups: list[set[str]] = []
        for (_, *names), suspicion in self._pairs.items():
            if suspicion.times >= LEAST_TOGETHER:
                joined = set(names).union(*(group for group in groups if group & set(names)))
                groups = [group for group in groups if not group & set(names)] + [joined]
        return sorted(tuple(sorted(group)) for group in groups)

    def _note(self, pair: tuple[str, str, str], sent: int) -> None:
        found = self._pairs.setdefault(pair, Suspicion(sent))
        if sent > found.accepted:
            found.refused = min(sent, found.refused) if found.times else sent
            found.times += 1


def _pair(one: Account, other: Account) -> tuple[str, str, str]:
    first, second = sorted((one.quota_project, other.quota_project))
    return one.model, first, second
