"""`rpm = "auto"` whatever the refusals say: the limit is found and used, for a handful of refusals an hour at most."""

from __future__ import annotations

import random

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, simulate
from engine.storm_provider import HANDFUL, HOUR
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.simulated_provider import REFUSAL_S, CalmProvider, Latency, refusal
from shotmill.engine.simulation import Answer
from shotmill.gemini.outcome import Outcome, Rest, Until
from shotmill.quota.account_limits import AccountLimits

NAMED, MINUTE, BARE = "names the limit", "names the minute", "says nothing"


class Tight(CalmProvider):
    """Refuses for the minute in words of one kind, and notes when."""

    def __init__(self, limit: int, words: str) -> None:
        super().__init__({"p": (limit, 10**6)}, Latency(8.0, 0.3), PRICE, random.Random(limit))
        self.words = words
        self.moments: list[float] = []

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        full = self.window("p", MODEL).take(now)
        if full is None:
            return self.drawn(dispatch)
        self.moments.append(now)
        return Answer(self._said(full), REFUSAL_S)

    def _said(self, full: Outcome) -> Outcome:
        if self.words == BARE:
            return refusal("throttled", Rest(Until.SECONDS, 5.0))
        return full if self.words == NAMED else refusal(full.code, full.rest or Rest(Until.SECONDS, 60.0))

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


def test_a_bare_refusal_within_what_is_certain_is_no_limit() -> None:
    """Paid users get them far under their quota (facts: wire/INDEX.md, 429-bare)."""
    provider, board = Tight(1000, NAMED), make_board("H" * 200, shot=100)
    book = make_book({"p": AccountLimits("auto", 10**6)})
    simulation = simulate(board, {"style0": [make_key("a", "p")]}, book, provider)
    simulation.proceed(until=NOON + 300)
    account = book.accounts["p", MODEL]
    before = account.rpm
    account.in_use.search.refused_without_a_word(before - 5, simulation.now)
    assert account.rpm == before > 20
