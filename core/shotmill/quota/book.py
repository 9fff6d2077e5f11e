"""Who may send when: every quota of every key of this user, in one place.

The daemon shares one `QuotaBook` among all its projects, since projects share keys and keys share quota projects. A run
asks it for a `Lease`, tells it when the request left and what came of it. The book does no I/O of its own: what
earlier daemons sent comes from a `History`. One endpoint has one book: the emulator's quotas are not Google's.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shotmill.gemini.outcome import Fate, Outcome, Scope
from shotmill.quota.account import Account, AccountLimits
from shotmill.quota.consequences import Consequences
from shotmill.quota.key_state import KeyState
from shotmill.quota.lease import Binding, Lease, Wait, first_of, last_of
from shotmill.quota.network import Network
from shotmill.quota.overload import Capacity
from shotmill.quota.pool import KeyPool
from shotmill.quota.resting import Resting
from shotmill.quota.turns import Claim
from shotmill.settings.keys import Key

MOST_IN_FLIGHT = 400
"""Requests in flight over all quota projects: about 6 MB each while an answer is read (facts: measurements, 4)."""
REMEMBER_S = 90_000.0
"""A day of the provider's has 25 hours at most."""


class History(Protocol):
    """What earlier daemons sent."""

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        """Moments of requests since then, oldest first, by these keys or in this quota project."""
        ...


@dataclass(frozen=True, slots=True)
class Slots:
    """The minute's slots of a pool."""

    a_minute: int
    free: int
    more_at: float | None


_PASSING = (Binding.MINUTE, Binding.IN_FLIGHT)


@dataclass(slots=True)
class QuotaBook:
    """All accounts, keys, billing accounts and models. Every method takes the moment, none waits."""

    history: History
    limits: Callable[[str], AccountLimits]
    jitter: random.Random = field(default_factory=random.Random)
    network: Network = field(default_factory=Network)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    keys: dict[str, KeyState] = field(default_factory=dict)
    billing: dict[str, Resting] = field(default_factory=dict)
    models: dict[str, Capacity] = field(default_factory=dict)
    _rested: dict[tuple[str, str], Resting] = field(default_factory=dict)
    _consequences: Consequences = field(default_factory=Consequences)
    _listeners: list[Callable[[], None]] = field(default_factory=list)
    _turn: int = 0

    def lease(self, pool: KeyPool, model: str, now: float, claim: Claim) -> Lease | Wait:
        """The right to send one request with one of the pool's keys, or the shortest wait for it.

        Of the quota projects with a free slot, one that fewer others can use goes first, so that nobody waits for
        what this claim burnt beside an idle quota; then the emptier one.
        """
        if claim.joined is not pool:
            self._join(pool, model, now, claim)
        found = self._choose(pool, model, now, claim)
        claim.back_at = found.until if isinstance(found, Wait) else now
        if isinstance(found, Wait):
            return found
        fingerprint, key, account = found
        lease = Lease(key, model, now)
        account.lease(lease, claim)
        self._key(fingerprint).in_flight += 1
        self.model(model).in_flight += 1
        self.network.leased(lease)
        return lease

    def a_minute(self, pool: KeyPool, model: str) -> int:
        """What the quota projects of a pool that was asked for before give in a minute."""
        return sum(account.rpm for account in self._known(pool, model))

    def slots(self, pool: KeyPool, model: str, now: float) -> Slots:
        """What the pool's quota projects have to give in a minute, how much of it is free, and when more will be."""
        accounts = self._known(pool, model)
        usable = [account for account in accounts if (held := account.wait(now)) is None or held.binding in _PASSING]
        free = sum(account.free(now) for account in usable)
        moments = [at for account in usable if (at := account.freed_at(now)) is not None]
        return Slots(sum(account.rpm for account in usable), free, min(moments, default=None))

    def sent(self, lease: Lease, now: float) -> None:
        """The request has left: its slot counts from now."""
        self._account_of(lease, now).sent(lease, now)

    def give_back(self, lease: Lease, now: float) -> None:
        """The request will not be sent after all."""
        self._account_of(lease, now).give_back(lease)
        self._landed(lease)
        self.network.given_back(lease)
        self._tell()

    def settle(self, lease: Lease, sent_at: float, outcome: Outcome, now: float) -> tuple[Resting | None, str]:
        """Take in what the answer says of keys and quotas; returns the rest it caused and a note for the log.

        Raises KeyError for a lease that was settled or given back before.
        """
        account = self._account_of(lease, now)
        if outcome.fate is Fate.NOT_SENT:
            account.not_sent(lease, sent_at, now)
            held = 0
        else:
            held = account.answered(lease)
        self._landed(lease)
        self._consequences.for_network(self.network, lease, outcome, now)
        if outcome.fate is Fate.IMAGE:
            state = self.key(lease.key)
            state.draws, state.probing = True, False
            self.model(lease.model).drew(now)
            account.accepted(held)
        resting, note = self._take_in(lease, account, held, sent_at, outcome, now)
        self._tell()
        return resting, note

    def key(self, key: Key) -> KeyState:
        return self._key(key.fingerprint)

    def model(self, model: str) -> Capacity:
        found = self.models.get(model)
        if found is None:
            found = self.models[model] = Capacity(self.jitter)
        return found

    def account(self, quota_project: str, model: str, keys: Iterable[Key], now: float) -> Account:
        """The account of a quota project; made at first sight, with what earlier daemons sent replayed into it.

        A key that moved here brings what it sent elsewhere: whoever moved it may have corrected a wrong setting.
        """
        fingerprints = {key.fingerprint for key in keys if key.quota_project == quota_project}
        found = self.accounts.get((quota_project, model))
        if found is None:
            found = Account(quota_project, model, self.limits(quota_project))
            sent = self.history.sent(quota_project, sorted(fingerprints), model, now - REMEMBER_S)
            found.replay(sent, fingerprints, now)
            if (rested := self._rested.pop((quota_project, model), None)) is not None:
                found.rest(rested, now)
            self.accounts[quota_project, model] = found
        elif new := sorted(fingerprints - found.known_keys):
            found.replay(self._elsewhere(quota_project, new, model, now), new, now)
        return found

    def _elsewhere(self, quota_project: str, fingerprints: Sequence[str], model: str, now: float) -> list[float]:
        """What these keys sent in other quota projects: what was sent in this one is counted already."""
        since = now - REMEMBER_S
        all_sent = Counter(self.history.sent(quota_project, fingerprints, model, since))
        return sorted((all_sent - Counter(self.history.sent(quota_project, (), model, since))).elements())

    def reload_limits(self) -> None:
        """The settings changed: limits are asked for again; counts and what the provider named stay."""
        for (quota_project, _), account in self.accounts.items():
            account.use(self.limits(quota_project))
        self._tell()

    def mended(self, pool: Sequence[Key]) -> None:
        """A person says: try again. Everything of this pool that waited for a person is tried with one request."""
        for key in pool:
            state = self.key(key)
            if _for_a_person(state.resting):
                state.resting, state.probing = None, True
            if _for_a_person(self.billing.get(key.billing_account)):
                del self.billing[key.billing_account]
                state.probing = True
        projects = {key.quota_project for key in pool}
        for (quota_project, _), account in self.accounts.items():
            if quota_project in projects and _for_a_person(account.resting):
                account.mended()
                self._probe(quota_project, pool)
        for place, resting in list(self._rested.items()):
            if place[0] in projects and _for_a_person(resting):
                del self._rested[place]
                self._probe(place[0], pool)
        self._tell()

    def remember(self, scope: str, name: str, model: str, resting: Resting) -> None:
        """A rest that an earlier daemon saw: `scope` is key (by fingerprint), billing_account or quota_project."""
        if scope == Scope.KEY:
            self._key(name).resting = resting
        elif scope == Scope.BILLING_ACCOUNT:
            self.billing[name] = resting
        else:
            self._rested[name, model] = resting

    def resting(self, key: Key, model: str, now: float) -> Resting | None:
        """Why this key may not send: of the levels that rest, the one that rests longest."""
        account = self.accounts.get((key.quota_project, model))
        of_account = account.resting if account is not None else self._rested.get((key.quota_project, model))
        levels = (self.key(key).resting, self.billing.get(key.billing_account), of_account)
        found = [resting for resting in levels if resting is not None and not resting.over(now)]
        return max(found, key=lambda rest: float("inf") if rest.until is None else rest.until, default=None)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever an answer may have made room for others; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def behaving_like_one(self) -> list[tuple[str, ...]]:
        """Quota projects whose requests seem to count as one: refused for the minute though each had room alone."""
        return self._consequences.together()

    def _known(self, pool: KeyPool, model: str) -> list[Account]:
        found = (self.accounts.get((name, model)) for name, _ in pool.groups)
        return [account for account in found if account is not None]

    def _join(self, pool: KeyPool, model: str, now: float, claim: Claim) -> None:
        if pool.seen != (id(self), model):
            for name, members in pool.groups:
                self.account(name, model, [key for _, key in members], now)
            pool.seen = (id(self), model)
        for name, _ in pool.groups:
            self.accounts[name, model].turns.join(claim, now)
        claim.joined = pool

    def _choose(self, pool: KeyPool, model: str, now: float, claim: Claim) -> tuple[str, Key, Account] | Wait:
        held = self._held_for_all(model, now)
        if held is not None:
            return held
        waits: list[Wait] = []
        best: tuple[tuple[float, float], str, Account] | None = None
        usable: dict[str, list[tuple[str, Key]]] = {}
        for name, members in pool.groups:
            account = self.accounts[name, model]
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
        state = self._key(fingerprint)
        resting = state.resting
        if resting is not None and not resting.over(now):
            binding = Binding.PERSON if resting.until is None else Binding.COOLING
            holds.append(Wait(binding, resting.until, resting.short))
        spend = self.billing.get(key.billing_account) if self.billing else None
        if spend is not None and not spend.over(now):
            holds.append(Wait(Binding.PERSON if spend.until is None else Binding.SPEND, spend.until, spend.short))
        if state.probing and state.in_flight:
            holds.append(Wait(Binding.IN_FLIGHT, None, "one request first"))
        return holds

    def _held_for_all(self, model: str, now: float) -> Wait | None:
        holds: list[Wait] = []
        network = self.network.free_at(now)
        if network is None or network > now:
            holds.append(Wait(Binding.NETWORK, network, self.network.reason))
        capacity = self.model(model).free_at(now)
        if capacity is None or capacity > now:
            holds.append(Wait(Binding.OVERLOAD, capacity, "the model is overloaded"))
        if sum(capacity.in_flight for capacity in self.models.values()) >= MOST_IN_FLIGHT:
            holds.append(Wait(Binding.IN_FLIGHT, None, f"{MOST_IN_FLIGHT} in flight"))
        return last_of(holds)

    def _next_key(self, usable: Sequence[tuple[str, Key]]) -> tuple[str, Key]:
        """The keys of one quota project share its quota; they take turns so that each is seen to work."""
        if len(usable) == 1:
            return usable[0]
        self._turn += 1
        ranked = enumerate(usable)
        return min(ranked, key=lambda one: (self._key(one[1][0]).in_flight, (one[0] + self._turn) % len(usable)))[1]

    def _take_in(
        self, lease: Lease, account: Account, held: int, sent_at: float, outcome: Outcome, now: float
    ) -> tuple[Resting | None, str]:
        note = self._consequences.limits(account, outcome)
        if outcome.scope is Scope.MODEL:
            resting = self._consequences.for_model(self.model(lease.model), outcome, sent_at, now)
        elif outcome.rest is None:
            resting = None
        elif outcome.scope is Scope.KEY:
            resting = self.key(lease.key).rest(outcome, now)
        elif outcome.scope is Scope.BILLING_ACCOUNT:
            resting = self._consequences.for_billing(self.billing, lease.key.billing_account, outcome, now)
        elif outcome.scope is Scope.QUOTA_PROJECT:
            rivals = [other for other in self.accounts.values() if other.model == account.model]
            resting, more = self._consequences.for_account(account, rivals, held, sent_at, outcome, now)
            note = note or more
        else:
            resting = None
        return resting, note

    def _probe(self, quota_project: str, pool: Sequence[Key]) -> None:
        for key in pool:
            if key.quota_project == quota_project:
                self.key(key).probing = True

    def _key(self, fingerprint: str) -> KeyState:
        found = self.keys.get(fingerprint)
        if found is None:
            found = self.keys[fingerprint] = KeyState()
        return found

    def _account_of(self, lease: Lease, now: float) -> Account:
        found = self.accounts.get((lease.key.quota_project, lease.model))
        return found or self.account(lease.key.quota_project, lease.model, [lease.key], now)

    def _landed(self, lease: Lease) -> None:
        self.key(lease.key).in_flight -= 1
        self.model(lease.model).in_flight -= 1

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


def _for_a_person(resting: Resting | None) -> bool:
    return resting is not None and resting.until is None
