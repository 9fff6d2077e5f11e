"""What held a run back for how long: each style of it, from one look to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from shotmill.engine.lane import Lane
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.waiting import waiting_of


@dataclass(slots=True)
class Holds:
    """Seconds of each style by what held it, in the words of a pace: what its last ask for a lease came to, its chains
    where all that is left hangs on what is out, and the last images' own time."""

    scheduler: Scheduler
    _by_style: defaultdict[str, defaultdict[str, float]] = field(default_factory=lambda: defaultdict(_no_time))
    _holding: dict[str, str] = field(default_factory=dict)
    _out_at: dict[str, float] = field(default_factory=dict)  # when something of the style was out last
    _seen: float = 0.0

    def passed(self, now: float) -> None:
        """Look at the scheduler, after each thing that happened to it."""
        for name, lane in self.scheduler.lanes.items():
            if (held := self._holding.get(name)) is not None:
                self._by_style[name][held] += now - self._seen
            self._holding[name] = _held_by(lane, "budget" if self.scheduler.short_of_money else "")
            if lane.in_flight:
                self._out_at[name] = now
        self._seen = now

    def longest(self, more: Mapping[str, float] | None = None) -> tuple[str, str]:
        """The style that drew last, and what held it for the longest time, with what `more` is to come; both empty
        where nothing was drawn."""
        if not self._out_at:
            return "", ""
        lanes = self.scheduler.lanes
        style = max(self._out_at, key=lambda name: (self._out_at[name], lanes[name].left))
        held: dict[str, float] = dict(self._by_style.get(style, {}))
        for limit, seconds in (more or {}).items():
            held[limit] = held.get(limit, 0.0) + seconds
        held.pop("", None)
        return style, max(held, key=held.__getitem__, default="")


def _no_time() -> defaultdict[str, float]:
    return defaultdict(float)


def _held_by(lane: Lane, else_by: str) -> str:
    if lane.wait is not None:
        return waiting_of(lane.wait).limit
    if lane.ready or lane.later:
        return else_by
    return "chain" if lane.unsent else "latency" if lane.in_flight else ""
