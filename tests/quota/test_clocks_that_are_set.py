"""The wall clock is set between two daemons: no window opens by it, whichever way it went."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ledger.ledgers import NOW, filled, ledger
from shotmill.ledger.ledger import Ledger
from shotmill.ledger.wall_clock import Boot, this_boot
from shotmill.quota.account import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim
from shotmill.secrets import Secret
from shotmill.settings.keys import Key

KEY = Key("anna", Secret("AIza-anna-secret"), "film-1", "film-1")


class Sent:
    """The ledger's memory, as a book asks for it."""

    def __init__(self, of: Ledger) -> None:
        self._of = of

    def sent(self, quota_project: str, fingerprints: object, model: str, since: float) -> list[float]:
        return self._of.sent("google", quota_project, [], model, since)


def leases(made: Ledger, now: float) -> int:
    """How many requests may leave now, of four a minute."""
    book, pool = QuotaBook(Sent(made), lambda _: AccountLimits(4, 500)), KeyPool([KEY])
    count = 0
    while isinstance(lease := book.lease(pool, "m", now, Claim()), Lease):
        book.sent(lease, now)
        count += 1
    return count


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 90.0, -30.0, 0.0])
def test_a_window_stays_as_full_as_it_was_however_the_wall_is_set(tmp_path: Path, jump: float) -> None:
    with ledger(tmp_path) as (made, _):
        assert made.settle_clock(Boot(1.0, 1000.0), NOW) == 0.0
        asyncio.run(filled(made, tmp_path))  # four requests, within three seconds
        later = NOW + jump + 20
        assert made.settle_clock(Boot(1.0, 1020.0), later) == 0.0
        assert leases(made, later) == 0
        assert made.sent("google", "film-1", [], "m", 0.0) == pytest.approx([NOW + jump + n for n in range(4)])
        assert made.settle_clock(Boot(1.0, 1100.0), NOW + jump + 100) == 0.0
        assert leases(made, NOW + jump + 100) == 4


def test_measuring_moves_nothing(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        made.settle_clock(Boot(1.0, 1000.0), NOW)
        asyncio.run(filled(made, tmp_path))
        made.settle_clock(Boot(1.0, 1000.0), NOW + 0.4)
        assert made.sent("google", "film-1", [], "m", 0.0) == [NOW, NOW + 1, NOW + 2, NOW + 3]


def test_after_a_boot_nothing_is_sent_until_every_request_is_a_minute_old(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        assert made.settle_clock(Boot(1.0, 1000.0), NOW) == 0.0
        asyncio.run(filled(made, tmp_path))
        assert made.settle_clock(Boot(2.0, 20.0), NOW + 86_400) == NOW + 86_400 + 45
        assert made.settle_clock(Boot(3.0, 70.0), NOW + 86_400) == 0.0


def test_a_first_daemon_waits_for_nothing(tmp_path: Path) -> None:
    with ledger(tmp_path) as (made, _):
        assert made.settle_clock(Boot(1.0, 5.0), NOW) == 0.0


def test_this_machine_tells_its_boot() -> None:
    one, other = this_boot(), this_boot()
    assert one is not None and other is not None and one.name == other.name and one.uptime <= other.uptime
