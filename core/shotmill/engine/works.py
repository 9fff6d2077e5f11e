"""What an estimate is asked about: boards with what is to do on them, what may be spent, the quotas as used today."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shotmill.engine.beat import TO_DO, Beat
from shotmill.engine.board import Board
from shotmill.engine.purse import Terms
from shotmill.engine.simulated_provider import Foreseen, Latency
from shotmill.engine.used_today import Rested
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.learned import ANY_MODEL, Learned
from shotmill.quota.levels import History
from shotmill.secrets import Secret
from shotmill.settings.keys import Key

ONE_MORE = "one-more"


@dataclass(frozen=True, slots=True)
class Quotas:
    """What is known of the quotas: each style's keys, each quota project's limits, and how they are used so far.

    `others`: keys that only runs of other projects use.
    """

    pools: Mapping[str, Sequence[Key]]
    limits: Callable[[str], AccountLimits]
    history: History
    rests: Sequence[Rested] = ()
    learned: Sequence[tuple[str, str, Sequence[Learned]]] = ()
    others: Sequence[Key] = ()

    def with_one_more(self) -> Quotas:
        """The same with a key of another quota project for every style: like the first one's, and in its billing
        account, so that no time is promised which only another account would save."""
        keys = self.keys
        first, bank = (keys[0].quota_project, keys[0].billing_account) if keys else ("", ONE_MORE)
        key = Key(ONE_MORE, Secret(ONE_MORE), ONE_MORE, bank)
        alike = [(ONE_MORE, model, of) for name, model, of in self.learned if name == first and model != ANY_MODEL]
        return replace(
            self,
            pools={style: [*pool, key] for style, pool in self.pools.items()},
            limits=lambda name: self.limits(first if name == ONE_MORE else name),
            learned=[*self.learned, *alike],
        )

    def book(self, seed: int) -> QuotaBook:
        """A book with all of it."""
        book = QuotaBook(self.history, self.limits, random.Random(seed), ring=lambda: self.keys)
        for rest in self.rests:
            book.remember(*rest)
        for learned in self.learned:
            book.remember_learned(*learned)
        return book

    @property
    def spending(self) -> Mapping[str, float]:
        """Images in ten minutes that the spend window of each billing account is known to take."""
        figures = {name: {one.what: one.value for one in of} for name, model, of in self.learned if model == ANY_MODEL}
        return {
            name: known["spend"] / known["spend_each"]
            for name, known in figures.items()
            if known.get("spend", 0.0) > 0 and known.get("spend_each", 0.0) > 0
        }

    @property
    def keys(self) -> list[Key]:
        """Those of the own styles first."""
        return [*(key for pool in self.pools.values() for key in pool), *self.others]


@dataclass(frozen=True, slots=True)
class Work:
    """A board with what is to do on it, and what a run may spend: `each_usd` is what a reply is expected to cost,
    `spent_usd` what the project's budget has lost already. `lands`: in how many seconds each image will be there that
    is out, by style and beat.
    """

    board: Board
    model: str
    terms: Terms
    latency: Latency
    each_usd: float
    spent_usd: float = 0.0
    foreseen: Foreseen | None = None
    lands: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def reply_to(self, beat: Beat) -> tuple[float, float] | None:
        """Seconds and dollars of it, where these are known beforehand."""
        return self.foreseen(beat) if self.foreseen is not None else None

    @property
    def replies(self) -> tuple[float, float]:
        """Seconds of one of the replies to what is to do on average, and dollars for all of them."""
        to_do = [beat for style in self.board.styles for beat in style.beats if beat.state in TO_DO]
        if self.foreseen is None or not to_do:
            return self.latency.mean_s, len(to_do) * self.each_usd
        known = [self.foreseen(beat) for beat in to_do]
        return sum(seconds for seconds, _ in known) / len(known), sum(usd for _, usd in known)

    @property
    def room_usd(self) -> float | None:
        """What the budgets leave; None without any."""
        of_project, of_run = self.terms.budget_usd, self.terms.run_budget_usd
        rooms = [] if of_project is None else [of_project - self.spent_usd]
        return min([*rooms, *([] if of_run is None else [of_run])], default=None)


@dataclass(frozen=True, slots=True)
class Beside:
    """A run of another project that is under way and draws from the same quotas. `meters`: its keys as the status of
    its daemon has them."""

    title: str
    work: Work
    pools: Mapping[str, Sequence[Key]]
    meters: Mapping[str, Any] = field(default_factory=dict)
