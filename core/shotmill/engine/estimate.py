"""What a run would take: the engine itself under simulated time, on this board, with these quotas as used today."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from shotmill.engine.ahead import rooms_of, work_of
from shotmill.engine.beat import TO_DO, Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.holds import Holds
from shotmill.engine.pace import Estimate, Pace, QuotaRoom, estimate, held_by
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import Foreseen, ForeseenProvider, Latency
from shotmill.engine.simulation import SimulatedRun, Simulation, StuckError
from shotmill.engine.used_today import Rested
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.learned import ANY_MODEL, Learned
from shotmill.quota.levels import History
from shotmill.quota.spend_window import SPAN_S
from shotmill.secrets import Secret
from shotmill.settings.keys import Key

SIMULATED_UP_TO = 2_000
"""Images; the rest is arithmetic: a simulation takes up to a millisecond of a processor an image, twice over."""
SEEN_BY_ITSELF = ("rpm", "rpd", "ipm", "proven")
"""What was learned of the limits in use, which a simulation is given as they are."""
BY_CHAIN = 1.2
"""A run that takes at most so many times its longest chain is as long as that one: latencies differ."""
ONE_MORE = "one-more"


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """`seconds` to the last image, None where no quota is left to go on with; `pace` is what sets them.

    `pace.saves_s` is what one more quota project with the limits of the first would save. `by_style` counts images.
    `within_budget`: how many of them the budget pays for, where it ends the run. `without_key`: how many no key may
    draw. `simulated`: for so many the engine itself was asked, what comes after them is arithmetic. `hints`: what the
    prompts files hold that is probably not meant. `is_play_money`: the emulator draws, and nothing is billed.
    """

    seconds: float | None
    images: int
    usd: float
    pace: Pace
    by_style: Mapping[str, int]
    within_budget: int | None = None
    without_key: int = 0
    simulated: int = 0
    hints: tuple[str, ...] = ()
    is_play_money: bool = False

    @property
    def is_simulated(self) -> bool:
        """To its end, and not carried on by arithmetic."""
        return self.simulated >= (self.images if self.within_budget is None else self.within_budget) - self.without_key


@dataclass(frozen=True, slots=True)
class Quotas:
    """What is known of the quotas: each style's keys, each quota project's limits, and how they are used so far."""

    pools: Mapping[str, Sequence[Key]]
    limits: Callable[[str], AccountLimits]
    history: History
    rests: Sequence[Rested] = ()
    learned: Sequence[tuple[str, str, Sequence[Learned]]] = ()

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
        return [key for pool in self.pools.values() for key in pool]


@dataclass(frozen=True, slots=True)
class Work:
    """A board with what is to do on it, and what a run may spend: `each_usd` is what a reply is expected to cost,
    `spent_usd` what the project's budget has lost already."""

    board: Board
    model: str
    terms: Terms
    latency: Latency
    each_usd: float
    spent_usd: float = 0.0
    foreseen: Foreseen | None = None

    @property
    def price_usd(self) -> float:
        """Dollars for everything that is to do."""
        to_do = [beat for style in self.board.styles for beat in style.beats if beat.state in TO_DO]
        if self.foreseen is None:
            return len(to_do) * self.each_usd
        return sum(self.foreseen(beat)[1] for beat in to_do)

    @property
    def room_usd(self) -> float | None:
        """What the budgets leave; None without any."""
        of_project, of_run = self.terms.budget_usd, self.terms.run_budget_usd
        rooms = [] if of_project is None else [of_project - self.spent_usd]
        return min([*rooms, *([] if of_run is None else [of_run])], default=None)


def estimate_run(work: Work, quotas: Quotas, now: float, *, seed: int = 0) -> RunEstimate:
    """What drawing everything that is to do would take from `now` on. The board is not changed."""
    by_style = {style.name: style.to_do for style in work.board.styles}
    images, usd = sum(by_style.values()), work.price_usd
    rooms = rooms_of(quotas.book(seed), quotas.pools, work.model, now)
    rough = estimate(work_of(work.board, quotas.pools), rooms, work.latency.median_s, now)
    found = RunEstimate(rough.seconds, images, usd, rough.pace, by_style)
    if not images:
        return found
    played = _simulated(work, quotas, now, seed)
    found = replace(found, seconds=played.seconds, simulated=played.drawn)
    if played.seconds is None:
        return found
    found = replace(found, pace=_pace(work, quotas, rooms, played, rough))
    if played.within_budget is not None:
        return replace(found, within_budget=played.within_budget, usd=played.usd)
    if played.without_key:
        return replace(found, without_key=played.without_key)
    faster = _simulated(work, quotas.with_one_more(), now, seed).seconds
    saved = played.seconds - faster if faster is not None else 0.0
    return replace(found, pace=found.pace.saving(max(0.0, saved)))


@dataclass(frozen=True, slots=True)
class _Played:
    """What a simulation came to: `drawn` images in it, and with what comes after `seconds` to the last one. `limit`, in
    the words of a pace, held the style that ended last for the longest time."""

    seconds: float | None = None
    drawn: int = 0
    within_budget: int | None = None
    usd: float = 0.0
    without_key: int = 0
    limit: str = ""
    style: str = ""


def _simulated(work: Work, quotas: Quotas, now: float, seed: int) -> _Played:
    """The run as it would go, from where simulating takes too long by arithmetic; without seconds where it would
    stick."""
    twin = work.board.twin()
    for style in twin.styles:
        for beat in style.beats:
            beat.wanted = beat.state in TO_DO and not _behind_doubt(beat)
    known = quotas.book(seed)
    accounts = [known.account(name, work.model, [], now) for name in {key.quota_project for key in quotas.keys}]
    fixed = {
        one.quota_project: AccountLimits(one.rpm, one.rpd, one.limits.in_flight, minutes_out=one.limits.minutes_out)
        for one in accounts
    }
    windows = {name: (int(limits.rpm), limits.rpd) for name, limits in fixed.items()}
    provider = ForeseenProvider(windows, work.latency, work.each_usd, random.Random(seed))
    provider.foreseen = work.foreseen
    learned = [
        (name, model, [one for one in of if one.what not in SEEN_BY_ITSELF]) for name, model, of in quotas.learned
    ]
    book = replace(quotas, limits=fixed.__getitem__, learned=learned).book(seed)
    for key in quotas.keys:
        book.account(key.quota_project, work.model, [key], now)
        book.spend_window(key.billing_account).try_nothing()
    simulation = Simulation(book, provider, now)
    money = Money(spent=work.spent_usd)
    run = simulation.start(Scheduler(twin, quotas.pools, book, work.model, work.terms, money))
    holds = Holds(run.scheduler)
    try:
        while not simulation.proceed(steps=1):
            holds.passed(simulation.now)
            if run.drawn >= SIMULATED_UP_TO:
                return _carried_on(work, quotas, run, holds, now, simulation.now)
    except StuckError:
        return _Played()
    last, limit = holds.longest()
    seconds = run.last_image - now if run.drawn else None
    usd = run.scheduler.purse.spent
    if run.end == ("stopped", "budget"):
        return _Played(seconds, run.drawn, run.drawn, usd, limit=limit, style=last)
    keyless = run.scheduler.pending if run.end != ("finished", "") else 0
    return _Played(seconds, run.drawn, None, usd, keyless, limit, last)


def _carried_on(work: Work, quotas: Quotas, run: SimulatedRun, holds: Holds, began: float, now: float) -> _Played:
    """What a run comes to that is under way at `now`, with its quotas as they are then, by arithmetic."""
    scheduler = run.scheduler
    keyless = {name: lane.left for name, lane in scheduler.lanes.items() if lane.for_a_person}
    left = [style for style in work_of(scheduler.board, quotas.pools) if style.name not in keyless]
    rooms = rooms_of(scheduler.book, quotas.pools, work.model, now)
    rough, beats = estimate(left, rooms, work.latency.median_s, now), sum(style.beats for style in left)
    more, limit = rough.seconds, rough.pace.limit
    if more is None:
        return _Played(None, run.drawn)
    banks = {key.billing_account for key in quotas.keys}
    if banks and banks <= quotas.spending.keys():
        to_send = beats - scheduler.in_flight
        of_money = to_send * SPAN_S / sum(quotas.spending[name] for name in banks)
        more, limit = (of_money, "spend") if of_money > more else (more, limit)
    last, limit = holds.longest({limit: more})
    usd, room = scheduler.purse.spent, work.room_usd
    if beats and room is not None and usd + beats * work.each_usd > room:
        affordable = int(max(0.0, room - usd) / work.each_usd)
        seconds = now - began + more * affordable / beats
        return _Played(seconds, run.drawn, run.drawn + affordable, room, limit=limit, style=last)
    return _Played(now - began + more, run.drawn, None, usd, sum(keyless.values()), limit, last)


def _pace(work: Work, quotas: Quotas, rooms: Mapping[str, QuotaRoom], played: _Played, rough: Estimate) -> Pace:
    """The pace of what held the simulated run; the arithmetic's where that says the same, or where the run takes hardly
    longer than its longest chain, whatever held the others.
    """
    style, pace = work.board.style(played.style), rough.pace
    chained = pace.limit == "chain" and (played.seconds or 0.0) <= (rough.seconds or 0.0) * BY_CHAIN
    if style is None or chained or played.limit == pace.limit:
        return pace
    names = dict.fromkeys(key.quota_project for key in quotas.pools.get(style.name, ()))
    found = [rooms[name] for name in names if name in rooms]
    of_money, chain = sum(quotas.spending.values()) / 10, (style.name, style.longest_chain())
    return held_by(played.limit, found, work.latency.median_s, of_money, chain)


def _behind_doubt(beat: Beat) -> bool:
    """Whether it continues, over whatever else is to do, from a beat in doubt: a run leaves those."""
    before = beat.nearest_before()
    while before is not None and before.state in TO_DO:
        before = before.nearest_before()
    return before is not None and before.state is BeatState.IN_DOUBT
