"""What holds the next request of a quota project with a model back, its keys and its turns apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shotmill.gemini.outcome import Window
from shotmill.quota.lease import Binding, Wait, last_of

if TYPE_CHECKING:
    from shotmill.quota.account import Account


def what_holds(account: Account, now: float) -> Wait | None:
    """By what ends last; None when it may leave now. A rest that is over is forgotten."""
    holds = (_rests(account, now), _day_spent(account, now), _minute_full(account, now))
    waits = [wait for wait in holds if wait is not None]
    if len(account.out) >= account.most_in_flight:
        waits.append(Wait(Binding.IN_FLIGHT, None, f"{len(account.out)} in flight"))
    if account.probe is not None and account.probe.holds:
        waits.append(Wait(Binding.IN_FLIGHT, None, "one request first"))
    return last_of(waits)


def _rests(account: Account, now: float) -> Wait | None:
    resting = account.resting
    if resting is None:
        return None
    if resting.over(now):
        account.resting = None
        return None
    if resting.until is None:
        return Wait(Binding.PERSON, None, resting.reason)
    return Wait(Binding.DAY if resting.code == "day_quota" else Binding.COOLING, resting.until, resting.short)


def _day_spent(account: Account, now: float) -> Wait | None:
    if account.taken_today(now) < account.rpd or _day_probed(account, now):
        return None
    return Wait(Binding.DAY, account.day.next_reset(now), "day quota spent")


def _day_probed(account: Account, now: float) -> bool:
    """A person says that the provider's limit was raised: one request may show it, within what a person wrote."""
    if account.probe is None or account.probe.over or account.in_use.named(Window.REQUESTS_A_DAY) is None:
        return False
    return not account.limits.rpd_written or account.taken_today(now) < account.limits.rpd


def _minute_full(account: Account, now: float) -> Wait | None:
    guard, search = account.guard.at(now), account.in_use.search
    is_sought = account.in_use.fixed is None
    free = account.window.free_at(now, search.taken_for_proven(now) if is_sought else account.rpm, guard)
    if is_sought and (beyond := _tried_at(account, now, guard)) is not None:
        free = beyond if free is None else min(free, beyond)
    by_tokens = now if account.tpm is None else account.tokens.free_at(now, account.tpm, account.window.open, guard)
    if by_tokens is None or by_tokens > now:
        free = by_tokens if by_tokens is None or free is None else max(free, by_tokens)
        return Wait(Binding.MINUTE, free, "minute quota, tokens")
    if free == now and account.care.not_before > now:
        return Wait(Binding.MINUTE, account.care.not_before, "minute quota, one after another")
    return None if free == now else Wait(Binding.MINUTE, free, "minute quota")


def _tried_at(account: Account, now: float, guard: float) -> float | None:
    """When a request beyond the proven limit may leave; None while that is not known."""
    search = account.in_use.search
    if search.in_hope is None:
        return search.try_at(now)
    free = account.window.free_at(now, search.in_hope, guard)
    return max(free, search.try_at(now)) if free is not None else None
