"""What a claim's chains will ask for, and what a look at it costs."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.simulated_world import MODEL, NOON, make_key
from engine.test_chains_beside_other_projects import beside_one_another
from shotmill.quota.book import QuotaBook
from shotmill.quota.foresight import Foresight
from shotmill.quota.lease import Lease
from shotmill.quota.turns import Claim, Turns
from shotmill.quota.window import MinuteWindow


def test_what_is_ready_comes_before_what_is_out() -> None:
    """Who looks up to a moment would else stop at the one that is out, and miss it."""
    claim, now = Claim(), NOON
    for at, behind in ((now - 8.0, 0), (now - 2.0, 1)):
        claim.chains.asks(behind)
        lease = Lease(make_key("a"), MODEL, at, claim)
        claim.chains.leaves(lease)
        if not behind:
            claim.chains.drew(lease, now, now)  # images take 8 s
    claim.ask(1, 1)
    claim.hungry = True
    assert Foresight(lambda _: [], now).dues(claim) == [now, now + 6.0, now + 8.0]


def test_the_slots_elsewhere_are_not_looked_up_for_every_beat_of_every_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """With five great works of chains on twelve quota projects a lease took five milliseconds of a processor, and every
    answer lets every run ask for one."""
    asked = Counter[str]()
    lease, back_by = QuotaBook.lease, MinuteWindow.back_by

    def counted_lease(*of: object) -> object:
        asked["lease"] += 1
        return lease(*of)  # type: ignore[arg-type]

    def counted_back_by(*of: object) -> int:
        asked["back_by"] += 1
        return back_by(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(QuotaBook, "lease", counted_lease)
    monkeypatch.setattr(MinuteWindow, "back_by", counted_back_by)
    names, chains = "abcdefghijkl", ("H" + "C" * 19) * 10
    simulation = beside_one_another([([chains] * 2, names)] * 4, dict.fromkeys(names, 10))
    simulation.proceed(until=NOON + 64)
    assert 0 < asked["back_by"] < 50 * asked["lease"]


def test_runs_whose_next_slot_is_due_later_are_no_rivals() -> None:
    turns, claims = Turns(), [Claim(), Claim()]
    for claim in claims:
        claim.left = 100
        turns.join(claim, NOON)
    first, other = claims
    for claim in (first, other, other):
        turns.took(claim, 6.7, NOON)
    assert turns.rivals(first, 6.7, NOON) == []
    assert [rival.claims for rival in turns.rivals(other, 6.7, NOON)] == [[first]]
