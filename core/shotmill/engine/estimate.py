"""What a run would take: the engine itself under simulated time, on this board, with these quotas as used today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shotmill.engine.ahead import work_of
from shotmill.engine.pace import Estimate, Pace, estimate, held_by
from shotmill.engine.play import Played, play, rooms_for
from shotmill.engine.rooms import QuotaRoom, StyleWork
from shotmill.engine.works import Beside, Quotas, Work

BY_CHAIN = 1.2
"""A run that takes at most so many times its longest chain is as long as that one: latencies differ."""


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """`seconds` to the last image, None where no quota is left to go on with; `pace` is what sets them, and has the
    style that ends last.

    `pace.saves_s` is what one more quota project with the limits of the first would save. `by_style` counts images.
    `within_budget`: how many of them the budget pays for, where it ends the run. `without_key`: how many no key may
    draw. `simulated`: for so many the engine itself was asked, what comes after them is arithmetic. `hints`: what the
    prompts files hold that is probably not meant. `is_play_money`: the emulator draws, and nothing is billed. `beside`:
    the titles of other runs that draw from the same quotas meanwhile, with how many images each has left.
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
    beside: tuple[tuple[str, int], ...] = ()

    @property
    def is_simulated(self) -> bool:
        """To its end, and not carried on by arithmetic."""
        return self.simulated >= (self.images if self.within_budget is None else self.within_budget) - self.without_key


def estimate_run(
    work: Work, quotas: Quotas, now: float, *, seed: int = 0, beside: Sequence[Beside] = ()
) -> RunEstimate:
    """What drawing everything that is to do would take from `now` on, while the runs `beside` go on that are under way.
    The board is not changed."""
    by_style = {style.name: style.to_do for style in work.board.styles}
    images, (latency_s, usd) = sum(by_style.values()), work.replies
    rooms = rooms_for(quotas, quotas.book(seed), work.model, now)
    rough = estimate([*work_of(work.board, quotas.pools), *_left(beside)], rooms, latency_s, now)
    others = tuple((other.title, sum(style.to_do for style in other.work.board.styles)) for other in beside)
    found = RunEstimate(rough.seconds, images, usd, rough.pace, by_style, beside=others)
    if not images:
        return found
    played = play(work, quotas, now, seed, beside)
    found = replace(found, seconds=played.seconds, simulated=played.drawn)
    if played.seconds is None:
        return found
    pace = _pace(work, quotas, rooms, played, rough, latency_s)
    found = replace(found, pace=pace if pace.style else replace(pace, style=played.style))
    if played.within_budget is not None:
        found = replace(found, within_budget=played.within_budget, usd=played.usd)
    faster = play(work, quotas.with_one_more(), now, seed, beside).seconds
    saved = played.seconds - faster if faster is not None else 0.0
    return replace(found, pace=found.pace.saving(max(0.0, saved)), without_key=played.without_key)


def _left(beside: Sequence[Beside]) -> list[StyleWork]:
    """What the runs that are under way have left, each style of them."""
    return [
        replace(style, run=number)
        for number, other in enumerate(beside, 1)
        for style in work_of(other.work.board, other.pools)
    ]


def _pace(
    work: Work, quotas: Quotas, rooms: Mapping[str, QuotaRoom], played: Played, rough: Estimate, latency_s: float
) -> Pace:
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
    return held_by(played.limit, found, latency_s, of_money, chain)
