"""A run's money: what one more request may cost, and whether the budgets have room for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

CENT = 1e-9
"""Sums of prices differ by less."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings and the options of a start allow a run. Sums in dollars.

    `price_usd` is what a reply with one image costs, `dearest_usd` what the dearest reply costs (drafts are billed too;
    0 where none are known), `seen_usd` what the dearest of earlier runs did; a dearer one that is seen raises all.
    `in_doubt_usd` is what may be risked on drawing again: each doubt takes out of it what was set aside for its
    request.
    """

    price_usd: float
    attempts: int = 4
    in_doubt_usd: float = 0.5
    pause_after: int = 20
    budget_usd: float | None = None
    run_budget_usd: float | None = None
    dearest_usd: float = 0.0
    seen_usd: float = 0.0


@dataclass(slots=True)
class Money:
    """The project's money over all runs, in dollars: paid, perhaps paid, and promised to requests in flight."""

    spent: float = 0.0
    in_doubt: float = 0.0
    reserved: float = 0.0

    @property
    def gone(self) -> float:
        return self.spent + self.in_doubt + self.reserved


class Purse:
    """What a run may still spend. `price` is what a reply with one image costs, a dearer one that was seen raises
    it."""

    def __init__(self, terms: Terms, money: Money) -> None:
        self.terms = terms
        self.money = money
        self.price = terms.price_usd
        self.spent = 0.0
        self.in_doubt = 0.0
        self.doubt_left = terms.in_doubt_usd
        self.promised = 0.0

    def reserve(self, *, alone: bool) -> float | None:
        """Dollars to promise one more request, None when the project's or the run's budget has no room for it.

        Under a budget that is the dearest reply, so that requests which are out together can't overshoot it. What is
        left in the end and has room for an image at its price, or for the dearest that was seen, is used by requests
        that go out alone.
        """
        room = self._room()
        if room is None:
            return self.price
        seen = max(self.price, self.terms.seen_usd)
        dearest = max(seen, self.terms.dearest_usd)
        if dearest <= room + CENT:
            return dearest
        return seen if alone and seen <= room + CENT else None

    def promise(self, usd: float) -> None:
        self.promised += usd
        self.money.reserved += usd

    def release(self, usd: float, *, last: bool) -> None:
        """A request landed. With the last one nothing is promised any more: sums of cents don't drift."""
        self.promised = 0.0 if last else self.promised - usd
        self.money.reserved = 0.0 if last else max(0.0, self.money.reserved - usd)

    def paid(self, usd: float) -> None:
        self.spent += usd
        self.price = max(self.price, usd)

    def risk(self, usd: float) -> bool:
        """Whether the allowance has room to draw again what was perhaps paid for and lost. `usd` is what was set aside
        for that, and is booked and told as in doubt; it is taken out."""
        if self.doubt_left + CENT < usd:
            return False
        self.doubt_left -= usd
        return True

    @property
    def tightest(self) -> str:
        """The code of the budget that leaves least: the project's, or that of the run alone."""
        of_project, of_run = self._rooms()
        return "run_budget" if of_run < of_project else "budget"

    def _room(self) -> float | None:
        """What the budgets leave, None without any."""
        room = min(self._rooms())
        return None if room == math.inf else room

    def _rooms(self) -> tuple[float, float]:
        """What the project's budget leaves, and the run's own; what is in doubt and in flight counts as spent."""
        terms, gone = self.terms, self.spent + self.in_doubt + self.promised
        of_project = math.inf if terms.budget_usd is None else terms.budget_usd - self.money.gone
        return of_project, math.inf if terms.run_budget_usd is None else terms.run_budget_usd - gone
