"""What sets the pace of a run and when it will end: arithmetic on counts, limits and latencies, no I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from shotmill.quota.window import MINUTE

FIRST_LATENCY_S = 12.0
"""What an image takes before the first was drawn here: the middle of what is seen of flash models."""


@dataclass(frozen=True, slots=True)
class QuotaRoom:
    """One quota project as far as the estimate goes."""

    name: str
    rpm: int
    free_now: int
    left_today: int
    resets_at: float
    rpd: int = 0  # what each later day brings; 0: as much as is left of this one
    at_once: int = 0  # requests that may be out together; 0: any number


@dataclass(frozen=True, slots=True)
class StyleWork:
    """What is left to draw in one style: `beats` in all, of which `chain` hang one after the other and `in_flight` are
    out already: these have their slots, and still take their time.
    """

    name: str
    beats: int
    chain: int
    quotas: tuple[str, ...]
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """What binds now, in the words of the API; `until` is epoch seconds, `saves_s` what one more project would save,
    `helps` what would help most, and `helps_s` how many seconds the rest would then take less.

    The last six are there while the run waits: the same as its status has.
    """

    limit: str
    style: str = ""
    beats: int = 0
    seconds_each: float = 0.0
    per_minute: float = 0.0
    quota_projects: int = 0
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


def estimate(work: Sequence[StyleWork], rooms: Mapping[str, QuotaRoom], latency_s: float, now: float) -> Estimate:
    """How long the rest takes: the longest of what the longest chain, and what each group of quotas, ask for.

    A strict sliding window lets `rpm` requests leave at once and the next ones a minute later, so n requests through
    limits that sum to r, of which f are free now, leave within ceil((n - f) / r) minutes; the last one then still
    takes its latency. Where m may be out at once, they land within ceil(n / m) latencies. A chain of k beats takes k
    latencies. Styles that share quota projects are one group.
    """
    left = [style for style in work if style.beats]
    if not left:
        return Estimate(0.0, Pace("nothing"))
    chain = max(left, key=lambda style: style.chain)
    chain_s = chain.chain * latency_s
    best = Estimate(chain_s, Pace("chain", chain.name, chain.chain, latency_s))
    if chain.chain <= 1:
        best = Estimate(latency_s, Pace("latency", seconds_each=latency_s))
    for names, beats, flying in _groups(left):
        found = [rooms[name] for name in names if name in rooms]
        seconds, pace = _through(beats, flying, found, latency_s, now)
        if seconds is None:
            return Estimate(None, pace)
        if best.seconds is not None and seconds > best.seconds:
            best = Estimate(seconds, pace)
    return best


def held_by(
    limit: str, rooms: Sequence[QuotaRoom], latency_s: float, paid_a_minute: float, chain: tuple[str, int]
) -> Pace:
    """The pace that a limit sets for a style with these quota projects; `paid_a_minute` is how many images the spend
    windows take, `chain` the style's name and how many beats hang one after the other."""
    match limit:
        case "minute_quota":
            return Pace(limit, per_minute=float(sum(room.rpm for room in rooms)), quota_projects=len(rooms))
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


def _through(
    beats: int, flying: int, rooms: Sequence[QuotaRoom], latency_s: float, now: float
) -> tuple[float | None, Pace]:
    """Seconds until `beats` beats are through these quota projects, of which `flying` have left, and what sets them."""
    left_today, to_send = sum(room.left_today for room in rooms), beats - flying
    if to_send > left_today:
        resets = min((room.resets_at for room in rooms), default=None)
        a_day = sum(room.rpd or room.left_today for room in rooms)
        if resets is None or not a_day:
            return None, Pace("person")
        days, last = divmod(to_send - left_today - 1, a_day)
        of_last_day, _ = _at_the_rate(last + 1, 0, [replace(room, free_now=room.rpm) for room in rooms], latency_s)
        seconds = resets - now + days * 86_400 + of_last_day
        return seconds, Pace("day_quota", until=resets, quota_projects=len(rooms))
    if not to_send:
        return latency_s, Pace("latency", seconds_each=latency_s)
    open_ones = [room for room in rooms if room.left_today > 0]
    seconds, pace = _at_the_rate(to_send, flying, open_ones, latency_s)
    faster, _ = _at_the_rate(to_send, flying, [*open_ones, _one_more(open_ones)], latency_s)
    return seconds, replace(pace, quota_projects=len(rooms), saves_s=seconds - faster)


def _at_the_rate(to_send: int, flying: int, rooms: Sequence[QuotaRoom], latency_s: float) -> tuple[float, Pace]:
    """What the minutes' limits ask for, or those of how many may be out at once, whichever is longer."""
    rpm, free = sum(room.rpm for room in rooms), sum(room.free_now for room in rooms)
    of_minutes = max(0, math.ceil((to_send - free) / max(1, rpm))) * MINUTE + latency_s
    if all(room.at_once for room in rooms):
        at_once = max(1, sum(room.at_once for room in rooms))
        of_turns = math.ceil((to_send + flying) / at_once) * latency_s
        if of_turns > of_minutes:
            return of_turns, Pace("in_flight", seconds_each=latency_s, per_minute=at_once * MINUTE / latency_s)
    return of_minutes, Pace("minute_quota", per_minute=float(rpm))


def _one_more(rooms: Sequence[QuotaRoom]) -> QuotaRoom:
    """One more quota project like those that are there, with its whole minute to give."""
    rpm, at_once = (sum(room.rpm for room in rooms) // len(rooms), sum(room.at_once for room in rooms) // len(rooms))
    return QuotaRoom("one more", rpm, rpm, rpm, 0.0, at_once=at_once)


def _groups(work: Sequence[StyleWork]) -> list[tuple[set[str], int, int]]:
    """Styles whose quota projects overlap draw on one supply: (quota projects, beats, of these in flight) of each."""
    groups: list[tuple[set[str], int, int]] = []
    for style in work:
        names, beats, flying = set(style.quotas), style.beats, style.in_flight
        apart = []
        for group in groups:
            if group[0] & names:
                names, beats, flying = names | group[0], beats + group[1], flying + group[2]
            else:
                apart.append(group)
        groups = [*apart, (names, beats, flying)]
    return groups
