"""Keys, books and leases for the tests of quotas."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Literal

from shotmill.gemini.outcome import Fate, NamedLimit, Outcome, Rest, Scope, Until
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.lease import Lease, Wait
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim
from shotmill.secrets import Secret
from shotmill.settings.keys import Key

MODEL = "gemini-nano-banana-2.1"
NOON = 1_795_464_000.0  # 2026-11-23, noon in Los Angeles
IMAGE = Outcome(Fate.IMAGE, "image", billed=True)


def make_key(name: str, project: str = "", account: str = "") -> Key:
    return Key(name, Secret(f"AIza-{name}-secret"), project or name, account or project or name)


class Past:
    """What earlier daemons sent: moments by quota project and by fingerprint."""

    def __init__(self, sends: Sequence[tuple[float, str, str]] = ()) -> None:
        self.sends = list(sends)

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        return sorted(
            at for at, project, of in self.sends if at >= since and (project == quota_project or of in fingerprints)
        )


def make_book(
    rpm: int | Literal["auto"] | Mapping[str, int] = 3, rpd: int = 500, past: Past | None = None
) -> QuotaBook:
    def limits(name: str) -> AccountLimits:
        return AccountLimits(rpm[name] if isinstance(rpm, Mapping) else rpm, rpd)

    return QuotaBook(past or Past(), limits, random.Random(1))


def take(book: QuotaBook, pool: KeyPool, now: float, claim: Claim | None = None) -> Lease:
    """A lease whose request leaves at once."""
    lease = book.lease(pool, MODEL, now, claim or Claim())
    assert isinstance(lease, Lease), lease
    book.sent(lease, now)
    return lease


def refused(book: QuotaBook, pool: KeyPool, now: float) -> Wait:
    wait = book.lease(pool, MODEL, now, Claim())
    assert isinstance(wait, Wait)
    return wait


def answer(code: str, scope: Scope, until: Until, seconds: float = 0.0, *limits: NamedLimit) -> Outcome:
    return Outcome(Fate.AGAIN, code, code, scope, Rest(until, seconds, exact=bool(seconds)), limits=limits)
