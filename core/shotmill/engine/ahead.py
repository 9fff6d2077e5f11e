"""What is left to draw, and what sets its pace: views of a board, a run and its quotas at one moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shotmill.engine.beat import BeatState
from shotmill.engine.board import Board
from shotmill.engine.lane import Lane
from shotmill.engine.pace import Estimate, Pace, estimate
from shotmill.engine.remedies import remedies
from shotmill.engine.rooms import QuotaRoom, StyleWork
from shotmill.engine.waiting import Waiting, waiting_of
from shotmill.quota.book import QuotaBook
from shotmill.quota.lease import Binding
from shotmill.quota.window import MINUTE
from shotmill.settings.keys import Key

if TYPE_CHECKING:
    from shotmill.engine.scheduler import Scheduler

REMEDIED = frozenset({"minute_quota", "day_quota", "chain", "in_flight", "latency"})
"""The limits that the estimate's arithmetic knows; what is waited for has a cure of its own."""
PAUSES = frozenset({"minute_quota", "throttled"})
"""The codes of rests that end with the running minute, or some minutes later: none of the day's quota is lost."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is left in each style, what each quota project has to give, and how long an image takes."""

    work: Sequence[StyleWork]
    rooms: Mapping[str, QuotaRoom]
    latency_s: float
    now: float

    def estimate(self) -> Estimate:
        """Its pace comes with the remedy that helps most."""
        found = estimate(self.work, self.rooms, self.latency_s, self.now)
        return replace(found, pace=self.remedied(found.pace))

    def remedied(self, pace: Pace) -> Pace:
        """The pace with what would help most, where something does."""
        if pace.limit not in REMEDIED:
            return pace
        best = next(iter(remedies(self.work, self.rooms, self.latency_s, self.now)), None)
        return pace if best is None else replace(pace, helps=best.says, helps_s=best.saves_s)


def work_of(
    board: Board, pools: Mapping[str, Sequence[Key]], lanes: Mapping[str, Lane] | None = None
) -> list[StyleWork]:
    """What is left to draw in each style: of the run that goes on, whose `lanes` these are, without one of the
    project."""
    work = []
    for style in board.styles:
        lane = lanes.get(style.name) if lanes else None
        if lane is not None:
            left, flying, chain = lane.left, lane.in_flight, lane.longest_chain()
        else:
            flying = style.counts[BeatState.IN_FLIGHT]
            left, chain = style.to_do + flying, style.longest_chain()
        names = tuple(dict.fromkeys(key.quota_project for key in pools.get(style.name, ())))
        work.append(StyleWork(style.name, left, chain, names, flying))
    return work


def ahead_of(scheduler: Scheduler, latency_s: float, now: float, beside: Sequence[Scheduler] = ()) -> Ahead:
    """What is left of the run that this scheduler plans, while those `beside` it go on that draw from the same book."""
    pools = {"": [key for one in (scheduler, *beside) for key in keys_of(one)]}
    work = [*left_of(scheduler), *work_beside(beside)]
    return Ahead(work, rooms_of(scheduler.book, pools, scheduler.model, now), latency_s, now)


def keys_of(scheduler: Scheduler) -> list[Key]:
    """Those of all of its styles."""
    return [key for lane in scheduler.lanes.values() for key in lane.pool.keys]


def left_of(scheduler: Scheduler) -> list[StyleWork]:
    """What is left in each style of its run."""
    pools = {name: lane.pool.keys for name, lane in scheduler.lanes.items()}
    return work_of(scheduler.board, pools, scheduler.lanes)


def work_beside(others: Sequence[Scheduler]) -> list[StyleWork]:
    """What is left in each style of other runs, apart from those that need a person first."""
    return [
        replace(style, run=number)
        for number, other in enumerate(others, 1)
        for style in left_of(other)
        if not other.lanes[style.name].for_a_person
    ]


def rooms_of(book: QuotaBook, pools: Mapping[str, Sequence[Key]], model: str, now: float) -> dict[str, QuotaRoom]:
    """What each quota project of the pools has to give; one whose keys all rest nothing before the first is back,
    but for a pause, which only empties the minute."""
    rooms = {}
    keys = {key.fingerprint: key for pool in pools.values() for key in pool}.values()
    for name in {key.quota_project for key in keys}:
        account = book.account(name, model, keys, now)
        a_minute = account.a_minute
        left, resets, a_day = max(0, account.rpd - account.today(now)), account.day.next_reset(now), account.rpd
        found = [book.resting(key, model, now) for key in keys if key.quota_project == name]
        rests, free = [rest for rest in found if rest is not None], min(account.free(now), a_minute)
        if len(rests) == len(found) and all(rest.code in PAUSES for rest in rests):
            free = 0
        elif len(rests) == len(found):
            back = [rest.until for rest in rests if rest.until is not None]
            left, resets, a_day = 0, min(back, default=resets), a_day if back else 0
        rooms[name] = QuotaRoom(
            name,
            a_minute,
            free,
            left,
            resets,
            a_day,
            account.most_in_flight,
            minute_s=MINUTE + account.guard.at(now),
            by_tokens=a_minute < account.rpm,
        )
    return rooms


def pace_under(lanes: Mapping[str, Lane], waiting: Waiting | None, found: Estimate) -> Pace:
    """What binds a run: what it waits for as a whole, else what keeps one of its styles from the provider, else what
    was estimated. A wait for what the estimate names too comes with the estimate's figures."""
    waits = [lane.wait for lane in lanes.values() if lane.wait is not None]
    cut_off = [waiting_of(wait) for wait in waits if wait.binding in (Binding.NETWORK, Binding.OVERLOAD)]
    held = waiting or next(iter(cut_off), None)
    if held is None:
        return found.pace
    return replace(
        found.pace if found.pace.limit == held.limit else Pace(held.limit),
        until=held.until,
        code=held.code,
        reason=held.reason,
        cure=held.cure,
        since=held.since,
        free_bytes=held.free_bytes,
        needed_bytes=held.needed_bytes,
    )
