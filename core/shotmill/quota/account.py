"""One quota project with one model: the place where the provider counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shotmill.gemini.outcome import NamedLimit, Until, Window
from shotmill.quota.day import day_start, next_month, next_reset
from shotmill.quota.lease import Binding, Wait
from shotmill.quota.window import MINUTE, MinuteWindow

FIRST_GUARD = 0.25
"""Seconds a slot rests beyond its minute: the jitter of a good line. A refusal doubles it: it was too short."""
LONGEST_GUARD = 4.0
AUTO_RPM = 10
"""Where `rpm = "auto"` starts: the smallest limit seen in public for image models."""
PROBE_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class Resting:
    """Why something may not send, and until when (None: until a person mends it)."""

    code: str
    reason: str
    until: float | None
    cure: str = ""

    def over(self, now: float) -> bool:
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Requests a minute, a day, and at once of one quota project, as the settings have them."""

    rpm: int | Literal["auto"]
    rpd: int
    in_flight: int | Literal["auto"] = "auto"


@dataclass(slots=True)
class Account:
    """What is known of one quota project with one model. Counts are ours and the provider's corrections of them."""

    quota_project: str
    model: str
    limits: AccountLimits
    window: MinuteWindow = field(default_factory=MinuteWindow)
    guard: float = FIRST_GUARD
    in_flight: int = 0
    resting: Resting | None = None
    _day: float = 0.0
    _today: int = 0
    _named: dict[Window, int] = field(default_factory=dict)
    _auto: int = AUTO_RPM
    _no_probe_before: float = 0.0

    @property
    def rpm(self) -> int:
        """The limit in use: the one the provider named, else the settings', else what was found by trying."""
        if Window.REQUESTS_A_MINUTE in self._named:
            return self._named[Window.REQUESTS_A_MINUTE]
        return self._auto if self.limits.rpm == "auto" else self.limits.rpm

    @property
    def rpd(self) -> int:
        return self._named.get(Window.REQUESTS_A_DAY, self.limits.rpd)

    def today(self, now: float) -> int:
        """Requests sent since the last midnight in Los Angeles."""
        start = day_start(now)
        if start != self._day:
            self._day, self._today = start, 0
        return self._today

    def minute(self, now: float) -> int:
        """Requests of the running minute, without the guard: what a meter shows."""
        return min(self.rpm, self.window.used(now, self.guard))

    def wait(self, now: float) -> Wait | None:
        """What holds the next request of this account back; None when it may leave now."""
        if self.resting is not None:
            if not self.resting.over(now):
                return self._wait_for(self.resting)
            self.resting = None
        if self.today(now) >= self.rpd:
            return Wait(Binding.DAY, next_reset(now), "day quota spent")
        if self.in_flight >= self.most_in_flight:
            return Wait(Binding.IN_FLIGHT, None, f"{self.in_flight} in flight")
        free = self.window.free_at(now, self.rpm, self.guard)
        if free is None or free > now:
            return Wait(Binding.MINUTE, free, "minute quota")
        return None

    @property
    def most_in_flight(self) -> int:
        """`auto` lets two windows' worth be out at once: what a minute quota needs when answers take two minutes."""
        return 2 * self.rpm if self.limits.in_flight == "auto" else self.limits.in_flight

    def lease(self) -> None:
        self.window.lease()
        self.in_flight += 1

    def sent(self, now: float) -> None:
        self.window.sent(now)
        self.today(now)
        self._today += 1
        self._probe(now)

    def give_back(self) -> None:
        """A lease whose request never left."""
        self.window.give_back()
        self.in_flight -= 1

    def refund(self, sent_at: float, now: float) -> None:
        """A request that we counted as sent and that certainly never left (no connection)."""
        self.window.withdraw(sent_at)
        if day_start(sent_at) == day_start(now):
            self._today = max(0, self.today(now) - 1)

    def answered(self) -> None:
        self.in_flight -= 1

    def replay(self, sent: list[float], now: float) -> None:
        """Requests that an earlier daemon sent, oldest first; the last of them may still be in the window."""
        start = day_start(now)
        self._day, self._today = start, sum(1 for at in sent if at >= start)
        for at in sent:
            if at + MINUTE + self.guard > now:
                self.window.record(min(at, now))

    def rest(self, resting: Resting) -> None:
        """Rest; a longer rest that is already under way stays."""
        if self.resting is None or _later(resting, self.resting):
            self.resting = resting

    def refused_for_the_minute(self, now: float) -> bool:
        """The provider counted more than we did; returns whether our own count had room (its keys may be shared)."""
        had_room = self.window.used(now, self.guard) < self.rpm
        self.guard = min(LONGEST_GUARD, self.guard * 2)
        if self.limits.rpm == "auto" and Window.REQUESTS_A_MINUTE not in self._named:
            self._auto = max(1, self._auto * 3 // 4)
            self._no_probe_before = now + PROBE_PAUSE
        return had_room

    def correct(self, limit: NamedLimit) -> bool:
        """Take over a limit that a refusal named; returns whether that is news. Zero is no limit but no quota."""
        if limit.value <= 0 or limit.window not in (Window.REQUESTS_A_MINUTE, Window.REQUESTS_A_DAY):
            return False
        before = self.rpm if limit.window is Window.REQUESTS_A_MINUTE else self.rpd
        self._named[limit.window] = limit.value
        return before != limit.value

    def _probe(self, now: float) -> None:
        """With `rpm = "auto"`, a full window without a refusal is the sign that there may be more."""
        full = self.window.used(now, self.guard) >= self._auto
        if self.limits.rpm == "auto" and full and now >= self._no_probe_before:
            self._auto += max(1, self._auto // 10)
            self._no_probe_before = now + MINUTE

    @staticmethod
    def _wait_for(resting: Resting) -> Wait:
        if resting.until is None:
            return Wait(Binding.PERSON, None, resting.reason)
        binding = Binding.DAY if resting.code == "day_quota" else Binding.COOLING
        return Wait(binding, resting.until, resting.reason)


def _later(a: Resting, b: Resting) -> bool:
    if a.until is None or b.until is None:
        return a.until is None
    return a.until > b.until


def rest_until(until: Until, seconds: float, now: float) -> float | None:
    """The moment a rest is over, None when only a person can end it."""
    match until:
        case Until.SECONDS:
            return now + seconds
        case Until.MIDNIGHT:
            return next_reset(now)
        case Until.MONTH:
            return next_month(now)
        case Until.MENDED:
            return None
