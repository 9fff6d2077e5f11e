"""Which key sends the next request of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shotmill.quota.account import Account
from shotmill.quota.lease import Binding, Wait, first_of, last_of
from shotmill.quota.levels import Levels
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim
from shotmill.settings.keys import Key

MOST_IN_FLIGHT = 400
"""Requests in flight over all quota projects: about 6 MB each while an answer is read (facts: measurements, 4)."""


@dataclass(slots=True)
class Choice:
    """Of the quota projects with a free slot, one that fewer others can use goes first, so that nobody waits for what
    a claim burnt beside an idle quota; then the emptier one. Its keys take turns."""

    levels: Levels
    _turn: int = 0

    def choose(self, pool: KeyPool, model: str, now: float, claim: Claim) -> tuple[str, Key, Account] | Wait:
        held = self._held_for_all(model, now)
        if held is not None:
            return held
        waits: list[Wait] = []
        best: tuple[tuple[float, float], str, Account] | None = None
        usable: dict[str, list[tuple[str, Key]]] = {}
        for name, members in pool.groups:
            account = self.levels.accounts[name, model]
            free = self._usable(account, members, now, waits)
            turn = account.turn(claim, now) if free else None
            if turn is not None:
                waits.append(turn)
            elif free:
                usable[name] = free
                order = (account.turns.shared(claim), account.minute(now) / account.rpm)
                if best is None or order < best[0]:
                    best = (order, name, account)
        if best is None:
            return first_of(waits)
        return (*self._next_key(usable[best[1]]), best[2])

    def _usable(
        self, account: Account, members: Sequence[tuple[str, Key]], now: float, waits: list[Wait]
    ) -> list[tuple[str, Key]]:
        """The keys of one quota project that may send now; what holds the others is added to `waits`."""
        of_account = account.wait(now)
        if of_account is not None and account.resting is not None:
            of_account = of_account.because(account.resting)
        found = []
        for fingerprint, key in members:
            holds = self._holds(fingerprint, key, now)
            if of_account is not None:
                holds.append(of_account)
            if holds:
                held = last_of(holds)
                waits += [held] if held is not None else []
            else:
                found.append((fingerprint, key))
        return found

    def _holds(self, fingerprint: str, key: Key, now: float) -> list[Wait]:
        """What holds this key back, apart from its quota project."""
        holds: list[Wait] = []
        state = self.levels.key_state(fingerprint)
        resting = state.resting
        if resting is not None and not resting.over(now):
            binding = Binding.PERSON if resting.until is None else Binding.COOLING
            holds.append(Wait(binding, resting.until, resting.short).because(resting))
        spend = self.levels.billing.get(key.billing_account) if self.levels.billing else None
        if spend is not None and not spend.over(now):
            binding = Binding.PERSON if spend.until is None else Binding.SPEND
            holds.append(Wait(binding, spend.until, spend.short).because(spend))
        if state.probing and state.in_flight:
            holds.append(Wait(Binding.IN_FLIGHT, None, "one request first"))
        return holds

    def _held_for_all(self, model: str, now: float) -> Wait | None:
        holds: list[Wait] = []
        network = self.levels.network.free_at(now)
        if network is None or network > now:
            holds.append(Wait(Binding.NETWORK, network, self.levels.network.reason))
        capacity = self.levels.model(model).free_at(now)
        if capacity is None or capacity > now:
            holds.append(Wait(Binding.OVERLOAD, capacity, "the model is overloaded"))
        if sum(capacity.in_flight for capacity in self.levels.models.values()) >= MOST_IN_FLIGHT:
            holds.append(Wait(Binding.IN_FLIGHT, None, f"{MOST_IN_FLIGHT} in flight"))
        return last_of(holds)

    def _next_key(self, usable: Sequence[tuple[str, Key]]) -> tuple[str, Key]:
        """The keys of one quota project share its quota; they take turns so that each is seen to work."""
        if len(usable) == 1:
            return usable[0]
        self._turn += 1
        ranked = enumerate(usable)
        return min(
            ranked, key=lambda one: (self.levels.key_state(one[1][0]).in_flight, (one[0] + self._turn) % len(usable))
        )[1]
