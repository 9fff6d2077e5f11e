"""`rpm = "auto"` whatever the refusals say: the limit is found and used, for a handful of refusals an hour at most."""

from __future__ import annotations

import random

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, simulate
from engine.storm_provider import HANDFUL, HOUR
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.simulated_provider import REFUSAL_S, CalmProvider, Latency, refusal
from shotmill.engine.simulation import Answer
from shotmill.gemini.outcome import NamedLimit, Outcome, Rest, Until, Window
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim

NAMED, MINUTE, BARE = "names the limit", "names the minute", "says nothing"


class Tight(CalmProvider):
    """Refuses for the minute in words of one kind, and notes when. From `changes_at` on the limit is `then`."""

    def __init__(
        self,
        limit: int,
        words: str,
        *,
        changes_at: float = float("inf"),
        then: int = 0,
        seconds: float = 8.0,
        refusal_s: float = REFUSAL_S,
    ) -> None:
        super().__init__({"p": (limit, 10**6)}, Latency(seconds, 0.3), PRICE, random.Random(limit))
        self.words, self.refusal_s = words, refusal_s
        self.changes_at, self.then = changes_at, then
        self.moments: list[float] = []
        self.accepted: list[float] = []

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        window = self.window("p", MODEL)
        if now >= self.changes_at:
            window.rpm = self.then
        full = window.take(now)
        if full is None:
            self.accepted.append(now)
            return self.drawn(dispatch)
        self.moments.append(now)
        return Answer(self._said(full), self.refusal_s)

    def _said(self, full: Outcome) -> Outcome:
        if self.words == BARE:
            return refusal("throttled", Rest(Until.SECONDS, 5.0))
        return full if self.words == NAMED else refusal(full.code, full.rest or Rest(Until.SECONDS, 60.0))

    def used(self, since: float, until: float) -> int:
        return sum(1 for at in self.accepted if since <= at < until)

    @property
    def most_in_an_hour(self) -> int:
        return max((sum(1 for at in self.moments if since <= at < since + HOUR) for since in self.moments), default=0)


@pytest.mark.parametrize("words", [NAMED, MINUTE, BARE])
@pytest.mark.parametrize(("limit", "minutes"), [(1, 240), (4, 180), (20, 100)])
def test_no_hour_has_more_than_a_handful_of_refusals(limit: int, minutes: int, words: str) -> None:
    provider, board = Tight(limit, words), make_board("H" * (limit * minutes + 20), shot=100)
    book = make_book({"p": AccountLimits("auto", 10**6)})
    simulation = simulate(board, {"style0": [make_key("a", "p")]}, book, provider)
    simulation.proceed(until=NOON + minutes * 60)
    assert 1 <= provider.most_in_an_hour <= HANDFUL
    assert board.drawn >= 0.9 * limit * minutes, "and the minutes are used"


def drawn_by(provider: Tight, minutes: int, count: int) -> None:
    board = make_board("H" * count, shot=100)
    book = make_book({"p": AccountLimits("auto", 10**6)})
    simulate(board, {"style0": [make_key("a", "p")]}, book, provider).proceed(until=NOON + minutes * 60)


@pytest.mark.parametrize(("words", "few"), [(NAMED, 3), (MINUTE, HANDFUL), (BARE, 2 * HANDFUL)])
@pytest.mark.parametrize(("before", "after"), [(30, 2), (9, 4)])
def test_a_limit_that_is_lowered_meanwhile_is_found_for_few_refusals(
    before: int, after: int, words: str, few: int
) -> None:
    """Were all that was proven sent at once after each rest, most of it would be refused each time."""
    changes = NOON + 30 * 60
    provider = Tight(before, words, changes_at=changes, then=after)
    drawn_by(provider, 60, before * 30 + after * 40)
    assert 1 <= sum(1 for at in provider.moments if at >= changes) <= few
    assert provider.used(changes + 300, NOON + 3600) >= 0.9 * after * 25


@pytest.mark.parametrize("words", [NAMED, MINUTE, BARE])
def test_a_limit_that_is_raised_meanwhile_is_used_within_the_hour_also_when_one_was_named(words: str) -> None:
    provider = Tight(4, words, changes_at=NOON + 20 * 60, then=12)
    drawn_by(provider, 75, 4 * 20 + 12 * 60)
    assert provider.used(NOON + 70 * 60, NOON + 75 * 60) >= 0.9 * 12 * 5
    assert provider.most_in_an_hour <= HANDFUL


def test_a_great_limit_is_found_in_minutes_and_not_by_one_request_an_image() -> None:
    """Its images take so long that most of a minute's slots are free again before one of them is there."""
    provider = Tight(60, MINUTE, seconds=30.0)
    drawn_by(provider, 10, 60 * 12)
    assert provider.used(NOON + 360, NOON + 600) >= 0.9 * 60 * 4
    assert len(provider.moments) <= HANDFUL


def test_others_that_use_a_quota_too_do_not_lower_a_limit_that_was_named() -> None:
    book, pool = make_book({"p": AccountLimits("auto", 10**6)}), KeyPool([make_key("a", "p")])
    for turn in range(3):
        now = NOON + 100 * turn
        lease = book.lease(pool, MODEL, now, Claim())
        assert isinstance(lease, Lease)
        book.sent(lease, now)
        full = refusal("minute_quota", Rest(Until.SECONDS, 5.0), NamedLimit(Window.REQUESTS_A_MINUTE, 20))
        book.settle(lease, now, full, now + 0.2)
        assert book.accounts["p", MODEL].rpm == 20


def test_a_bare_refusal_within_what_is_certain_is_no_limit() -> None:
    """Paid users get them far under their quota (facts: wire/INDEX.md, 429-bare)."""
    provider, board = Tight(1000, NAMED), make_board("H" * 200, shot=100)
    book = make_book({"p": AccountLimits("auto", 10**6)})
    simulation = simulate(board, {"style0": [make_key("a", "p")]}, book, provider)
    simulation.proceed(until=NOON + 300)
    account = book.accounts["p", MODEL]
    before = account.rpm
    account.in_use.search.refused_without_a_word(before - 5, simulation.now, simulation.now)
    assert account.rpm == before > 20


@pytest.mark.parametrize("refusal_s", [5.0, 8.0])
def test_refusals_that_take_long_to_come_are_no_more_than_twice_a_handful(refusal_s: float) -> None:
    """What leaves before the first of them is heard is refused too."""
    provider = Tight(10, BARE, refusal_s=refusal_s)
    drawn_by(provider, 65, 10 * 65)
    assert provider.most_in_an_hour <= 2 * HANDFUL
    assert provider.used(NOON, NOON + 3900) >= 0.9 * 10 * 65
