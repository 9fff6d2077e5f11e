"""Slots of a minute that are kept for long chains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shotmill.engine.lane import Lane
from shotmill.quota.book import QuotaBook
from shotmill.quota.lease import Binding, Wait
from shotmill.quota.pool import KeyPool
from shotmill.quota.window import MINUTE


@dataclass(frozen=True, slots=True)
class Sharers:
    """Styles whose keys draw from the same quota projects, directly or by way of others, and all their keys."""

    lanes: tuple[Lane, ...]
    pool: KeyPool


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept now. A beat with so many `rounds` of the minute or more behind it is one that it is kept for."""

    wait: Wait
    rounds: int
    quota_projects: frozenset[str]

    def for_others(self, lane: Lane, book: QuotaBook, model: str, now: float) -> Wait | None:
        """What holds the style's next beat back: the slots that it could use are kept for others."""
        if lane.ready[0].tail >= self.rounds:
            return None
        elsewhere = [key for key in lane.pool.keys if key.quota_project not in self.quota_projects]
        if elsewhere and book.slots(KeyPool(elsewhere), model, now).free:
            return None
        return self.wait


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
    """Whether the free slots of these styles are kept for chains that would else end after everything else.

    All slots of a minute could leave at once. A chain whose next beat is ready some seconds later would then get one
    beat a minute; that is too slow for one with more beats to come than minutes are needed for all the work, its
    own included. Spread over those minutes its beats come to so many a minute: as many of the free slots are kept as it
    needs at that pace until more become free, and never less than one a chain. The quotas have room for all the work in
    that time, so the rest is not late by it. Before the last minute a slot that is taken late is not had again: then no
    more is kept than the rest can do without. Nothing is kept for a style whose keys all rest: it might never come.
    """
    lanes = [lane for lane in sharing.lanes if not lane.paused]
    longest = max((beats for lane in lanes for beats, _ in lane.chains), default=0)
    unsent = sum(lane.unsent for lane in lanes)
    if not longest or longest * book.a_minute(sharing.pool, model) < unsent:
        return None  # nearly always: far more is left than the longest chain
    slots = book.slots(sharing.pool, model, now)
    if not slots.a_minute or not slots.free:
        return None
    more = max(0, unsent - slots.free)
    rounds = max(1, -(-more // slots.a_minute))
    going = [lane for lane in lanes if any(book.resting(key, model, now) is None for key in lane.pool.keys)]
    behind = [(lane, beats, count) for lane in going for beats, count in lane.chains if beats > rounds]
    first = min(1.0, (slots.more_at - now) / MINUTE) if slots.more_at is not None else 1.0
    minutes = max(rounds - 1 + first, more / slots.a_minute)  # the first where all become free at once
    at_its_pace = math.ceil(sum((beats - 1) * count for _, beats, count in behind) * first / minutes)
    to_spare = rounds * slots.a_minute - more
    most = min(at_its_pace, to_spare) if rounds == 1 else at_its_pace
    if not behind or slots.free > max(most, sum(count for _, _, count in behind)):
        return None
    wait = Wait(Binding.MINUTE, slots.more_at, "minute quota, the last slots kept for the longest chain")
    return Kept(wait, rounds, frozenset(name for lane, _, _ in behind for name, _ in lane.pool.groups))
