"""What sets the pace of a run and when it will end: arithmetic on counts, limits and latencies, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from shotmill.engine.rooms import QuotaRoom, StyleWork
from shotmill.engine.shares import End, ends_of
from shotmill.engine.waves import Tail
from shotmill.quota.window import MINUTE

ONE_MORE = "one more"


@dataclass(frozen=True, slots=True)
class Pace:
    """What binds now, in the words of the API; `until` is epoch seconds, `saves_s` what one more project would save,
    `helps` what would help most, and `helps_s` how many seconds the rest would then take less.

    `by_tokens`: of the minute's quotas the one of tokens binds, not the one of requests. The last six are there while
    the run waits: the same as its status has.
    """

    limit: str
    style: str = ""
    beats: int = 0
    seconds_each: float = 0.0
    per_minute: float = 0.0
    quota_projects: int = 0
    by_tokens: bool = False
    until: float | None = None
    saves_s: float = 0.0
    helps: str = ""
    helps_s: float = 0.0
    code: str = ""
    reason: str = ""
    cure: str = ""
    since: float | None = None
    free_bytes: int | None = None
    needed_bytes: int | None = None

    def saving(self, seconds: float) -> Pace:
        """The same, with what one more quota project would save."""
        return replace(self, saves_s=seconds)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds to the end, None when there is no quota to go on with, and what sets them."""

    seconds: float | None
    pace: Pace


def estimate(
    work: Sequence[StyleWork],
    rooms: Mapping[str, QuotaRoom],
    latency_s: float,
    now: float,
    tail: Tail | None = None,
) -> Estimate:
    """How long the rest takes: the longest of what the longest chain, and each style with its share of its quotas, ask
    for.

    A strict sliding window lets `rpm` requests leave at once and the next ones a minute later, so n requests through
    limits that sum to r, of which f are free now, leave within ceil((n - f) / r) minutes; the last one then still
    takes its latency, or what the slowest of many takes by `tail`. Where m may be out at once, they land within
    ceil(n / m) latencies. A chain of k beats takes k latencies. How styles share quotas: `shares.py`; when a minute's
    slots come back: `waves.py`.
    """
    left = [style for style in work if style.beats and style.is_ours]
    if not left:
        return Estimate(0.0, Pace("nothing"))
    chain = max(left, key=lambda style: style.chain)
    best = Estimate(chain.chain * latency_s, Pace("chain", chain.name, chain.chain, latency_s))
    if chain.chain <= 1:
        best = Estimate(latency_s, Pace("latency", seconds_each=latency_s))
    ends = ends_of(work, rooms, latency_s, now, tail)
    if any(end.seconds is None for end in ends):
        return Estimate(None, Pace("person"))
    last = max(ends, key=_seconds)
    if _seconds(last) <= (best.seconds or 0.0) or last.limit in ("chain", "latency"):
        return best
    late = {
        name
        for end in ends
        if end.limit == last.limit and _seconds(end) > _seconds(last) - MINUTE
        for name in end.work.quotas
    }
    found = [rooms[name] for name in rooms if name in late]
    pace = held_by(last.limit, found, latency_s, sum(room.paid for room in found), ("", 0))
    if last.limit in ("minute_quota", "in_flight"):
        more = [replace(style, quotas=(*style.quotas, ONE_MORE)) if style.is_ours else style for style in work]
        faster = max(
            _seconds(end) for end in ends_of(more, {**rooms, ONE_MORE: _one_more(found)}, latency_s, now, tail)
        )
        pace = pace.saving(_seconds(last) - faster)
    return Estimate(last.seconds, replace(pace, quota_projects=pace.quota_projects or len(found)))


def held_by(
    limit: str, rooms: Sequence[QuotaRoom], latency_s: float, paid_a_minute: float, chain: tuple[str, int]
) -> Pace:
    """The pace that a limit sets for a style with these quota projects; `paid_a_minute` is how many images the spend
    windows take, `chain` the style's name and how many beats hang one after the other. Quota projects that give nothing
    now, or never again, set no pace and are not counted."""
    if limit in ("minute_quota", "in_flight"):
        rooms = [room for room in rooms if room.left_today > 0] or rooms
    if limit == "day_quota":
        rooms = [room for room in rooms if room.left_today > 0 or room.rpd > 0] or rooms
    match limit:
        case "minute_quota":
            rate, by_tokens = float(sum(room.rpm for room in rooms)), any(room.by_tokens for room in rooms)
            return Pace(limit, per_minute=rate, quota_projects=len(rooms), by_tokens=by_tokens)
        case "day_quota":
            resets = min((room.resets_at for room in rooms), default=None)
            return Pace(limit, until=resets, quota_projects=len(rooms))
        case "spend":
            return Pace(limit, per_minute=paid_a_minute)
        case "in_flight":
            rate = sum(room.at_once for room in rooms) * MINUTE / latency_s
            return Pace(limit, seconds_each=latency_s, per_minute=rate)
        case "chain":
            return Pace(limit, *chain, latency_s)
        case _:
            return Pace(limit, seconds_each=latency_s)


def to_come_s(sent: Iterable[float], latency_s: float, now: float) -> float:
    """Seconds until the last of the requests that were sent at these moments is answered; 0 where any moment may be
    its time, since it takes longer than usual already.
    """
    return max((max(0.0, at + latency_s - now) for at in sent), default=0.0)


def _one_more(rooms: Sequence[QuotaRoom]) -> QuotaRoom:
    """One more quota project like those that are there, with its whole minute to give."""
    open_ones = [room for room in rooms if room.left_today > 0] or rooms
    rpm, at_once = (sum(of(room) for room in open_ones) // len(open_ones) for of in (_rpm, _at_once))
    day, resets = max(room.left_today for room in rooms), max(room.resets_at for room in rooms)
    return QuotaRoom(ONE_MORE, rpm, rpm, day, resets, at_once=at_once)


def _seconds(end: End) -> float:
    return end.seconds or 0.0


def _rpm(room: QuotaRoom) -> int:
    return room.rpm


def _at_once(room: QuotaRoom) -> int:
    return room.at_once
