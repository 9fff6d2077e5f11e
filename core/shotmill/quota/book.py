"""Who may send when: every quota of every key of this user, in one place.

The daemon shares one `QuotaBook` among all its projects, since projects share keys and keys share quota projects. A run
asks it for a `Lease`, tells it when the request left and what came of it. The book does no I/O of its own: what
earlier daemons sent comes from a `History`. One endpoint has one book: the emulator's quotas are not Google's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shotmill.gemini.outcome import Fate, Outcome, Scope
from shotmill.quota.account import Account
from shotmill.quota.choice import Choice
from shotmill.quota.consequences import Consequences
from shotmill.quota.departures import Departure
from shotmill.quota.lease import Lease, Wait
from shotmill.quota.levels import Levels
from shotmill.quota.pool import KeyPool
from shotmill.quota.resting import Resting
from shotmill.quota.turns import Claim


@dataclass(frozen=True, slots=True)
class Slots:
    """The minute's slots of a pool; `searched`: the limit of a quota project is being found, and may be higher."""

    a_minute: int
    free: int
    more_at: float | None
    searched: bool = False


@dataclass(slots=True)
class QuotaBook(Levels):
    """Leases over all levels. Every method takes the moment, none waits."""

    _served: int = 0
    _consequences: Consequences = field(init=False)
    _choice: Choice = field(init=False)

    def __post_init__(self) -> None:
        self._consequences = Consequences(self.jitter, self.midnights)
        self._choice = Choice(self)

    def lease(self, pool: KeyPool, model: str, now: float, claim: Claim, usd: float = 0.0) -> Lease | Wait:
        """The right to send one request with one of the pool's keys, or the shortest wait for it.

        `usd` is what an image costs; a spend window is kept for requests that tell.
        """
        if claim.joined is not pool:
            self._join(pool, model, now, claim)
        found = self._choice.choose(pool, model, now, claim, usd)
        if isinstance(found, Wait):
            claim.back_at, claim.hungry, claim.gives_way = found.until, found.for_an_answer, found.gives_way
            return found
        fingerprint, key, account = found
        lease = Lease(key, model, now, claim)
        self._served += 1
        claim.leased(lease, self._served, now)
        account.lease(lease, claim)
        self.spend_window(key.billing_account).lease(lease, usd, now)
        self.key_state(fingerprint).in_flight += 1
        self.model(model).in_flight += 1
        self.network.leased(lease)
        return lease

    def leave(self, claim: Claim, pool: KeyPool) -> None:
        """The claim's keys are those of `pool` from now on: nobody waits for it where it has none."""
        projects, banks = {name for name, _ in pool.groups}, {key.billing_account for key in pool.keys}
        for (name, _), account in self.accounts.items():
            if name not in projects:
                account.turns.leave(claim)
        for name, window in self.spending.items():
            if name not in banks:
                window.crowd.leave(claim)
        claim.joined = None

    def meet(self, pool: KeyPool, model: str, now: float) -> None:
        """What the pool's quota projects have counts from now on, though none of its slots was asked for yet."""
        if pool.seen != (id(self), model):
            for name, members in pool.groups:
                self.account(name, model, [key for _, key in members], now)
            pool.seen = (id(self), model)

    def a_minute(self, pool: KeyPool, model: str) -> int:
        """What the quota projects of a pool that was met before give in a minute."""
        return sum(account.rpm for account in self.known(pool, model))

    def slots(self, pool: KeyPool, model: str, now: float) -> Slots:
        """What the pool's quota projects have to give in a minute, how much of it is free, and when more will be."""
        accounts = self.known(pool, model)
        usable = [account for account in accounts if account.goes_on(now)]
        free = sum(account.free(now) for account in usable)
        moments = [at for account in usable if (at := account.freed_at(now)) is not None]
        searched = any(account.in_use.is_searched(now) for account in usable)
        return Slots(sum(account.rpm for account in usable), free, min(moments, default=None), searched)

    def sent(self, lease: Lease, now: float) -> None:
        """The request has left: its slot counts from now."""
        account = self._account_of(lease, now)
        account.sent(lease, now)
        self._consequences.together.left(lease, account, self.accounts, now)

    def give_back(self, lease: Lease, now: float) -> None:
        """The request will not be sent after all."""
        self._account_of(lease, now).answered(lease)
        self.spend_window(lease.key.billing_account).withdraw(lease)
        self._landed(lease)
        lease.claim.drew_nothing(lease)
        self.network.given_back(lease)
        self.tell()

    def settle(
        self, lease: Lease, sent_at: float, outcome: Outcome, now: float, cost_usd: float = 0.0
    ) -> tuple[Resting | None, str]:
        """Take in what the answer says of keys and quotas, and what it cost (0: nothing, or what was reserved for an
        image); returns the rest it caused and a note for the log.

        Raises KeyError for a lease that was settled or given back before.
        """
        account = self._account_of(lease, now)
        if outcome.fate is Fate.NOT_SENT:
            account.not_sent(lease, sent_at, now)
            left = None
        else:
            left = account.answered(lease)
        self._landed(lease)
        if outcome.fate is Fate.IMAGE:
            lease.claim.drew(lease, now)
        else:
            lease.claim.drew_nothing(lease)
        self._consequences.together.answered(lease, drew=outcome.fate is Fate.IMAGE)
        if outcome.prompt_tokens:
            account.tokens.told(lease, outcome.prompt_tokens)
        window = self.spend_window(lease.key.billing_account)
        self._consequences.for_spending(window, lease, sent_at, outcome, cost_usd, now)
        self._consequences.for_network(self.network, lease, outcome, now)
        if outcome.fate is Fate.IMAGE:
            self.key(lease.key).drew()
            self.model(lease.model).drew(sent_at, now)
            account.accepted(lease, left, now)
        resting, note = self._take_in(lease, account, left, sent_at, outcome, now)
        self.tell()
        return resting, note

    def behaving_like_one(self) -> list[tuple[str, ...]]:
        """Quota projects whose requests seem to count as one: refused for the minute though each had room alone. One
        whose keys were moved into another by then needs no word any more."""
        kept = {key.quota_project for key in self.ring()}
        groups = self._consequences.together.groups()
        left = [tuple(name for name in group if name in kept) for group in groups] if kept else groups
        return [group for group in left if len(group) > 1]

    def explained_by_others(self) -> set[str]:
        """Quota projects whose refusals another one explains, also where the keys were moved into one since."""
        return {name for group in self._consequences.together.groups() for name in group}

    def _join(self, pool: KeyPool, model: str, now: float, claim: Claim) -> None:
        self.meet(pool, model, now)
        for name, _ in pool.groups:
            self.accounts[name, model].turns.join(claim, now)
        for name in {key.billing_account for key in pool.keys}:
            self.spend_window(name).crowd.join(claim)
        self.model(model).crowd.join(claim)
        self.crowd.join(claim)
        claim.joined = claim.pool = pool

    def _take_in(
        self, lease: Lease, account: Account, left: Departure | None, sent_at: float, outcome: Outcome, now: float
    ) -> tuple[Resting | None, str]:
        note = self._consequences.limits(account, outcome, now)
        if outcome.scope is Scope.MODEL:
            resting = self._consequences.for_model(self.model(lease.model), outcome, sent_at, now)
        elif outcome.rest is None:
            resting = None
        elif outcome.scope is Scope.KEY:
            resting = self.key(lease.key).rest(outcome, sent_at, now, self.midnights)
        elif outcome.scope is Scope.BILLING_ACCOUNT:
            resting = self._consequences.for_billing(self.billing, lease.key.billing_account, outcome, sent_at, now)
        elif outcome.scope is Scope.QUOTA_PROJECT:
            rivals = [other for other in self.accounts.values() if other.model == account.model]
            resting, more = self._consequences.for_account(account, rivals, left, sent_at, outcome, now)
            note = note or more
            for (name, _), other in self.accounts.items() if resting.of_every_model else ():
                if name == account.quota_project:
                    other.rest(resting, now)
        else:
            resting = None
        return resting, note

    def _account_of(self, lease: Lease, now: float) -> Account:
        found = self.accounts.get((lease.key.quota_project, lease.model))
        return found or self.account(lease.key.quota_project, lease.model, [lease.key], now)

    def _landed(self, lease: Lease) -> None:
        self.key(lease.key).in_flight -= 1
        self.model(lease.model).in_flight -= 1
