"""The wall clock is set between two daemons, or wrong: no window opens by it, whichever way it went."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ledger.ledgers import NOW, filled, ledger
from quota.quota_world import answer
from shotmill.gemini.outcome import Scope, Until
from shotmill.ledger.ledger import Ledger
from shotmill.ledger.wall_clock import Boot, this_boot
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.day import day_start
from shotmill.quota.learned import THE_CLOCK, Learned
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.resting import Resting
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


class Sender:
    """What was sent, by the clock that was there then."""

    def __init__(self, moments: list[float]) -> None:
        self._moments = moments

    def sent(self, quota_project: str, fingerprints: object, model: str, since: float) -> list[float]:
        return [at for at in self._moments if at >= since]


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


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_what_rests_rests_as_long_as_it_did_and_what_was_learned_is_as_old(tmp_path: Path, jump: float) -> None:
    with ledger(tmp_path) as (made, _):
        made.settle_clock(Boot(1.0, 1000.0), NOW)
        asyncio.run(made.rest("google", "quota_project", "film-1", "m", Resting("day_quota", "spent", NOW + 600)))
        asyncio.run(made.rest("google", "key", "f", "", Resting("key_invalid", "bad", None)))
        asyncio.run(made.learn("google", "film-1", "m", [Learned("rpm", 4, NOW)]))
        made.settle_clock(Boot(1.0, 1020.0), NOW + jump + 20)
        assert [rest.until for *_, rest in made.rests("google")] == [None, NOW + jump + 600]
        assert made.learned("google") == [("film-1", "m", [Learned("rpm", 4, NOW + jump)])]


def test_the_next_daemon_knows_how_wrong_the_clock_is_and_after_a_boot_how_wrong_it_may_be(tmp_path: Path) -> None:
    book = QuotaBook(Sender([]), lambda _: AccountLimits(60, 50))
    assert book.midnights.learned() == ()
    book.heard_date(7200.0, 0.2, NOW)
    with ledger(tmp_path) as (made, _):
        made.settle_clock(Boot(1.0, 1000.0), NOW)
        asyncio.run(made.learn("google", *THE_CLOCK, book.midnights.learned()))
        made.settle_clock(Boot(1.0, 1020.0), NOW + 20 - 7000)  # nearly put right
        after = QuotaBook(Sender([]), lambda _: AccountLimits(60, 50))
        for name, model, learned in made.learned("google"):
            after.remember_learned(name, model, learned)
        assert after.midnights.ahead == pytest.approx(200.0)
        made.settle_clock(Boot(2.0, 100.0), NOW)
        assert made.learned("google")[0][2][0].value == pytest.approx(200.0)
        made.settle_clock(Boot(2.0, 120.0), NOW + 20 - 1000)
        made.settle_clock(Boot(3.0, 100.0), NOW)
        assert made.learned("google")[0][2][0].value == 0.0, "it may be right again: no day begins early"


@pytest.mark.parametrize(("jump", "ahead"), [(7200.0, 7200.0), (-7200.0, 0.0)])
def test_where_no_answer_told_the_date_a_day_is_over_when_it_is_by_both_clocks(
    tmp_path: Path, jump: float, ahead: float
) -> None:
    with ledger(tmp_path) as (made, _):
        made.settle_clock(Boot(1.0, 1000.0), NOW)
        asyncio.run(filled(made, tmp_path))
        made.settle_clock(Boot(1.0, 1020.0), NOW + jump + 20)
        assert made.learned("google") == [(*THE_CLOCK, [Learned("ahead", ahead, 0.0)])]


@pytest.mark.parametrize("hours", [-7, 7])
def test_a_day_ends_by_the_clock_of_the_provider_and_not_by_one_that_is_wrong(hours: int) -> None:
    """It is six in the evening, 40 of 50 were sent since noon; ours says eleven in the morning, or one at night."""
    ahead, evening = hours * 3600.0, day_start(NOW) + 18 * 3600
    now = evening + ahead
    book = QuotaBook(Sender([now - 6 * 3600 + n for n in range(40)]), lambda _: AccountLimits(60, 50))
    account = book.account("film-1", "m", [KEY], now)
    book.heard_date(ahead + 0.4, 0.2, now)
    assert account.today(now) == 40
    assert account.day.next_reset(now) == pytest.approx(evening + 6 * 3600 + ahead, abs=1)
    spent = answer("day_quota", Scope.QUOTA_PROJECT, Until.MIDNIGHT)
    lease = book.lease(KeyPool([KEY]), "m", now, Claim())
    assert isinstance(lease, Lease)
    book.sent(lease, now)
    resting, _ = book.settle(lease, now, spent, now + 0.2)
    assert resting is not None and resting.until == account.day.next_reset(now)
    assert account.today(now + 5 * 3600) == 41, "our midnight may be past"
    assert account.today(now + 6 * 3600 + 1) == 0


def test_clocks_that_agree_but_for_the_time_of_an_answer_move_no_day() -> None:
    book = QuotaBook(Sender([]), lambda _: AccountLimits(60, 50))
    for skew, took in ((0.9, 0.2), (-3.0, 0.2), (239.0, 240.0), (8.5, 8.0)):
        book.heard_date(skew, took, NOW)
        assert book.midnights.ahead == 0.0
    book.heard_date(200.0, 8.0, NOW)
    for skew, took in ((200.9, 0.2), (430.0, 240.0), (195.5, 0.1)):
        book.heard_date(skew, took, NOW)
        assert book.midnights.ahead == 200.0
    book.heard_date(0.5, 0.2, NOW)
    assert book.midnights.ahead == 0.0


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
