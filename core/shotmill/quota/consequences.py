"""What an answer changes on each level: network, model, billing account, quota project."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from shotmill.gemini.outcome import Fate, Outcome, Scope, Window
from shotmill.quota.account import Account
from shotmill.quota.departures import Departure
from shotmill.quota.lease import Lease
from shotmill.quota.limits_in_use import BY_THE_MINUTE
from shotmill.quota.midnights import Midnights
from shotmill.quota.network import Network
from shotmill.quota.overload import Capacity
from shotmill.quota.resting import EARLY_REST_S, Resting, longer, rest_until
from shotmill.quota.spend_window import SpendWindow
from shotmill.quota.together import Together
from shotmill.quota.window import MINUTE

LOST = frozenset({"timed_out", "connection_lost", "answer_cut", "answer_too_large"})
"""Codes of requests that left and got no whole answer, by the line's or the provider's doing and not by ours."""
MINUTE_JITTER_S = 2.0
"""The provider's delay after a full minute gets so much at most on top, so that not all come back in one moment."""


@dataclass(slots=True)
class Consequences:
    """Applies an answer to the levels; what needs several answers to be told is in `together`."""

    jitter: random.Random
    midnights: Midnights
    together: Together = field(default_factory=Together)

    def for_network(self, network: Network, lease: Lease, outcome: Outcome, now: float) -> None:
        said = outcome.message or outcome.code
        if outcome.scope is Scope.NETWORK:
            network.unreachable(lease, said, now, outcome.cure)
        elif outcome.fate is Fate.IN_DOUBT and outcome.code in LOST:
            network.lost(lease, said, now, outcome.cure)
        elif outcome.fate in (Fate.NOT_SENT, Fate.IN_DOUBT):
            network.given_back(lease)  # our own doing: it tells nothing of the line
        else:
            network.reached()

    def for_spending(
        self, window: SpendWindow, lease: Lease, sent_at: float, outcome: Outcome, cost_usd: float, now: float
    ) -> None:
        """What is perhaps paid counts as paid."""
        if outcome.code == "spend_rate":
            window.refused(lease, sent_at, now)
            return
        if outcome.fate is Fate.IMAGE:
            window.accepted(lease, sent_at, now)
        if cost_usd or outcome.perhaps_paid or outcome.fate is Fate.IMAGE:
            window.paid(lease, cost_usd, sent_at, now)
        else:
            window.withdraw(lease)

    def for_model(self, model: Capacity, outcome: Outcome, sent_at: float, now: float) -> Resting | None:
        """An overload. An error that counts against its beat is the beat's as long as the model answers others."""
        if outcome.counts and model.last_image >= sent_at:
            return None
        wish = outcome.rest.seconds if outcome.rest is not None and outcome.rest.exact else 0.0
        return Resting(outcome.code, outcome.message, model.overloaded(sent_at, now, wish))

    def for_billing(
        self, billing: dict[str, Resting], name: str, outcome: Outcome, sent_at: float, now: float
    ) -> Resting | None:
        resting = self._resting(outcome, sent_at, now)
        billing[name] = longer(resting, billing.get(name), now)
        return resting

    def for_account(
        self,
        account: Account,
        all_of_model: Sequence[Account],
        left: Departure | None,
        sent_at: float,
        outcome: Outcome,
        now: float,
    ) -> tuple[Resting, str]:
        """The rest, and a note where our own count doesn't explain the refusal."""
        note = ""
        resting = self._resting(outcome, sent_at, now)
        if outcome.code == "throttled" and outcome.rest is not None:
            seconds = account.throttle.refused(outcome.rest.seconds, sent_at, now)
            resting = Resting(outcome.code, outcome.message, now + seconds, outcome.cure)
            account.refused_for_minute(left, now)
            if account.in_use.fixed is None and left is not None:
                account.in_use.search.refused_without_a_word(account.took(left), left.at, now)
        elif outcome.code == "day_quota" and account.day.refused_early(sent_at, account.rpd, now):
            resting = Resting(outcome.code, outcome.message, now + EARLY_REST_S, outcome.cure)
            note = f"{account.quota_project}: refused for the day just after midnight; trying again in 5 min"
        elif outcome.code == "minute_quota":
            account.refused_for_minute(left, now)
            pause = (resting.until or now) + self.jitter.uniform(0.0, MINUTE_JITTER_S)
            resting = Resting(outcome.code, outcome.message, pause, outcome.cure)
            if _for_tokens(outcome):
                account.refused_for_tokens(now)
            elif _others_use(account, left or Departure(sent_at, 0, 0, 0, account.rpm), outcome, now):
                note = f"{account.quota_project}: refused though our own count had room"
                self.together.refused(account, all_of_model, sent_at)
        account.rest(resting, now)
        return resting, note

    def limits(self, account: Account, outcome: Outcome, now: float) -> str:
        """Take over limits that a refusal names; returns what is to be told of it."""
        told = [
            f"{limit.value} {_WORDS[limit.window.value]}" for limit in outcome.limits if account.correct(limit, now)
        ]
        return (
            f"{account.quota_project}: the provider's limit is {' and '.join(told)}, used from now on" if told else ""
        )

    def _resting(self, outcome: Outcome, sent_at: float, now: float) -> Resting:
        rest = outcome.rest
        until = rest_until(rest.until, rest.seconds, sent_at, now, self.midnights) if rest is not None else now
        return Resting(outcome.code, outcome.message, until, outcome.cure)


_WORDS = {"rpm": "requests a minute", "rpd": "requests a day", "ipm": "images a minute", "tpm": "tokens a minute"}


def _for_tokens(outcome: Outcome) -> bool:
    """Whether the minute was full of tokens only: that says nothing of how many requests it takes."""
    return set(outcome.windows) == {Window.TOKENS_A_MINUTE}


def _others_use(account: Account, left: Departure, outcome: Outcome, now: float) -> bool:
    """The provider counted more requests than we did: whether others must use this quota, since neither a limit that
    was not known when it left nor jitter explains it. What was learned of limit and jitter is taken in."""
    account.changed()
    guard, search = account.guard, account.in_use.search
    to_be_found = account.in_use.fixed is None and not any(limit.window in BY_THE_MINUTE for limit in outcome.limits)
    guard.heard(now - left.at)
    took = account.took(left)
    if to_be_found and took > max(1, search.proven):
        search.refused(took, now)
        return False
    if left.held > account.rpm:
        return False
    if account.window.within(MINUTE + guard.jitter, left.at) > max(left.limit, account.rpm):
        guard.too_short(left.at, now)
        return False
    if to_be_found and took > 1:
        search.refused(took, now)
    account.refused_with_room += 1
    return True
