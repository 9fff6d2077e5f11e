"""Who may send when: every quota of every key of this user, in one place.

The daemon shares one `QuotaBook` among all its projects, since projects share keys and keys share quota projects. A run
asks it for a `Lease`, tells it when the request left and what came of it. The book does no I/O of its own: what
earlier daemons sent comes from a `History`. One endpoint has one book: the emulator's quotas are not Google's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shotmill.gemini.outcome import Fate, Outcome, Scope
from shotmill.quota.account import Account, AccountLimits, Resting, rest_until
from shotmill.quota.lease import Binding, Lease, Wait
from shotmill.quota.overload import Capacity, Network
from shotmill.settings.keys import Key

MOST_IN_FLIGHT = 400
"""Requests in flight over all quota projects: about 6 MB each while an answer is read (facts: measurements, 4)."""


class History(Protocol):
    """What earlier daemons sent."""

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        """Moments of requests since then, oldest first, by these keys or in this quota project."""
        ...


@dataclass(slots=True)
class KeyState:
    """What is known of a key itself, apart from its quota."""

    resting: Resting | None = None
    draws: bool = False
    in_flight: int = 0
    probing: bool = False  # it was found bad and a person asked to try again: one request first


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
    _turn: int = 0

    def lease(
        self, pool: Sequence[Key], model: str, now: float, wanted_by: Mapping[str, int] | None = None
    ) -> Lease | Wait:
        """The right to send one request with one of the pool's keys, or the shortest wait for it.

        `wanted_by` counts, for each quota project, the other styles that could use it: a slot that only this style
        can use goes first, so that no style starves beside an idle quota.
        """
        held = self._held_for_all(model, now)
        if held is not None:
            return held
        waits: list[Wait] = []
        free: list[tuple[float, Account]] = []
        for account in self._accounts(pool, model, now):
            wait = self._wait(account, pool, now)
            if wait is not None:
                waits.append(wait)
            else:
                shared = wanted_by.get(account.quota_project, 0) if wanted_by else 0
                free.append((shared + account.minute(now) / max(1, account.rpm), account))
        if not free:
            return _shortest(waits)
        account = min(free, key=lambda pair: pair[0])[1]
        key = self._next_key(account, pool, now)
        account.lease()
        self.key(key).in_flight += 1
        self.model(model).in_flight += 1
        self.network.leased()
        return Lease(key, model, now)

    def sent(self, lease: Lease, now: float) -> None:
        """The request has left: its slot counts from now."""
        self._account_of(lease, now).sent(now)

    def give_back(self, lease: Lease, now: float) -> None:
        """The request will not be sent after all."""
        self._account_of(lease, now).give_back()
        self._answered(lease)
        self.network.given_back()

    def settle(self, lease: Lease, sent_at: float, outcome: Outcome, now: float) -> tuple[Resting | None, str]:
        """Take in what the answer says of keys and quotas; returns the rest it caused and a note for the log."""
        account = self._account_of(lease, now)
        account.answered()
        self._answered(lease)
        if outcome.fate is Fate.NOT_SENT:
            account.refund(sent_at, now)
            self.network.unreachable(outcome.message or outcome.code, now)
            return None, ""
        if outcome.fate is not Fate.IN_DOUBT:
            self.network.reached()
        if outcome.fate is Fate.IMAGE:
            state = self.key(lease.key)
            state.draws, state.probing, state.resting = True, False, None
            self.model(lease.model).drew(now)
        return self._rest(lease, account, sent_at, outcome, now)

    def key(self, key: Key) -> KeyState:
        return self.keys.setdefault(key.secret.fingerprint, KeyState())

    def model(self, model: str) -> Capacity:
        return self.models.setdefault(model, Capacity(self.jitter))

    def account(self, quota_project: str, model: str, keys: Iterable[Key], now: float) -> Account:
        """The account of a quota project; made at first sight, with what earlier daemons sent replayed into it."""
        found = self.accounts.get((quota_project, model))
        if found is None:
            found = Account(quota_project, model, self.limits(quota_project))
            fingerprints = sorted({key.secret.fingerprint for key in keys if key.quota_project == quota_project})
            found.replay(self.history.sent(quota_project, fingerprints, model, now - 90_000), now)
            found.resting = self._rested.pop((quota_project, model), None)
            self.accounts[quota_project, model] = found
        return found

    def reload_limits(self) -> None:
        """The settings changed: limits are asked for again; counts and what the provider named stay."""
        for (quota_project, _), account in self.accounts.items():
            account.limits = self.limits(quota_project)

    def mended(self, pool: Sequence[Key]) -> None:
        """A person says: try again. Everything of this pool that waited for a person is tried with one request."""
        for key in pool:
            state = self.key(key)
            if state.resting is not None and state.resting.until is None:
                state.resting, state.probing = None, True
            resting = self.billing.get(key.billing_account)
            if resting is not None and resting.until is None:
                del self.billing[key.billing_account]
                state.probing = True
            for (quota_project, _), account in self.accounts.items():
                if quota_project == key.quota_project and account.resting and account.resting.until is None:
                    account.resting, state.probing = None, True

    def remember(self, scope: str, name: str, model: str, resting: Resting) -> None:
        """A rest that an earlier daemon saw: `scope` is key (by fingerprint), billing_account or quota_project."""
        if scope == Scope.KEY:
            self.keys.setdefault(name, KeyState()).resting = resting
        elif scope == Scope.BILLING_ACCOUNT:
            self.billing[name] = resting
        else:
            self._rested[name, model] = resting

    def resting(self, key: Key, model: str, now: float) -> Resting | None:
        """Why this key may not send, whichever level it rests on."""
        account = self.accounts.get((key.quota_project, model))
        of_account = account.resting if account is not None else None
        for resting in (self.key(key).resting, self.billing.get(key.billing_account), of_account):
            if resting is not None and not resting.over(now):
                return resting
        return None

    def _held_for_all(self, model: str, now: float) -> Wait | None:
        network = self.network.free_at(now)
        if network is None or network > now:
            return Wait(Binding.NETWORK, network, self.network.reason)
        capacity = self.model(model).free_at(now)
        if capacity is None or capacity > now:
            return Wait(Binding.OVERLOAD, capacity, "the model is overloaded")
        if sum(capacity.in_flight for capacity in self.models.values()) >= MOST_IN_FLIGHT:
            return Wait(Binding.IN_FLIGHT, None, f"{MOST_IN_FLIGHT} in flight")
        return None

    def _accounts(self, pool: Sequence[Key], model: str, now: float) -> list[Account]:
        names = dict.fromkeys(key.quota_project for key in pool)
        return [self.accounts.get((name, model)) or self.account(name, model, pool, now) for name in names]

    def _wait(self, account: Account, pool: Sequence[Key], now: float) -> Wait | None:
        usable = [key for key in pool if key.quota_project == account.quota_project]
        waits = [wait for key in usable if (wait := self._key_wait(key, now)) is not None]
        if len(waits) == len(usable):
            return _shortest(waits)
        return account.wait(now)

    def _key_wait(self, key: Key, now: float) -> Wait | None:
        state = self.key(key)
        if state.resting is not None and not state.resting.over(now):
            binding = Binding.PERSON if state.resting.until is None else Binding.COOLING
            return Wait(binding, state.resting.until, state.resting.reason)
        spend = self.billing.get(key.billing_account)
        if spend is not None and not spend.over(now):
            return Wait(Binding.PERSON if spend.until is None else Binding.SPEND, spend.until, spend.reason)
        if state.probing and state.in_flight:
            return Wait(Binding.IN_FLIGHT, None, "one request first")
        return None

    def _next_key(self, account: Account, pool: Sequence[Key], now: float) -> Key:
        """The keys of one quota project share its quota; they take turns so that each is seen to work."""
        usable = [
            key for key in pool if key.quota_project == account.quota_project and self._key_wait(key, now) is None
        ]
        self._turn += 1
        return min(usable, key=lambda key: (self.key(key).in_flight, (usable.index(key) + self._turn) % len(usable)))

    def _account_of(self, lease: Lease, now: float) -> Account:
        return self.account(lease.key.quota_project, lease.model, [lease.key], now)

    def _answered(self, lease: Lease) -> None:
        self.key(lease.key).in_flight -= 1
        self.model(lease.model).in_flight -= 1

    def _rest(
        self, lease: Lease, account: Account, sent_at: float, outcome: Outcome, now: float
    ) -> tuple[Resting | None, str]:
        note = ""
        for limit in outcome.limits:
            if account.correct(limit):
                note = f"{account.quota_project}: the provider's limit is {limit.value}, used from now on"
        if outcome.scope is Scope.MODEL:
            until = self.model(lease.model).overloaded(sent_at, now)
            return Resting(outcome.code, outcome.message, until), note
        if outcome.rest is None:
            return None, note
        resting = Resting(
            outcome.code, outcome.message, rest_until(outcome.rest.until, outcome.rest.seconds, now), outcome.cure
        )
        if outcome.scope is Scope.KEY:
            self.key(lease.key).resting = resting
        elif outcome.scope is Scope.BILLING_ACCOUNT:
            self.billing[lease.key.billing_account] = resting
        elif outcome.scope is Scope.QUOTA_PROJECT:
            account.rest(resting)
            if outcome.code == "minute_quota" and account.refused_for_the_minute(now):
                note = note or f"{account.quota_project}: refused though our own count had room"
        return resting, note


def _shortest(waits: Sequence[Wait]) -> Wait:
    """The wait that ends first; one that an answer will end counts as sooner than any clock's."""
    if not waits:
        return Wait(Binding.PERSON, None, "no usable key")
    timed = [wait for wait in waits if wait.until is not None]
    if any(wait.until is None and wait.binding is not Binding.PERSON for wait in waits):
        soon = next(wait for wait in waits if wait.until is None and wait.binding is not Binding.PERSON)
        return Wait(soon.binding, min((wait.until for wait in timed if wait.until), default=None), soon.reason)
    return min(timed, key=lambda wait: wait.until or 0.0) if timed else waits[0]
