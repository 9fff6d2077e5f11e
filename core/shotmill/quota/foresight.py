"""What the chains of claims will ask for, and what their quota projects will have for them: looked up at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice, takewhile

from shotmill.quota.account import Account
from shotmill.quota.turns import Claim
from shotmill.quota.window import MINUTE

Accounts = Callable[[Claim], Iterable[Account]]
"""Those for which a claim has keys."""
MOST_FORETOLD = 120
"""Slots of one claim: one with so many chains that it could use more is starved less, and costs too much to look at."""
_ALL = ""


class Foresight:
    """Good for `now` only. One that asks at many quota projects meets the same rivals: each is looked at once."""

    __slots__ = ("_accounts", "_dues", "_going", "_slots", "_until", "now")

    def __init__(self, accounts: Accounts, now: float) -> None:
        self.now = now
        self._accounts = accounts
        self._dues: dict[Claim, list[float]] = {}
        self._until: dict[Claim, float | None] = {}
        self._going: dict[Claim, list[tuple[Account, int]]] = {}
        self._slots: dict[tuple[Claim, float], dict[str, int]] = {}

    def dues(self, claim: Claim) -> list[float]:
        """The moments of the next minute at which the claim's chains could use one more slot, in order."""
        found = self._dues.get(claim)
        if found is None:
            dues = claim.chains.dues(self.now, ready=claim.wants(self.now))
            soon = takewhile(lambda due: due < self.now + MINUTE, dues)
            found = self._dues[claim] = sorted(islice(soon, MOST_FORETOLD))
        return found

    def foretold_until(self, claim: Claim) -> float | None:
        """When less is foretold of the claim's chains, should no answer come."""
        if claim not in self._until:
            self._until[claim] = claim.chains.foretold_until(self.now)
        return self._until[claim]

    def slots_elsewhere(self, claim: Claim, account: Account, at: float) -> int:
        """How many slots the claim's other quota projects have for it till then, were none taken."""
        if len(claim.pool.groups) == 1:
            return 0
        slots = self._slots_by(claim, at)
        return slots[_ALL] - slots.get(account.quota_project, 0)

    def _slots_by(self, claim: Claim, at: float) -> dict[str, int]:
        """Of each of its quota projects, and of all."""
        found = self._slots.get((claim, at))
        if found is None:
            going = self._going_of(claim)
            found = {account.quota_project: free + account.back_by(at, self.now) for account, free in going}
            found[_ALL] = sum(found.values())
            self._slots[claim, at] = found
        return found

    def _going_of(self, claim: Claim) -> list[tuple[Account, int]]:
        """Those of its quota projects that neither rest nor have spent their day, with what each has free now."""
        found = self._going.get(claim)
        if found is None:
            going = [account for account in self._accounts(claim) if account.goes_on(self.now)]
            found = self._going[claim] = [(account, account.free(self.now)) for account in going]
        return found
