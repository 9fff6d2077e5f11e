"""A style whose keys changed is waited for only where it still has some."""

from __future__ import annotations

from engine.simulated_world import MODEL, NOON, make_book, make_key
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.resting import Resting
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


def test_one_whose_keys_could_not_send_for_long_has_no_slots_saved_up_when_they_can() -> None:
    book, now = make_book((2, 5000)), NOON
    bad, good = make_key("bad", "p"), make_key("good", "p")
    pools, claims = (KeyPool([bad]), KeyPool([good])), (Claim(), Claim())
    for claim in claims:
        claim.left = 100
    book.key(bad).resting = Resting("key_restricted", "x", NOON + 600)
    taken: list[list[int]] = []
    for _ in range(16):
        taken.append([0, 0])
        asks = 0
        while asks < 6:
            which = asks % 2
            found = book.lease(pools[which], MODEL, now, claims[which])
            asks += 1
            if isinstance(found, Lease):
                book.sent(found, now)
                book.settle(found, now, Outcome(Fate.IMAGE, "image"), now + 0.1)
                taken[-1][which] += 1
        now += 61
    assert taken[0] == [0, 2] and all(each == [1, 1] for each in taken[10:])
