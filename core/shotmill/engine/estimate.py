"""What a run would take: the engine itself under simulated time, on this board, with these quotas as used today."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shotmill.engine.board import Beat, BeatState, Board
from shotmill.engine.pace import Pace, QuotaRoom, StyleWork, estimate
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.simulation import Simulation, StuckError
from shotmill.quota.account import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.day import next_reset
from shotmill.quota.levels import History
from shotmill.secrets import Secret
from shotmill.settings.keys import Key

SIMULATED_UP_TO = 20_000
"""Beats; more are estimated by arithmetic, since a simulation of all of them would take longer than is waited for."""
ONE_MORE = "one-more"


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """`seconds` to the last image, None where no quota is left to go on with; `pace` is what sets them.

    `pace.saves_s` is what one more quota project with the limits of the first would save. `by_style` counts images.
    """

    seconds: float | None
    images: int
    usd: float
    pace: Pace
    by_style: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Quotas:
    """What is known of the quotas: each style's keys, each quota project's limits, and what was sent before."""

    pools: Mapping[str, Sequence[Key]]
    limits: Callable[[str], AccountLimits]
    history: History

    def with_one_more(self) -> Quotas:
        """The same with a key of another quota project for every style."""
        first = next((key.quota_project for pool in self.pools.values() for key in pool), "")
        key = Key(ONE_MORE, Secret(ONE_MORE), ONE_MORE, ONE_MORE)
        return Quotas(
            {style: [*pool, key] for style, pool in self.pools.items()},
            lambda name: self.limits(first if name == ONE_MORE else name),
            self.history,
        )


def estimate_run(
    board: Board, quotas: Quotas, model: str, price_usd: float, latency: Latency, now: float, *, seed: int = 0
) -> RunEstimate:
    """What drawing everything that is to do would take from `now` on. The board is not changed."""
    by_style = {style.name: style.to_do for style in board.styles}
    images = sum(by_style.values())
    book = QuotaBook(quotas.history, quotas.limits, random.Random(seed))
    rough = estimate(work_of(board, quotas.pools), rooms_of(book, quotas.pools, model, now), latency.median_s, now)
    pace, seconds = rough.pace, rough.seconds
    if 0 < images <= SIMULATED_UP_TO and seconds is not None:
        seconds = _simulated(board, quotas, model, price_usd, latency, now, seed)
        faster = _simulated(board, quotas.with_one_more(), model, price_usd, latency, now, seed)
        if seconds is not None and faster is not None:
            pace = pace.saving(max(0.0, seconds - faster))
    return RunEstimate(seconds, images, images * price_usd, pace, by_style)


def work_of(board: Board, pools: Mapping[str, Sequence[Key]]) -> list[StyleWork]:
    """What is left to draw in each style."""
    work = []
    for style in board.styles:
        names = tuple(dict.fromkeys(key.quota_project for key in pools.get(style.name, ())))
        flying = style.counts[BeatState.IN_FLIGHT]
        work.append(StyleWork(style.name, style.to_do + flying, style.longest_chain(), names, flying))
    return work


def rooms_of(book: QuotaBook, pools: Mapping[str, Sequence[Key]], model: str, now: float) -> dict[str, QuotaRoom]:
    """What each quota project of the pools has to give."""
    rooms = {}
    for name in {key.quota_project for pool in pools.values() for key in pool}:
        account = book.account(name, model, [key for pool in pools.values() for key in pool], now)
        left = max(0, account.rpd - account.today(now))
        at_once = account.most_in_flight
        rooms[name] = QuotaRoom(name, account.rpm, account.free(now), left, next_reset(now), account.rpd, at_once)
    return rooms


def _simulated(
    board: Board, quotas: Quotas, model: str, price_usd: float, latency: Latency, now: float, seed: int
) -> float | None:
    twin = board.twin()
    for style in twin.styles:
        for beat in style.beats:
            beat.wanted = beat.state in (BeatState.PENDING, BeatState.WAITING) and not _behind_doubt(beat)
    names = {key.quota_project for pool in quotas.pools.values() for key in pool}
    book = QuotaBook(quotas.history, quotas.limits, random.Random(seed))
    accounts = [book.account(name, model, [], now) for name in names]
    limits = {one.quota_project: AccountLimits(one.rpm, one.rpd, one.limits.in_flight) for one in accounts}
    windows = {one.quota_project: (one.rpm, one.rpd) for one in accounts}
    provider = CalmProvider(windows, latency, price_usd, random.Random(seed))
    book = QuotaBook(quotas.history, limits.__getitem__, random.Random(seed))
    simulation = Simulation(book, provider, now)
    run = simulation.start(Scheduler(twin, quotas.pools, book, model, Terms(price_usd), Money()))
    try:
        simulation.proceed()
    except StuckError:
        return None
    return run.last_image - now if run.end == ("finished", "") and run.drawn else None


def _behind_doubt(beat: Beat) -> bool:
    """Whether it continues, over whatever else is to do, from a beat in doubt: a run leaves those."""
    before = beat.previous
    while before is not None and before.state in (BeatState.PENDING, BeatState.WAITING):
        before = before.previous
    return before is not None and before.state is BeatState.IN_DOUBT
