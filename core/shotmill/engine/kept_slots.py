"""Slots of a minute that are kept for long chains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from shotmill.engine.lane import Lane
from shotmill.engine.waves import NOTHING
from shotmill.quota.book import QuotaBook, Slots
from shotmill.quota.lease import Binding, Wait
from shotmill.quota.pool import KeyPool
from shotmill.quota.window import MINUTE


@dataclass(frozen=True, slots=True)
class Sharers:
    """Styles whose keys draw from the same quota projects, directly or by way of others, and all their keys."""

    lanes: tuple[Lane, ...]
    pool: KeyPool


@dataclass(frozen=True, slots=True)
class Minutes:
    """How the work that is left goes through its quotas. All slots of a minute can leave at once: so many `rounds`, a
    minute each, follow what is free now, and with the last one everything has left.

    `first` is the part of a minute until more slots are free, `to_spare` how many slots all of them have beyond the
    work.
    """

    rounds: int
    first: float
    to_spare: int

    @classmethod
    def of(cls, unsent: int, slots: Slots, now: float) -> Minutes:
        more = max(0, unsent - slots.free)
        rounds = max(1, -(-more // slots.a_minute))
        first = min(1.0, (slots.more_at - now) / MINUTE) if slots.more_at is not None else 1.0
        return cls(rounds, first, rounds * slots.a_minute - more)

    def slots_for(self, chains: int, beats: int) -> int:
        """Slots that so many chains need until more are free, which have so many beats to come in all.

        At an even pace each draws as many beats in this minute as in every other, and is done within the last one:
        the beat of it that is out is one of them. To be done when the last one begins it has to be a little faster;
        that takes slots late, and one that is taken late in one minute is late in all that follow. So no more of them
        than there are to spare.
        """
        till_last = self.rounds - 1 + self.first
        evenly = (beats + chains) * self.first / (till_last + 1) - chains
        faster = (beats - chains) * self.first / till_last
        return math.ceil(max(evenly, min(faster, self.to_spare)) - NOTHING)


@dataclass(frozen=True, slots=True)
class Need:
    """Chains with so many `beats` to come, and longer ones, need so many slots of these quota projects."""

    beats: int
    slots: int
    quota_projects: frozenset[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept now of so many `free` slots: the needs of the longest chains, of these and the next longest, …"""

    wait: Wait
    free: int
    needs: tuple[Need, ...]

    def for_others(self, lane: Lane, book: QuotaBook, model: str, now: float) -> Wait | None:
        """What holds the style's next beat back: the slots that it could use are kept for longer chains than its."""
        longer = [need for need in self.needs if need.beats > lane.ready[0].tail + 1]
        if not longer or self.free > longer[-1].slots:
            return None
        elsewhere = KeyPool(key for key in lane.pool.keys if key.quota_project not in longer[-1].quota_projects)
        return None if book.slots(_awake(elsewhere, book, model, now), model, now).free else self.wait


def sharers(lanes: Sequence[Lane]) -> list[Sharers]:
    """The styles by what they share; keep it till the pools change."""
    groups: list[tuple[set[str], list[Lane]]] = []
    for lane in lanes:
        names, members = {name for name, _ in lane.pool.groups}, [lane]
        for group in [group for group in groups if group[0] & names]:
            groups.remove(group)
            names, members = names | group[0], group[1] + members
        groups.append((names, members))
    return [
        Sharers(tuple(members), KeyPool(dict.fromkeys(key for lane in members for key in lane.pool.keys)))
        for _, members in groups
    ]


def kept(sharing: Sharers, book: QuotaBook, model: str, now: float) -> Kept | None:
    """Whether free slots of these styles are kept for chains that would else end after everything else.

    Were all of them taken at once, a chain whose next beat is ready some seconds later would get one beat a minute.
    That is too slow for one with more beats to come than minutes are needed for all the work, its own included. Such
    chains draw at an even pace over these minutes: as many slots as that takes until more are free are kept from
    shorter chains and single beats, which the quotas have room for later. Nothing is kept for a style whose keys all
    rest: it might never come; nor while a limit is being found, for which slots have to be used up.
    """
    book.meet(sharing.pool, model, now)
    lanes = [lane for lane in sharing.lanes if not lane.paused]
    longest = max((beats for lane in lanes for beats, _ in lane.chains), default=0)
    unsent = sum(lane.unsent for lane in lanes)
    if not longest or longest * book.a_minute(sharing.pool, model) < unsent:
        return None  # nearly always: far more is left than the longest chain
    awake = _awake(sharing.pool, book, model, now)
    slots = book.slots(awake, model, now)
    if not slots.free or slots.searched:
        return None
    minutes = Minutes.of(unsent, slots, now)
    going = [lane for lane in lanes if any(key in awake.keys for key in lane.pool.keys)]
    chains = [(beats, count, lane) for lane in going for beats, count in lane.chains if beats > minutes.rounds]
    if slots.free >= sum(beats * count for beats, count, _ in chains):
        return None  # enough for all of them at once
    wait = Wait(Binding.MINUTE, slots.more_at, "minute quota, the last slots kept for longer chains")
    return Kept(wait, slots.free, tuple(_needs(chains, minutes)))


def _awake(pool: KeyPool, book: QuotaBook, model: str, now: float) -> KeyPool:
    """The keys that may send; the pool itself where all may, as nearly always."""
    keys = [key for key in pool.keys if book.resting(key, model, now) is None]
    return pool if len(keys) == len(pool.keys) else KeyPool(keys)


def _needs(chains: Iterable[tuple[int, int, Lane]], minutes: Minutes) -> Iterator[Need]:
    in_all, beats_in_all, slots, names = 0, 0, 0, frozenset[str]()
    for beats, count, lane in sorted(chains, key=itemgetter(0), reverse=True):
        in_all, beats_in_all = in_all + count, beats_in_all + beats * count
        slots = max(slots, minutes.slots_for(in_all, beats_in_all))
        names |= {name for name, _ in lane.pool.groups}
        yield Need(beats, slots, names)
