"""What sets the pace of a run and when it will end: arithmetic on counts, limits and latencies, no I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class StyleWork:
    """What is left to draw in one style: `beats` in all, of which `chain` hang one after the other."""

    name: str
    beats: int
    chain: int
    quotas: tuple[str, ...]
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """What binds now, in the words of the API; `until` is epoch seconds, `saves_s` what one more project would save."""

    limit: str
    style: str = ""
    beats: int = 0
    seconds_each: float = 0.0
    per_minute: float = 0.0
    quota_projects: int = 0
    until: float | None = None
    saves_s: float = 0.0

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
    takes its latency. A chain of k beats takes k latencies. Styles that share quota projects are one group.
    """
    left = [style for style in work if style.beats]
    if not left:
        return Estimate(0.0, Pace("nothing"))
    chain = max(left, key=lambda style: style.chain)
    chain_s = chain.chain * latency_s
    best = Estimate(chain_s, Pace("chain", chain.name, chain.chain, latency_s))
    if chain.chain <= 1:
        best = Estimate(latency_s, Pace("latency", seconds_each=latency_s))
    for names, beats in _groups(left):
        found = [rooms[name] for name in names if name in rooms]
        seconds, pace = _through(beats, found, latency_s, now)
        if seconds is None:
            return Estimate(None, pace)
        if best.seconds is not None and seconds > best.seconds:
            best = Estimate(seconds, pace)
    return best


def _through(beats: int, rooms: Sequence[QuotaRoom], latency_s: float, now: float) -> tuple[float | None, Pace]:
    rpm, all_rpm = sum(room.rpm for room in rooms if room.left_today > 0), sum(room.rpm for room in rooms)
    left_today = sum(room.left_today for room in rooms)
    if beats > left_today:
        resets = min((room.resets_at for room in rooms), default=None)
        a_day = sum(room.rpd or room.left_today for room in rooms)
        if resets is None or not a_day:
            return None, Pace("person")
        days, last = divmod(beats - left_today - 1, a_day)
        seconds = resets - now + days * 86_400 + _minutes(last + 1, all_rpm, all_rpm) * MINUTE + latency_s
        return seconds, Pace("day_quota", until=resets, quota_projects=len(rooms))
    free = sum(room.free_now for room in rooms if room.left_today > 0)
    seconds = _minutes(beats, free, rpm) * MINUTE + latency_s
    one_more = rpm + (rpm // max(1, len(rooms)))
    saved = seconds - (_minutes(beats, free + one_more - rpm, one_more) * MINUTE + latency_s)
    return seconds, Pace("minute_quota", per_minute=float(rpm), quota_projects=len(rooms), saves_s=saved)


def _minutes(beats: int, free: int, rpm: int) -> int:
    return max(0, math.ceil((beats - free) / max(1, rpm)))


def _groups(work: Sequence[StyleWork]) -> list[tuple[set[str], int]]:
    """Styles whose quota projects overlap draw on one supply: (quota projects, beats) of each such group."""
    groups: list[tuple[set[str], int]] = []
    for style in work:
        names, beats = set(style.quotas), style.beats
        apart = []
        for other, other_beats in groups:
            if other & names:
                names, beats = names | other, beats + other_beats
            else:
                apart.append((other, other_beats))
        groups = [*apart, (names, beats)]
    return groups
