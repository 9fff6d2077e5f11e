"""A run as it would go: the engine's own scheduler in simulated time, and from where that takes too long arithmetic."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shotmill.engine.ahead import left_of, rooms_of, work_beside
from shotmill.engine.beat import TO_DO
from shotmill.engine.holds import Holds
from shotmill.engine.lane import next_wanted, waits_for
from shotmill.engine.pace import estimate
from shotmill.engine.purse import Money
from shotmill.engine.rooms import QuotaRoom
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import ForeseenProvider
from shotmill.engine.simulation import Simulation, StuckError
from shotmill.engine.waves import Wave
from shotmill.engine.works import Beside, Quotas, Work
from shotmill.quota.account import Account
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.window import MINUTE
from shotmill.settings.keys import Key

SIMULATED_UP_TO = 2_000
"""Images; the rest is arithmetic: a simulation takes up to a millisecond of a processor an image, twice over."""
SEEN_BY_ITSELF = ("rpm", "rpd", "ipm", "proven")
"""What was learned of the limits in use, which a simulation is given as they are."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a simulation came to: `drawn` images in it, and with what comes after `seconds` to the last one. `limit`, in
    the words of a pace, held the style that ended last for the longest time."""

    seconds: float | None = None
    drawn: int = 0
    within_budget: int | None = None
    usd: float = 0.0
    without_key: int = 0
    limit: str = ""
    style: str = ""


def play(work: Work, quotas: Quotas, now: float, seed: int, beside: Sequence[Beside] = ()) -> Played:
    """The run as it would go beside those that are under way; without seconds where it would stick."""
    simulation, provider = _world(work, quotas, now, seed)
    for other in beside:  # first: they are there already, and take what is free
        simulation.start(_scheduler(other.work, other.pools, simulation, provider))
    run = simulation.start(_scheduler(work, quotas.pools, simulation, provider))
    holds = Holds(run.scheduler)
    try:
        while run.end is None:
            simulation.proceed(steps=1)
            holds.passed(simulation.now)
            if run.end is None and sum(each.drawn for each in simulation.runs) >= SIMULATED_UP_TO:
                return _carried_on(work, quotas, simulation, holds, now)
    except StuckError:
        if run.end is None:
            return Played()
    last, limit = holds.longest()
    seconds = run.last_image - now if run.drawn else None
    usd = run.scheduler.purse.spent
    if run.end == ("stopped", "budget"):
        return Played(seconds or 0.0, run.drawn, run.drawn, usd, limit=limit, style=last)
    keyless = run.scheduler.pending if run.end != ("finished", "") else 0
    return Played(seconds, run.drawn, None, usd, keyless, limit, last)


def rooms_for(quotas: Quotas, book: QuotaBook, model: str, now: float) -> dict[str, QuotaRoom]:
    """What the quota projects have to give, each no more than its part of what the spend window of its billing account
    is known to take."""
    rooms = {
        name: replace(room, comes_back=_coming_back(book.account(name, model, [], now), now))
        for name, room in rooms_of(book, {"": quotas.keys}, model, now).items()
    }
    banks = {key.quota_project: key.billing_account for key in quotas.keys}
    for bank, images in quotas.spending.items():
        window = book.spend_window(bank)
        room_now = window.room(window.each_usd, now) or 0
        members = [room for name, room in rooms.items() if banks[name] == bank]
        a_minute = sum(room.rpm for room in members)
        for room in members if images / 10 < a_minute else ():
            part = room.rpm / a_minute
            rooms[room.name] = replace(room, free_now=min(room.free_now, int(room_now * part)), paid=images / 10 * part)
    return rooms


def _coming_back(account: Account, now: float) -> Wave:
    """When the slots of the minute that are taken are free again."""
    guard = account.guard.at(now)
    moments = account.window.moments(now, guard)
    return tuple(Counter(max(0.0, at + MINUTE + guard - now) for at in moments).items())


def _world(work: Work, quotas: Quotas, now: float, seed: int) -> tuple[Simulation, ForeseenProvider]:
    """A provider that does as the limits say, and a book that knows them."""
    known = quotas.book(seed)
    accounts = [known.account(name, work.model, [], now) for name in {key.quota_project for key in quotas.keys}]
    fixed = {
        one.quota_project: AccountLimits(one.rpm, one.rpd, one.limits.in_flight, minutes_out=one.limits.minutes_out)
        for one in accounts
    }
    windows = {name: (int(limits.rpm), limits.rpd) for name, limits in fixed.items()}
    learned = [
        (name, model, [one for one in of if one.what not in SEEN_BY_ITSELF]) for name, model, of in quotas.learned
    ]
    book = replace(quotas, limits=fixed.__getitem__, learned=learned).book(seed)
    for key in quotas.keys:
        book.account(key.quota_project, work.model, [key], now)
        book.spend_window(key.billing_account).try_nothing()
    provider = ForeseenProvider(windows, work.latency, work.each_usd, random.Random(seed))
    return Simulation(book, provider, now), provider


def _scheduler(
    work: Work, pools: Mapping[str, Sequence[Key]], simulation: Simulation, provider: ForeseenProvider
) -> Scheduler:
    """Of a twin of the work's board: what is out lands there in its time, and lets go what waits for it."""
    twin = work.board.twin()
    for style in twin.styles:
        provider.works[style] = work
        for beat in style.beats:
            beat.wanted = beat.state in TO_DO
    scheduler = Scheduler(twin, pools, simulation.book, work.model, work.terms, Money(spent=work.spent_usd))
    for (style_name, name), seconds in work.lands.items():
        beat_out = twin.find(style_name, name)
        after = next_wanted(beat_out) if beat_out is not None else None
        if after is not None and waits_for(after) is beat_out:
            scheduler.lanes[style_name].queue_later(after, simulation.now + seconds)
    return scheduler


def _carried_on(work: Work, quotas: Quotas, simulation: Simulation, holds: Holds, began: float) -> Played:
    """What a run comes to that is under way, with its quotas as they are then, by arithmetic."""
    *others, run = simulation.runs
    now, (latency_s, _), tail = simulation.now, work.replies, work.latency.tail_s
    scheduler = run.scheduler
    keyless = {name: lane.left for name, lane in scheduler.lanes.items() if lane.for_a_person}
    left = [style for style in left_of(scheduler) if style.name not in keyless]
    left += work_beside([other.scheduler for other in others if other.end is None])
    rooms = rooms_for(quotas, scheduler.book, work.model, now)
    rough = estimate(left, rooms, latency_s, now, tail)
    beats = sum(style.beats for style in left if style.is_ours)
    more = rough.seconds
    if more is None:
        return Played(None, run.drawn)
    last, limit = holds.longest({rough.pace.limit: more})
    usd, room = scheduler.purse.spent, work.room_usd
    if beats and room is not None and usd + beats * work.each_usd > room:
        affordable = int(max(0.0, room - usd) / work.each_usd)
        seconds = now - began + more * affordable / beats
        return Played(
            seconds, run.drawn, run.drawn + affordable, usd + affordable * work.each_usd, limit=limit, style=last
        )
    return Played(now - began + more, run.drawn, None, usd, sum(keyless.values()), limit, last)
