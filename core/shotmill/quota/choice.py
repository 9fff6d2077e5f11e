"""Which key sends the next request of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shotmill.quota.account import Account
from shotmill.quota.foresight import Foresight
from shotmill.quota.lease import Binding, Wait, first_of, last_of
from shotmill.quota.levels import Levels
from shotmill.quota.pool import KeyPool
from shotmill.quota.spend_window import SpendWindow
from shotmill.quota.turns import Claim, soon
from shotmill.quota.whose_turn import turn
from shotmill.settings.keys import Key

SPEND = "ten-minute spend window full"
NOT_AT_ONCE = "not all at once"
OVERLOADED = "the model is overloaded"
MOST_IN_FLIGHT = 400
"""Requests in flight over all quota projects: about 6 MB each while an answer is read (facts: measurements, 4)."""


@dataclass(slots=True)
class Choice:
    """Of the quota projects with a free slot, one that fewer others can use goes first, so that nobody waits for what
    a claim burnt beside an idle quota; then the emptier one. Its keys take turns."""

    levels: Levels
    _turn: int = 0

    def choose(
        self, pool: KeyPool, model: str, now: float, claim: Claim, usd: float
    ) -> tuple[str, Key, Account] | Wait:
        """`usd` is what an image costs."""
        held = self._held_for_all(model, now)
        if held is not None:
            return held
        waits: list[Wait] = []
        usable: list[tuple[tuple[float, float], Account, list[tuple[str, Key]]]] = []
        for name, members in pool.groups:
            account = self.levels.accounts[name, model]
            free = self._usable(account, members, now, claim, usd, waits)
            if free:
                usable.append(((account.turns.shared(claim), account.minute(now) / account.rpm), account, free))
        foresight = Foresight(lambda other: self.levels.known(other.pool, model), now)
        for _, account, free in sorted(usable, key=_order):
            held = self._turn_in(account, free[0][1], claim, foresight, usd)
            if held is None:
                return self._caps(model, now, claim) or (*self._next_key(free), account)
            waits.append(held)
        return first_of(waits)

    def _usable(
        self,
        account: Account,
        members: Sequence[tuple[str, Key]],
        now: float,
        claim: Claim,
        usd: float,
        waits: list[Wait],
    ) -> list[tuple[str, Key]]:
        """The keys of one quota project that may send now; what holds the others is added to `waits`."""
        of_account = account.wait(now)
        if of_account is not None and account.resting is not None:
            of_account = of_account.because(account.resting)
        found, barred = [], True
        for fingerprint, key in members:
            holds = self._holds(fingerprint, key, now, usd)
            barred = barred and bool(holds)
            if of_account is not None:
                holds.append(of_account)
            if holds:
                held = last_of(holds)
                waits += [held] if held is not None else []
            else:
                found.append((fingerprint, key))
        account.turns.bar(claim, barred, now)
        return found

    def _turn_in(self, account: Account, key: Key, claim: Claim, foresight: Foresight, usd: float) -> Wait | None:
        """What others that share the billing account or the quota project leave this claim."""
        window, now = self.levels.spend_window(key.billing_account), foresight.now
        room = window.room(usd, now)
        if room == 0 and window.limit is None:
            return Wait(Binding.MINUTE, window.free_at(usd, now), NOT_AT_ONCE)
        if room == 0:
            return _spent(window, usd, now)
        if room is not None and not window.crowd.may_take(claim, room, now):
            return Wait(Binding.SPEND, soon(now), f"{SPEND}, shared", gives_way=True)
        return turn(account, claim, foresight)

    def _holds(self, fingerprint: str, key: Key, now: float, usd: float) -> list[Wait]:
        """What holds this key back, apart from its quota project."""
        holds: list[Wait] = []
        state = self.levels.key_state(fingerprint)
        resting = state.resting
        if resting is not None and not resting.over(now):
            binding = Binding.PERSON if resting.until is None else Binding.COOLING
            holds.append(Wait(binding, resting.until, resting.short).because(resting.of_key(key.name)))
        spend = self.levels.billing.get(key.billing_account) if self.levels.billing else None
        if spend is not None and not spend.over(now):
            binding = Binding.PERSON if spend.until is None else Binding.SPEND
            holds.append(Wait(binding, spend.until, spend.short).because(spend))
            window = self.levels.spend_window(key.billing_account)
            if spend.code == "spend_rate" and window.limit is not None and window.room(usd, now) == 0:
                holds.append(_spent(window, usd, now))  # the window is full for longer than the refusal rests
        if state.probing and state.in_flight:
            holds.append(Wait(Binding.IN_FLIGHT, None, "one request first"))
        return holds

    def _held_for_all(self, model: str, now: float) -> Wait | None:
        holds: list[Wait] = []
        line = self.levels.network
        network = line.free_at(now)
        if network is None or network > now:
            holds.append(Wait(Binding.NETWORK, network, line.reason, cure=line.cure))
        capacity = self.levels.model(model).free_at(now)
        if capacity is not None and capacity > now:
            holds.append(Wait(Binding.OVERLOAD, capacity, OVERLOADED))
        return last_of(holds)

    def _caps(self, model: str, now: float, claim: Claim) -> Wait | None:
        """What is out at once, of this model and in all, has room for this claim; asked where all else has."""
        capacity = self.levels.model(model)
        if capacity.limit is not None and not capacity.crowd.may_take(claim, capacity.limit - capacity.in_flight, now):
            shared = capacity.in_flight < capacity.limit
            return Wait(Binding.OVERLOAD, soon(now) if shared else None, OVERLOADED, on_answer=True, gives_way=shared)
        out = sum(each.in_flight for each in self.levels.models.values())
        if out * 2 >= MOST_IN_FLIGHT - 1 and not self.levels.crowd.may_take(claim, MOST_IN_FLIGHT - out, now):
            shared = out < MOST_IN_FLIGHT
            until = soon(now) if shared else None
            return Wait(Binding.IN_FLIGHT, until, f"{MOST_IN_FLIGHT} in flight", on_answer=True, gives_way=shared)
        return None

    def _next_key(self, usable: Sequence[tuple[str, Key]]) -> tuple[str, Key]:
        """The keys of one quota project share its quota; they take turns so that each is seen to work."""
        if len(usable) == 1:
            return usable[0]
        self._turn += 1
        ranked = enumerate(usable)
        return min(
            ranked, key=lambda one: (self.levels.key_state(one[1][0]).in_flight, (one[0] + self._turn) % len(usable))
        )[1]


def _spent(window: SpendWindow, usd: float, now: float) -> Wait:
    return Wait(Binding.SPEND, window.free_at(usd, now), SPEND, "spend_rate")


def _order(one: tuple[tuple[float, float], Account, list[tuple[str, Key]]]) -> tuple[float, float]:
    return one[0]
