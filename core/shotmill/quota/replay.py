"""What the record has of earlier requests, counted for an account: after a restart, and for keys that are new to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shotmill.quota.account import Account
from shotmill.quota.day_count import DayCount
from shotmill.quota.window import MINUTE

REPLAY_SLACK = 35.0
"""A request is recorded before its connection is made, which may take the half minute that the client allows; then it
travels. So much later than the record says it may have arrived. Only a restart tells windows from the record: with
less, a minute could be full at the provider that we take for empty.
"""


def replay(account: Account, sent: Sequence[float], keys: Iterable[str], now: float) -> None:
    """Count what the record has of this quota project, or of keys (fingerprints) that are new to it."""
    account.changed()
    account.known_keys.update(keys)
    for at in sent:
        if at + MINUTE + REPLAY_SLACK + account.guard.seconds > now:
            account.window.record(min(at + REPLAY_SLACK, now))
            account.tokens.sent(object(), min(at + REPLAY_SLACK, now))
    account.day.replay(_by_then(sent, now), now)


def may_leave(account: Account, leased: int, now: float) -> None:
    """So many requests of keys that came here are leased elsewhere: each leaves within `REPLAY_SLACK`, if ever."""
    account.changed()
    for _ in range(leased):
        account.window.record(now + REPLAY_SLACK)
        account.tokens.sent(object(), now)
    account.day.replay([now] * leased, now)


def recount_day(account: Account, sent: Sequence[float], now: float) -> None:
    """The day began at another moment than was thought; `sent` is what the record has of a day or more."""
    account.changed()
    account.day = DayCount(account.day.midnights)
    account.day.replay(_by_then(sent, now), now)


def _by_then(sent: Sequence[float], now: float) -> list[float]:
    """When each of them had arrived at the latest."""
    return [min(at + REPLAY_SLACK, now) for at in sent]
