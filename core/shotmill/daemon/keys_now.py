"""Every key as it is now, and a plot of each quota's last hour and of the provider's day so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shotmill.engine.waiting import cure_of
from shotmill.gemini.outcome import for_key
from shotmill.quota.book import QuotaBook
from shotmill.quota.day import day_start, next_reset
from shotmill.quota.levels import REMEMBER_S
from shotmill.settings.keys import Key
from shotmill.settings.project import DEFAULT_MODEL

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop
    from shotmill.engine.project import OpenProject

MINUTES, HOUR_S = 60, 3600.0


async def keys_now(workshop: Workshop, project: OpenProject | None) -> dict[str, Any]:
    """As docs/api.md has it: the keys of a project with its endpoint's quotas, or this machine's with Google's."""
    now = workshop.clock.now()
    if project is None:
        book: QuotaBook | None = workshop.places.book("google")
        endpoint, keys, model = "google", list(workshop.keys.ring.keys), DEFAULT_MODEL
    else:
        pools = workshop.places.keys_of(project).values()
        book, model = workshop.book_of(project), project.settings.gemini.model
        endpoint = workshop.places.endpoint_name(project) if book is not None else ""
        keys = list({key.name: key for pool in pools for key in pool}.values())
    if book is None:
        return {"keys": [], "unusable": [], "notes": [], "quota": [], "together": []}
    own = workshop.keys.ring.keys if project is None or not workshop.places.is_emulated(project) else ()
    return {
        "keys": [_key(workshop, book, endpoint, key, model, now) for key in keys],
        "unusable": [each._asdict() for each in workshop.keys.ring.unusable] if own or project is None else [],
        "notes": list(workshop.keys.ring.notes) if own else [],
        "quota": [await _quota(workshop, book, endpoint, *each, now) for each in _counted(book, keys, model)],
        "together": [list(group) for group in book.behaving_like_one()],
    }


def _key(workshop: Workshop, book: QuotaBook, endpoint: str, key: Key, model: str, now: float) -> dict[str, Any]:
    trouble, tested = book.trouble(key, model, now), workshop.key_tests.of(endpoint, key)
    draws = book.key(key).draws
    state = "draws" if draws else "known" if tested is not None and tested.verdict == "known" else "untested"
    if trouble is not None:
        state = "refused" if trouble.code == "refused" else trouble.key_state
    return {
        "name": key.name,
        "masked": key.secret.masked,
        "quota_project": key.quota_project,
        "billing_account": key.billing_account,
        "rpm": key.rpm,
        "rpd": key.rpd,
        "origin": key.origin,
        "state": state,
        "draws": draws,
        "tested": asdict(tested) | {"cure": for_key(tested.cure, key.name)} if tested is not None else None,
        "reason": trouble.reason if trouble is not None else "",
        "code": trouble.code if trouble is not None else "",
        "cure": cure_of(trouble.code, trouble.cure) if trouble is not None else "",
        "until": trouble.until if trouble is not None else None,
    }


def _counted(book: QuotaBook, keys: Sequence[Key], model: str) -> list[tuple[str, str, list[Key]]]:
    """Quota project, model and keys of every meter: those that were used, and each one with the model in question."""
    of_project: dict[str, list[Key]] = {}
    for key in keys:
        of_project.setdefault(key.quota_project, []).append(key)
    used = {name_and_model for name_and_model in book.accounts if name_and_model[0] in of_project}
    wanted = [(name, model) for name in of_project] + sorted(used)
    return [(name, of_model, of_project[name]) for name, of_model in dict.fromkeys(wanted)]


async def _quota(
    workshop: Workshop, book: QuotaBook, endpoint: str, name: str, model: str, keys: list[Key], now: float
) -> dict[str, Any]:
    fingerprints = sorted({key.fingerprint for key in keys})
    sent = await workshop.tools.in_thread(
        lambda: workshop.ledger.sent(endpoint, name, fingerprints, model, now - REMEMBER_S)
    )
    account = book.accounts.get((name, model))
    limits = book.limits(name)
    rpm: Mapping[str, Any] = {"used": sum(at > now - MINUTES for at in sent), "limit": limits.rpm, "named": False}
    rpd: Mapping[str, Any] = {"used": sum(at >= day_start(now) for at in sent), "limit": limits.rpd, "named": False}
    if account is not None:
        rpm = {"used": account.minute(now), "limit": account.rpm, "named": account.in_use.rpm_is_named}
        rpd = {"used": account.taken_today(now), "limit": account.rpd, "named": account.in_use.rpd_is_named}
    return {
        "name": name,
        "model": model,
        "keys": [key.name for key in keys],
        "rpm": rpm,
        "rpd": {**rpd, "resets_at": next_reset(now)},
        "tpm": {"used": account.minute_tokens(now), "limit": account.tpm} if account and account.tpm else None,
        "minutes": by_minute(sent, now),
        "hours": by_hour(sent, now),
    }


def by_minute(sent: Sequence[float], now: float) -> list[int]:
    """Requests in each of the last 60 minutes, the oldest first."""
    counts = [0] * MINUTES
    for at in sent:
        back = int((now - at) // 60)
        if 0 <= back < MINUTES:
            counts[MINUTES - 1 - back] += 1
    return counts


def by_hour(sent: Sequence[float], now: float) -> list[int]:
    """Requests in each hour of the provider's day so far, the one that runs last."""
    begin = day_start(now)
    counts = [0] * (int((now - begin) // HOUR_S) + 1)
    for at in sent:
        if begin <= at <= now:
            counts[int((at - begin) // HOUR_S)] += 1
    return counts
