"""Slots of a minute that are kept for long chains."""

from __future__ import annotations

from shotmill.engine.lane import Lane
from shotmill.quota.book import QuotaBook
from shotmill.quota.lease import Binding, Wait


def kept(lane: Lane, book: QuotaBook, model: str, now: float) -> Wait | None:
    """Whether the minute's last slots are kept for chains that would else end after everything else.

    All slots of a minute could leave at once. A chain whose next beat is ready some seconds later would then get one
    beat a minute; that is too slow for one with more beats to come than minutes are needed for all the rest. Such a
    chain needs one slot now for every beat that it has beyond those minutes. What is kept and not used is lost, so
    beyond one a chain no more is kept than the rest can do without and still need no further minute.
    """
    if not lane.tails_out:
        return None
    if max(lane.tails_out) * book.a_minute(lane.pool, model) < lane.unsent:
        return None  # nearly always: far more is left than the longest chain
    slots = book.slots(lane.pool, model, now)
    minutes = -(-(lane.unsent - 1) // slots.a_minute) if slots.a_minute else 0
    behind = [(tail - minutes, count) for tail, count in lane.tails_out.items() if tail > minutes]
    chains = sum(count for _, count in behind)
    if not chains or chains * 2 > slots.a_minute or lane.ready[0].tail >= minutes:
        return None
    to_spare = minutes * slots.a_minute - (lane.unsent - 1)
    most = max(chains, min(to_spare, sum(beats * count for beats, count in behind)))
    if slots.free > most:
        return None
    return Wait(Binding.MINUTE, slots.more_at, "minute quota, the last slots kept for the longest chain")
