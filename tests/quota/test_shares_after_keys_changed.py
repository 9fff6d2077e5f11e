"""A style whose keys changed is waited for only where it still has some."""

from __future__ import annotations

from engine.simulated_world import MODEL, NOON, make_book, make_key
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim


def test_nobody_waits_for_a_claim_where_its_keys_are_gone() -> None:
    book, old, new = make_book((2, 5000)), KeyPool([make_key("old")]), KeyPool([make_key("new")])
    moved, stays = Claim(), Claim()
    moved.left = stays.left = 9
    assert isinstance(book.lease(old, MODEL, NOON, moved), Lease)
    assert isinstance(book.lease(old, MODEL, NOON, stays), Lease)
    turns = book.accounts["old", MODEL].turns
    assert turns.shared(stays) == 1
    book.leave(moved, new)
    assert turns.shared(stays) == 0
    book.leave(stays, old)
    assert turns.shared(moved) == 1, "what it still has it keeps its turns in"
