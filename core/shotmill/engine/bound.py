"""The least time in which any scheduler could have drawn a run's beats: what a makespan is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from shotmill.engine.beat import DRAWN, NOT_TO_BE_HAD, Beat
from shotmill.quota.window import MINUTE

PRECISE_S = 0.01
"""To which a bound is worked out that only trying tells."""


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

    *Chains within windows.* Let n requests of these styles be answered by T, and the last one arrive x seconds after
    60(m - 1), where x < 60: then all arrive in m bursts, from 60i to 60i + x each, or in the m - 1 gaps between them.
    The i windows of 60 s before a burst, the one from its begin to the next one's, and those from its end on, each to
    the end of another burst, are m in all: they cover every burst and every gap, and the gap behind that burst twice.
    So a gap holds at most mr - n requests, those that are to spare. The beats of a chain in one burst leave one after
    the other, so the latencies of all but the last add up to x at most, and in the last burst those of all of them to
    what T leaves. What does not fit into bursts that way has to leave in gaps. Where that is more, of all chains, than
    the gaps hold together, T is too short. With nothing to spare a chain of k beats draws k / m of them in each burst.

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
            longest = _chains_in_windows_s(_chains([a for a in arrivals if a.beat.style in chosen]), limit, longest)
    return longest


def _windows_s(seconds: Sequence[float], limit: int) -> float:
    greatest, best = 0.0, 0.0
    for number in range(len(seconds), 0, -1):
        greatest = max(greatest, seconds[number - 1])
        if (number - 1) % limit == 0:
            best = max(best, (number - 1) // limit * MINUTE + greatest)
    return best


def _chains_in_windows_s(chains: Sequence[Sequence[float]], limit: int, at_least: float) -> float:
    """The least time in which chains of such latencies go through windows of so many, to a hundredth of a second."""
    if _fit(chains, limit, at_least):
        return at_least
    short, enough = at_least, 2 * at_least
    while not _fit(chains, limit, enough):
        short, enough = enough, 2 * enough
    while enough - short > PRECISE_S:
        middle = (short + enough) / 2
        short, enough = (short, middle) if _fit(chains, limit, middle) else (middle, enough)
    return short


def _fit(chains: Sequence[Sequence[float]], limit: int, seconds: float) -> bool:
    """Whether no gap would have to hold more than there is to spare."""
    last_arrival = seconds - min(map(min, chains))
    bursts = int(last_arrival // MINUTE) + 1
    spare = bursts * limit - sum(map(len, chains))
    width, last = last_arrival - (bursts - 1) * MINUTE, seconds - (bursts - 1) * MINUTE
    outside = sum(_outside(chain, bursts, width, last) for chain in chains)
    return spare >= 0 and outside <= (bursts - 1) * spare


def _outside(chain: Sequence[float], bursts: int, width: float, last: float) -> int:
    """How many requests of the chain can't be in bursts: the fewest. It is gone through from its end."""
    left = [len(chain)]  # so many come before the bursts that were looked at, with none, one, two, … in gaps
    for number in range(bursts):
        left = [_before_burst(chain, end, last) if not number else _before_burst(chain, end - 1, width) for end in left]
        for outside in range(1, len(left)):
            left[outside] = min(left[outside], left[outside - 1] - 1)
        while left[-1] > 0:
            left.append(left[-1] - 1)
        del left[left.index(0) + 1 :]
    return len(left) - 1


def _before_burst(chain: Sequence[float], end: int, room: float) -> int:
    """How many come before those that have room in a burst, the latencies of which up to `end` count."""
    while end > 0 and chain[end - 1] <= room:
        end -= 1
        room -= chain[end]
    return max(0, end)


def _chains(arrivals: Sequence[Arrival]) -> list[list[float]]:
    """The latencies of requests that came one after the other: those of a beat, and of the one it continues from."""
    of_beats: dict[Beat, list[float]] = {}
    for arrival in arrivals:
        of_beats.setdefault(arrival.beat, []).append(arrival.seconds)
    chains: dict[Beat, list[float]] = {}  # by the last beat of each
    for beat in sorted(of_beats, key=lambda beat: (beat.style, beat.index)):
        before = next((one for one in beat.before() if one in of_beats or one.state in DRAWN), None)
        chain = chains.pop(before, []) if before is not None else []
        chains[beat] = chain + of_beats[beat]
    return list(chains.values())


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
