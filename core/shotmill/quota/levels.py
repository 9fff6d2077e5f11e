"""What is known of whatever may hold a request back: keys, quota projects, billing accounts, models, the network.

The provider counts and refuses on these levels, and each rests on its own. A level is made when it is first met.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shotmill.gemini.outcome import Scope
from shotmill.quota.account import Account
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.crowd import Crowd
from shotmill.quota.day_count import DayCount
from shotmill.quota.guard import Guard
from shotmill.quota.key_state import KeyState
from shotmill.quota.learned import ANY_MODEL, THE_CLOCK, Learned
from shotmill.quota.midnights import Midnights
from shotmill.quota.moves import Moves
from shotmill.quota.network import Network
from shotmill.quota.overload import Capacity
from shotmill.quota.pool import KeyPool
from shotmill.quota.probe import Probe
from shotmill.quota.replay import may_leave, recount_day, replay
from shotmill.quota.resting import Resting
from shotmill.quota.spend_window import COUNTED_S, SpendWindow
from shotmill.settings.keys import Key

_RAISED = ("spend_cap", "day_quota")
"""Rests that end by themselves, and sooner when a person raises the limit where it is kept."""
REMEMBER_S = 90_000.0
"""A day of the provider's has 25 hours at most."""


class History(Protocol):
    """What earlier daemons sent."""

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        """Moments of requests since then, oldest first, by these keys or in this quota project, with this model or
        with `ANY_MODEL`."""
        ...


@dataclass(slots=True)
class Levels:
    """Every level of one endpoint, by name; accounts by quota project and model. Every method takes the moment.

    `ring` tells all keys of the endpoint as the settings have them, also those that no pool has.
    """

    history: History
    limits: Callable[[str], AccountLimits]
    jitter: random.Random = field(default_factory=random.Random)
    ring: Callable[[], Iterable[Key]] = tuple
    network: Network = field(default_factory=Network)
    guard: Guard = field(default_factory=Guard)
    midnights: Midnights = field(default_factory=Midnights)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    keys: dict[str, KeyState] = field(default_factory=dict)
    billing: dict[str, Resting] = field(default_factory=dict)
    spending: dict[str, SpendWindow] = field(default_factory=dict)
    models: dict[str, Capacity] = field(default_factory=dict)
    crowd: Crowd = field(default_factory=Crowd)
    _rested: dict[tuple[str, str], Resting] = field(default_factory=dict)
    _learned: dict[tuple[str, str], Sequence[Learned]] = field(default_factory=dict)
    _banks: dict[str, str] = field(default_factory=dict)  # the billing account of each quota project
    _met: set[str] = field(default_factory=set)  # billing accounts whose window has what earlier daemons sent
    _moves: Moves = field(default_factory=Moves)
    _probes: dict[str, Probe] = field(default_factory=dict)  # by quota project, of what a person mended
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    def key(self, key: Key) -> KeyState:
        return self.key_state(key.fingerprint)

    def model(self, model: str) -> Capacity:
        found = self.models.get(model)
        if found is None:
            found = self.models[model] = Capacity(self.jitter)
        return found

    def spend_window(self, billing_account: str) -> SpendWindow:
        found = self.spending.get(billing_account)
        if found is None:
            found = self.spending[billing_account] = SpendWindow()
        return found

    def account(self, quota_project: str, model: str, keys: Iterable[Key], now: float) -> Account:
        """The account of a quota project; made at first sight, with what earlier daemons sent replayed into it.

        A key that moved here brings what it sent elsewhere, and what is leased with it there and may still leave.
        """
        of_project = {key.fingerprint: key for key in keys if key.quota_project == quota_project}
        for fingerprint, key in of_project.items():
            self._comes_to_bank(fingerprint, key, now)
        came = {of: self._moves.comes((model, of), quota_project, now) for of in of_project}
        new = {of: max(since, now - REMEMBER_S) for of, since in came.items() if since is not None}
        found = self.accounts.get((quota_project, model))
        if found is None:
            limits, day = self.limits(quota_project), DayCount(self.midnights)
            found = Account(quota_project, model, limits, self.guard, day=day, probe=self._probes.get(quota_project))
            found.remember(self._learned.pop((quota_project, model), ()), now)
            sent = self.history.sent(quota_project, sorted(of_project), model, now - REMEMBER_S)
            replay(found, sent, of_project, now)
            if (rested := self._rest_of(quota_project, model)) is not None:
                found.rest(rested, now)
            self._rested.pop((quota_project, model), None)
            self.accounts[quota_project, model] = found
        elif new:
            replay(found, self._elsewhere(quota_project, new, model, now), new, now)
        if new:
            elsewhere = [other for other in self.accounts.values() if other.model == model and other is not found]
            may_leave(found, _leased(elsewhere, new), now)
        return found

    def _elsewhere(self, quota_project: str, since: Mapping[str, float], model: str, now: float) -> list[float]:
        """What these keys sent in other quota projects since then: what was sent in this one is counted already."""
        found = Counter[float]()
        for fingerprint, at in since.items():
            found += Counter(self.history.sent(quota_project, [fingerprint], model, at))
            found -= Counter(self.history.sent(quota_project, (), model, at))
        return sorted(found.elements())

    def _comes_to_bank(self, fingerprint: str, key: Key, now: float) -> None:
        """The spend window of the key's billing account has in it what was spent with the key."""
        name = key.billing_account
        self._banks[key.quota_project] = name
        since = self._moves.comes(fingerprint, name, now)
        if since is None:
            return
        window = self.spend_window(name)
        if name not in self._met:
            self._met.add(name)
            window.remember(self._learned.pop((name, ANY_MODEL), ()), now)
            members = [key, *(other for other in self.ring() if other.billing_account == name)]
            window.replay(self._spent_before(members, now - COUNTED_S), now)
            for other in members:
                self._moves.comes(other.fingerprint, name, now)
        else:
            window.replay(self.history.sent("", [fingerprint], ANY_MODEL, max(since, now - COUNTED_S)), now)
        window.replay([now] * _leased(self.accounts.values(), {fingerprint}), now)

    def _spent_before(self, keys: Sequence[Key], since: float) -> list[float]:
        """Requests by these keys, and of others in their quota projects, with any model."""
        fingerprints = sorted({key.fingerprint for key in keys})
        by_keys = Counter(self.history.sent("", fingerprints, ANY_MODEL, since))
        found = Counter(by_keys)
        for quota_project in {key.quota_project for key in keys}:
            found += Counter(self.history.sent(quota_project, fingerprints, ANY_MODEL, since)) - by_keys
        return sorted(found.elements())

    def sent_elsewhere(self, quota_project: str, fingerprint: str, model: str, at: float, now: float) -> None:
        """Another daemon sent this, and it is only known now: it counts like what earlier daemons sent."""
        for (name, of), account in self.accounts.items():
            if of == model and (name == quota_project or fingerprint in account.known_keys):
                replay(account, [at], (), now)
                self.spend_window(self._banks.get(name, name)).replay([at], now)

    def heard_date(self, skew: float, took: float, now: float) -> None:
        """An answer of the provider's, `took` seconds after its request left, was there `skew` seconds after its date
        by our clock. Where that clock is wrong days are counted by the provider's from now on."""
        if not self.midnights.heard(skew, took):
            return
        for (quota_project, model), account in self.accounts.items():
            sent = self.history.sent(quota_project, sorted(account.known_keys), model, now - REMEMBER_S)
            recount_day(account, sent, now)
        self.tell()

    def reload_limits(self) -> None:
        """The settings changed: limits are asked for again; counts and what the provider named stay."""
        for (quota_project, _), account in self.accounts.items():
            account.use(self.limits(quota_project))
        self.tell()

    def mended(self, pool: Sequence[Key]) -> bool:
        """A person says: try again. Everything of this pool that waited for a person is tried with one request, and so
        is what a person may have raised: a spending cap, a day's quota. Says whether anything did."""
        tried = False
        for key in pool:
            state = self.key(key)
            if _for_a_person(state.resting):
                state.resting, state.probing, tried = None, True, True
        projects = {key.quota_project for key in pool}
        for (quota_project, _), account in self.accounts.items():
            if quota_project in projects and _for_a_person(account.resting):
                account.mended()
                self._probe({quota_project})
                tried = True
        for place, resting in list(self._rested.items()):
            if place[0] in projects and _for_a_person(resting):
                del self._rested[place]
                self._probe({place[0]})
                tried = True
        for bank in {key.billing_account for key in pool}:
            if _for_a_person(self.billing.get(bank)):
                del self.billing[bank]
                known = {name for name, of in self._banks.items() if of == bank}
                self._probe(known | {key.quota_project for key in pool if key.billing_account == bank})
                tried = True
        self.tell()
        return tried

    def remember(self, scope: str, name: str, model: str, resting: Resting) -> None:
        """A rest that an earlier daemon saw: `scope` is key (by fingerprint), billing_account or quota_project."""
        if scope == Scope.KEY:
            state = self.key_state(name)
            state.resting, state.verdict = resting, None if resting.until is not None else resting
        elif scope == Scope.BILLING_ACCOUNT:
            self.billing[name] = resting
        else:
            self._rested[name, model] = resting

    def remember_learned(self, quota_project: str, model: str, learned: Sequence[Learned]) -> None:
        """What an earlier daemon learned of a quota project with this model, or of a billing account with any."""
        if (quota_project, model) == THE_CLOCK:
            self.midnights.remember(learned)
        else:
            self._learned[quota_project, model] = learned

    def resting(self, key: Key, model: str, now: float) -> Resting | None:
        """Why this key may not send: of the levels that rest, the one that rests longest."""
        account = self.accounts.get((key.quota_project, model))
        of_account = account.resting if account is not None else self._rest_of(key.quota_project, model)
        levels = (self.key(key).resting, self.billing.get(key.billing_account), of_account)
        found = [resting for resting in levels if resting is not None and not resting.over(now)]
        longest = max(found, key=lambda rest: float("inf") if rest.until is None else rest.until, default=None)
        return longest.of_key(key.name) if longest is not None else None

    def trouble(self, key: Key, model: str, now: float) -> Resting | None:
        """The same, or what the provider said last against a key that is to be tried again."""
        verdict = self.key(key).verdict
        return self.resting(key, model, now) or (verdict.of_key(key.name) if verdict is not None else None)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever an answer may have made room for others; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def known(self, pool: KeyPool, model: str) -> list[Account]:
        found = (self.accounts.get((name, model)) for name, _ in pool.groups)
        return [account for account in found if account is not None]

    def tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    def _rest_of(self, quota_project: str, model: str) -> Resting | None:
        """What a quota project that was not asked for this model yet rests for: an earlier daemon saw it, or another
        model's answer was about the cloud project itself."""
        if (found := self._rested.get((quota_project, model))) is not None:
            return found
        others = [account.resting for (name, _), account in self.accounts.items() if name == quota_project]
        others += [resting for (name, _), resting in self._rested.items() if name == quota_project]
        return next((resting for resting in others if resting is not None and resting.of_every_model), None)

    def _probe(self, quota_projects: Iterable[str]) -> None:
        """One request for all of these together goes before the others."""
        probe = Probe()
        self._probes.update(dict.fromkeys(quota_projects, probe))
        for (name, _), account in self.accounts.items():
            if self._probes.get(name) is probe:
                account.be_probed(probe)

    def key_state(self, fingerprint: str) -> KeyState:
        found = self.keys.get(fingerprint)
        if found is None:
            found = self.keys[fingerprint] = KeyState()
        return found


def _for_a_person(resting: Resting | None) -> bool:
    """Whether it waits for a person, or for a day that a person may make come sooner."""
    return resting is not None and (resting.until is None or resting.code in _RAISED)


def _leased(accounts: Iterable[Account], fingerprints: Container[str]) -> int:
    """How many requests have a lease with these keys and have not left."""
    return sum(
        1
        for account in accounts
        for lease, left in account.out.out.items()
        if left is None and lease.key.fingerprint in fingerprints
    )
