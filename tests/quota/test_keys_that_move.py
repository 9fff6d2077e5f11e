"""A key's quota project or billing account is edited, whenever that is: no window opens by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from quota.quota_world import IMAGE, MODEL, NOON, Past, make_book, make_key
from shotmill.quota.book import QuotaBook
from shotmill.quota.learned import ANY_MODEL, Learned
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim
from shotmill.settings.keys import Key

PRICE = 0.03
CLAIM = Claim()


def leased(book: QuotaBook, key: Key, now: float, most: int = 60, usd: float = 0.0) -> list[Lease]:
    """All the leases that the key gets at once, no more than `most`."""
    pool, found = KeyPool([key]), list[Lease]()
    book.leave(CLAIM, pool)
    while len(found) < most and isinstance(lease := book.lease(pool, MODEL, now, CLAIM, usd), Lease):
        found.append(lease)
    return found


def send(book: QuotaBook, past: Past, leases: Sequence[Lease], at: float) -> int:
    """They are recorded, leave and are answered; returns how many these were."""
    for lease in leases:
        past.sends.append((at, lease.key.quota_project, lease.key.fingerprint))
        book.sent(lease, at)
        book.settle(lease, at, IMAGE, at + 0.1, PRICE)
    return len(leases)


def test_what_a_key_sent_while_it_was_away_counts_when_it_comes_back() -> None:
    past = Past()
    book, key = make_book(rpm=9, past=past), make_key("anna", "film-1")
    moved = replace(key, quota_project="film-2")
    assert send(book, past, leased(book, key, NOON, 4), NOON) == 4
    assert send(book, past, leased(book, moved, NOON + 5), NOON + 5) == 5
    assert not leased(book, key, NOON + 10)
    assert not leased(book, moved, NOON + 15)
    assert len(leased(book, key, NOON + 110)) == 9
    days = [book.accounts[name, MODEL].today(NOON + 110) for name in ("film-1", "film-2")]
    assert days == [9, 9], "each counts once, wherever the key was"


def test_what_is_leased_when_its_key_moves_may_still_leave_and_counts_in_both_places() -> None:
    past = Past()
    book, key = make_book(rpm=9, past=past), make_key("anna", "film-1")
    moved, out = replace(key, quota_project="film-2"), leased(book, key, NOON, 7)
    more = leased(book, moved, NOON + 0.01)
    assert len(more) == 2
    send(book, past, [*out, *more], NOON + 20)  # they had to wait for their connections
    assert not leased(book, moved, NOON + 61)


def spending(book: QuotaBook, bank: str, images: int) -> None:
    """An earlier daemon learned how many images the billing account's window holds."""
    figures = (Learned("spend", images * PRICE, NOON - 300), Learned("spend_each", PRICE, NOON - 300))
    book.remember_learned(bank, ANY_MODEL, figures)


def test_all_that_a_billing_account_was_asked_for_before_a_restart_counts() -> None:
    of_other_model, drawn_with = make_key("anna", "film-1", "studio"), make_key("ben", "film-2", "studio")
    gone, stranger = make_key("old", "film-1"), make_key("eve", "film-3")
    past = Past([(NOON - 200 + n, "film-1", key.fingerprint) for n, key in enumerate([of_other_model, gone] * 10)])
    past.sends += [(NOON - 100, "film-3", stranger.fingerprint)] * 30
    book = replace(make_book(rpm=60, past=past), ring=lambda: (of_other_model, drawn_with, stranger))
    spending(book, "studio", 30)
    assert len(leased(book, drawn_with, NOON, usd=PRICE)) == 10


def test_what_a_key_spent_elsewhere_counts_in_the_billing_account_to_which_it_comes() -> None:
    past = Past()
    book, key = make_book(rpm=60, past=past), make_key("anna", "film-1", "bank-1")
    spending(book, "bank-2", 30)
    assert len(leased(book, make_key("ben", "film-2", "bank-2"), NOON, 1, PRICE)) == 1
    send(book, past, leased(book, key, NOON, 9, PRICE), NOON)
    out = leased(book, key, NOON + 1, 5, PRICE)
    moved = replace(key, billing_account="bank-2")
    here = leased(book, moved, NOON + 90, usd=PRICE)
    assert len(here) == 30 - 1 - 9 - 5, "what was sent and what is leased"
    send(book, past, [*here, *out], NOON + 91)
    back = replace(key, billing_account="bank-1")
    assert len(leased(book, back, NOON + 200, 3, PRICE)) == 3
    assert not leased(book, moved, NOON + 300, usd=PRICE)
