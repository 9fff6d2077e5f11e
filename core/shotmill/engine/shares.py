"""How long styles take that draw on quotas they share: arithmetic on even shares, from one change to the next. Pure.

Each quota's slots go evenly to the runs that want them, and within a run to its styles, as `quota/turns.py` has it;
what one can't use is left to the others. A quota that fewer can use is used first, as `quota/choice.py` has it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shotmill.engine.rooms import QuotaRoom, StyleWork
from shotmill.engine.waves import NOTHING, Tail, Wave, last_there
from shotmill.quota.choice import MOST_IN_FLIGHT
from shotmill.quota.spend_window import SPAN_S
from shotmill.quota.window import MINUTE

DAY_S = 86_400.0
MOST_CHANGES = 500
"""So many are looked at: a fiftieth of a second of a processor."""


@dataclass(frozen=True, slots=True)
class End:
    """When the last image of a style is there, in seconds from now; None where no quota is left to go on with. `limit`
    is what held it: `minute_quota`, `day_quota`, `spend`, `in_flight`, `chain` or `latency`."""

    work: StyleWork
    seconds: float | None
    limit: str


@dataclass(slots=True, eq=False)
class _Supply:
    """One quota project as it is used up: `left` of its day till `resets`, in seconds from now.

    `by` is what holds it most, in the words of a pace, `a_second` how many requests that lets through, and `at_once`
    how many of a minute's may leave together. `wave`: when the slots that are taken, or leave now, come back.
    """

    room: QuotaRoom
    latency_s: float
    left: float
    resets: float
    by: str = "minute_quota"
    a_second: float = 0.0
    at_once: float = 0.0
    wave: Wave = ()

    def __post_init__(self) -> None:
        room = self.room
        self.a_second = room.rpm / room.minute_s
        if room.at_once and room.at_once / self.latency_s < self.a_second:
            self.by, self.a_second = "in_flight", room.at_once / self.latency_s
        if room.paid and room.paid / MINUTE < self.a_second:
            self.by, self.a_second = "spend", room.paid / MINUTE
        self.at_once = min(room.rpm, room.at_once or math.inf, room.paid * SPAN_S / MINUTE or math.inf)
        free = max(0.0, room.rpm - sum(slots for _, slots in room.comes_back))
        self.wave = (*room.comes_back, (room.minute_s, free))

    @property
    def a_day(self) -> int:
        return self.room.rpd or self.room.left_today

    def open_again(self) -> None:
        """A day begins: all of its slots are there at once."""
        self.left, self.resets = self.a_day, self.resets + DAY_S
        self.wave = ((self.room.minute_s, self.room.rpm),)


@dataclass(slots=True, eq=False)
class _Demand:
    """One style as it is drawn: `left` to send of a `whole`. `wide`: how many of its chains there are, that go on
    abreast."""

    work: StyleWork
    whole: float
    wide: float
    supplies: list[_Supply]
    left: float = field(init=False)
    limit: str = "latency"
    opened: float = 0.0  # when slots of one of its quotas came all at once
    at_first: float = 0.0  # how many it sent then
    drawn_by: Sequence[_Supply] = ()  # those that had something left for it
    ended: float | None = None
    waited: bool = False  # for a day

    def __post_init__(self) -> None:
        self.left = self.whole

    def end(self, latency_s: float, tail: Tail) -> End:
        """The last slots come with their minute, their turn or their ten minutes, as a whole."""
        if self.ended is None:
            return End(self.work, None, "person")
        limit, passed = "day_quota" if self.waited else self.limit, self.ended - self.opened
        if self.limit == "chain":
            return End(self.work, self.ended, limit)
        if self.limit in ("in_flight", "spend"):
            step = latency_s if self.limit == "in_flight" else SPAN_S
            return End(self.work, self.opened + math.ceil(passed / step - NOTHING) * step + latency_s, limit)
        wave = sorted(slots for supply in self.drawn_by for slots in supply.wave)
        minute_s = max((supply.room.minute_s for supply in self.drawn_by), default=MINUTE)
        return End(self.work, self.opened + last_there(passed, self.at_first, wave, minute_s, tail), limit)


@dataclass(slots=True)
class _Course:
    """All of it from now on; `at` is the present moment, in seconds from now."""

    demands: Sequence[_Demand]
    supplies: Sequence[_Supply]
    latency_s: float
    at: float = 0.0
    _before: tuple[float, dict[_Demand, float]] | None = field(default=None)  # how it was at the last whole day's start

    def run(self) -> None:
        """Until all that is ours is sent, or nothing more can be."""
        free = {supply: min(supply.room.free_now, supply.at_once) for supply in self.supplies}
        out = sum(demand.work.in_flight for demand in self.demands)
        self._burst({supply: min(free[supply], supply.left) for supply in free}, MOST_IN_FLIGHT - out)
        for _ in range(MOST_CHANGES):
            if not any(demand.left > NOTHING and demand.work.is_ours for demand in self.demands) or not self._step():
                return
        self._go_on_alike()

    def _go_on_alike(self) -> None:
        """Days without number, that go like those before: at the pace so far."""
        for demand in self.demands:
            drawn = demand.whole - demand.left
            if demand.left > NOTHING and drawn > NOTHING:
                demand.ended = self.at * demand.whole / drawn

    def _step(self) -> bool:
        """To the next change; whether there is one."""
        going = [demand for demand in self.demands if demand.left > NOTHING]
        rates, used, scarce = self._rates(going)
        used_supplies = {supply for demand in going for supply in demand.supplies}
        resets = [supply.resets for supply in used_supplies if supply.a_day]
        ends = [demand.left / rates[demand] for demand in going if rates[demand] > 0]
        ends += [supply.left / used[supply] for supply in used if used[supply] > 0]
        ends += [min(resets) - self.at] if resets else []
        if not ends:
            return False
        passed = max(0.0, min(ends))
        self.at += passed
        for demand in going:
            if rates[demand] > 0:
                demand.drawn_by = [supply for supply in demand.supplies if supply.left > NOTHING]
        for supply, rate in used.items():
            supply.left = _rest(supply.left - rate * passed)
        for demand in going:
            demand.waited = demand.waited or not rates[demand]
            if rates[demand] > 0:
                demand.limit = self._limit(demand, rates[demand], scarce=scarce)
                self._sent(demand, rates[demand] * passed)
        if resets and self.at >= min(resets) - NOTHING:
            self._new_day([supply for supply in self.supplies if supply.resets <= self.at + NOTHING])
        return True

    def _rates(self, going: Sequence[_Demand]) -> tuple[dict[_Demand, float], dict[_Supply, float], bool]:
        """Images a second of each style and of each quota, and whether all that may be out at once holds them."""
        open_ones = {supply: supply.a_second for supply in self.supplies if supply.left > NOTHING}
        abreast = {demand: demand.wide / self.latency_s if demand.work.chain > 1 else math.inf for demand in going}
        rates, used = shared_out(open_ones, abreast)
        most, total = MOST_IN_FLIGHT / self.latency_s, sum(used.values())
        if total <= most:
            return rates, used, False
        part = most / total
        return (
            {demand: rate * part for demand, rate in rates.items()},
            {one: of * part for one, of in used.items()},
            True,
        )

    def _limit(self, demand: _Demand, rate: float, *, scarce: bool) -> str:
        if demand.work.chain > 1 and rate >= demand.wide / self.latency_s - NOTHING:
            return "chain"
        by = {supply.by for supply in demand.supplies if supply.left > NOTHING}
        return "in_flight" if scarce else by.pop() if len(by) == 1 else "minute_quota"

    def _new_day(self, supplies: Sequence[_Supply]) -> None:
        for supply in supplies:
            supply.open_again()
        if len(supplies) == len(self.supplies):
            self._skip_days()
        self._burst({supply: min(supply.at_once, supply.left) for supply in supplies})

    def _skip_days(self) -> None:
        """Days that go like the one before, with the same styles to its end, need not be looked at."""
        now = {demand: demand.left for demand in self.demands if demand.left > NOTHING}
        before, self._before = self._before, (self.at, now)
        if before is None or before[1].keys() != now.keys() or abs(self.at - before[0] - DAY_S) > NOTHING:
            return
        drawn = {demand: before[1][demand] - left for demand, left in now.items()}
        days = min((int(now[demand] / of) for demand, of in drawn.items() if of > NOTHING), default=0) - 1
        if days <= 0:
            return
        for demand, of in drawn.items():
            demand.left -= days * of
        for supply in self.supplies:
            supply.resets += days * DAY_S
        self.at += days * DAY_S
        self._before = None

    def _burst(self, free: Mapping[_Supply, float], at_once: float = MOST_IN_FLIGHT) -> None:
        """Slots that are there now leave at once, those of chains one after the other without a wait for a minute; no
        more than `at_once` of them."""
        going = [demand for demand in self.demands if demand.left > NOTHING]
        part = min(1.0, max(0.0, at_once) / max(1.0, sum(free.values())))
        most = {demand: demand.left for demand in going}
        got, used = shared_out({supply: slots * part for supply, slots in free.items()}, most)
        for supply, slots in used.items():
            supply.left = _rest(supply.left - slots)
        for demand in going:
            if free.keys() & set(demand.supplies):
                demand.opened, demand.at_first = self.at, got[demand]
            self._sent(demand, got[demand])

    def _sent(self, demand: _Demand, beats: float) -> None:
        demand.left = _rest(demand.left - beats)
        if not demand.left:
            demand.ended = self.at


def ends_of(
    work: Iterable[StyleWork], rooms: Mapping[str, QuotaRoom], latency_s: float, now: float, tail: Tail | None = None
) -> list[End]:
    """When each style that is ours ends, drawn beside those of other runs. Without a `tail` every image takes
    `latency_s`."""
    latency_s = max(latency_s, NOTHING)
    supplies = {name: _Supply(room, latency_s, room.left_today, room.resets_at - now) for name, room in rooms.items()}
    demands = [
        _Demand(
            style,
            float(style.beats - style.in_flight),
            style.beats / max(1, style.chain),
            [supplies[name] for name in style.quotas if name in supplies],
        )
        for style in work
        if style.beats
    ]
    for demand in demands:
        if not demand.left:
            demand.ended = 0.0
    _Course(demands, list(supplies.values()), latency_s).run()
    return [demand.end(latency_s, tail or (lambda _: latency_s)) for demand in demands if demand.work.is_ours]


def shared_out(
    free: Mapping[_Supply, float], most: Mapping[_Demand, float]
) -> tuple[dict[_Demand, float], dict[_Supply, float]]:
    """How much each style gets of what is `free`, never more than its `most`, and what is used of each quota."""
    got, used = dict.fromkeys(most, 0.0), dict.fromkeys(free, 0.0)
    users = {supply: [demand for demand in most if supply in demand.supplies] for supply in free}
    for supply in sorted(free, key=lambda one: len(users[one])):
        left, want = free[supply], users[supply]
        while left > NOTHING * free[supply] and (want := [one for one in want if got[one] < most[one] - NOTHING]):
            of_run = Counter(one.work.run for one in want)
            shares = {one: left / len(of_run) / of_run[one.work.run] for one in want}
            given = {one: min(share, most[one] - got[one]) for one, share in shares.items()}
            for one, slots in given.items():
                got[one] += slots
            left -= sum(given.values())
            if given == shares:
                break
        used[supply] = free[supply] - max(0.0, left) if users[supply] else 0.0
    return got, used


def _rest(left: float) -> float:
    return left if left > NOTHING else 0.0
