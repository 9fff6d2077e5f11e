"""The least time in which any scheduler could have drawn a run's beats: what a makespan is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from shotmill.engine.beat import DRAWN, NOT_TO_BE_HAD, Beat
from shotmill.quota.window import MINUTE


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request, in the order of arrival at the provider, and the latency that it drew."""

    beat: Beat
    seconds: float


def bound_s(arrivals: Sequence[Arrival], pools: Mapping[str, Sequence[str]], rpm: Mapping[str, int]) -> float:
    """Seconds below which no makespan can be. `pools` has each style's quota projects, `rpm` their limits.

    *Windows.* Take any set of styles, and let r be the sum of the limits of every quota project that one of them may
    use. Each project accepts at most its limit in each of the half-open minutes [0, 60), [60, 120), …; so fewer than
    jr + 1 requests of these styles arrive before 60j, and the one that arrives as number i > jr arrives at 60j or
    later. It then takes the latency that it drew: the makespan is at least 60j plus the greatest latency among the
    arrivals after number jr. This holds for every j and every set of styles.

    *Chains.* A beat that continues another is sent after that one's image came, so the latencies along a chain add up.
    Where that one could not be had, or was no part of the run, it is sent after the image of the last one of its shot
    that could, and after the answers to all between: the longest of these counts.

    The makespan is at least the greatest of these figures. Latencies are taken as they were drawn, the i-th arrival
    the i-th: a scheduler can't know them beforehand, so none is blamed for not having sent the slow ones first.
    Travel times and the guard against jitter are left out, so the bound is a little lower than what can be reached.
    """
    styles = sorted({arrival.beat.style for arrival in arrivals})
    longest = _longest_chain_s(arrivals)
    for size in range(1, len(styles) + 1):
        for chosen in combinations(styles, size):
            of_these = [arrival.seconds for arrival in arrivals if arrival.beat.style in chosen]
            limit = sum(rpm[name] for name in {name for style in chosen for name in pools[style]})
            longest = max(longest, _windows_s(of_these, limit))
    return longest


def _windows_s(seconds: Sequence[float], limit: int) -> float:
    greatest, best = 0.0, 0.0
    for number in range(len(seconds), 0, -1):
        greatest = max(greatest, seconds[number - 1])
        if (number - 1) % limit == 0:
            best = max(best, (number - 1) // limit * MINUTE + greatest)
    return best


def _longest_chain_s(arrivals: Sequence[Arrival]) -> float:
    taken: dict[Beat, float] = {}
    for arrival in arrivals:
        taken[arrival.beat] = taken.get(arrival.beat, 0.0) + arrival.seconds
    longest = 0.0
    ends: dict[Beat, float] = {}
    for beat in sorted(taken, key=lambda beat: (beat.style, beat.index)):
        ends[beat] = taken[beat] + _waited_s(beat, ends)
        longest = max(longest, ends[beat])
    return longest


def _waited_s(beat: Beat, ends: Mapping[Beat, float]) -> float:
    """Seconds before which it could not leave: it goes on from the last drawn beat, after all between were answered."""
    waited = 0.0
    for before in beat.before():
        waited = max(waited, ends.get(before, 0.0))
        if before.state in DRAWN or (before in ends and before.state not in NOT_TO_BE_HAD):
            break
    return waited
