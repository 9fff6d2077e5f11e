"""What one daemon learned of a limit, the next one knows: from the answer through the ledger into a new book."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from engine.test_spend_windows_and_shares import SPENT
from ledger.ledgers import ledger
from quota.quota_world import IMAGE, MODEL, NOON, make_book, make_key, take
from quota.test_limits_that_are_named import RPM, minute
from shotmill.daemon.places import Places
from shotmill.engine.beat import Beat
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.key_memory import KeyMemory
from shotmill.engine.tools import Place, Provider
from shotmill.gemini.outcome import NamedLimit
from shotmill.quota.account import Account
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.learned import Learned
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim
from shotmill.settings.keys import KeyRing


async def test_a_named_limit_is_known_after_a_restart(tmp_path: Path) -> None:
    book, key = make_book(rpm=9), make_key("anna", "film")
    with ledger(tmp_path) as (made, _):
        memory = KeyMemory(made, Place("google", cast(Provider, None), book))
        for outcome in (IMAGE, minute(RPM, 5)):
            lease = take(book, KeyPool([key]), NOON)
            book.settle(lease, NOON, outcome, NOON + 0.2)
            await memory.learn(Dispatch(cast(Beat, None), lease, 1, None), outcome, NOON + 0.2)
        assert await asyncio.to_thread(made.learned, "google") == [("film", MODEL, [Learned("rpm", 5.0, NOON + 0.2)])]
    with ledger(tmp_path) as (found, _):
        after = await asyncio.to_thread(lambda: Places(found, KeyRing, list).book("google"))
        account = await asyncio.to_thread(after.account, "film", MODEL, [key], NOON + 60)
        assert account.rpm == 5


async def test_a_limit_that_was_found_below_a_named_one_is_known_after_a_restart(tmp_path: Path) -> None:
    """The ledger gives the figures in an order of its own."""
    earlier = Account("film", MODEL, AccountLimits("auto", 500))
    earlier.correct(NamedLimit(RPM, 10), NOON)
    earlier.in_use.search.refused(6, NOON + 600)
    assert earlier.rpm == 5
    with ledger(tmp_path) as (made, _):
        await made.learn("google", "film", MODEL, earlier.learned())
    with ledger(tmp_path) as (found, _):
        [(_, _, learned)] = await asyncio.to_thread(found.learned, "google")
    after = Account("film", MODEL, AccountLimits("auto", 500))
    after.remember(learned, NOON + 900)
    assert (after.rpm, after.in_use.search.quiet_until) == (5, earlier.in_use.search.quiet_until)


async def test_a_spend_limit_that_was_met_is_known_after_a_restart(tmp_path: Path) -> None:
    book, key = make_book(rpm=9), make_key("anna", "film", "bank")
    with ledger(tmp_path) as (made, _):
        memory = KeyMemory(made, Place("google", cast(Provider, None), book))
        for outcome, usd in ((IMAGE, 0.05), (SPENT, 0.0)):
            lease = book.lease(KeyPool([key]), MODEL, NOON, Claim(), 0.04)
            assert isinstance(lease, Lease)
            book.sent(lease, NOON)
            book.settle(lease, NOON, outcome, NOON + 0.2, usd)
            await memory.learn(Dispatch(cast(Beat, None), lease, 1, None), outcome, NOON + 0.2)
    with ledger(tmp_path) as (found, _):
        after = await asyncio.to_thread(lambda: Places(found, KeyRing, list).book("google"))
        await asyncio.to_thread(after.account, "film", MODEL, [key], NOON + 60)
        window = after.spend_window("bank")
        assert window.limit == pytest.approx(0.05) and window.each_usd == 0.05
