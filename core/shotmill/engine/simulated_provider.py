"""A provider in simulated time that does what it promises: strict windows, days that end in Los Angeles, latencies."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Protocol

from shotmill.engine.beat import Beat
from shotmill.engine.board import StyleBoard
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.simulation import Answer
from shotmill.gemini.outcome import Fate, NamedLimit, Outcome, Rest, Scope, Until, Window
from shotmill.quota.day import day_start, next_reset

MINUTE = 60.0
REFUSAL_S = 0.15

Foreseen = Callable[[Beat], tuple[float, float]]
"""Seconds and dollars of the reply to a beat, where these are known beforehand."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an image takes: lognormal around its median; a sigma of 0 makes every one take the median."""

    median_s: float
    sigma: float = 0.0

    @property
    def mean_s(self) -> float:
        """What images take one after the other, each of them."""
        return self.median_s * math.exp(self.sigma**2 / 2)

    def tail_s(self, images: float) -> float:
        """What the slowest of so many takes: as often more as less."""
        slowest = NormalDist().inv_cdf(0.5 ** (1 / max(1.0, images)))
        return max(self.mean_s, self.median_s * math.exp(self.sigma * slowest))

    def draw(self, chance: random.Random) -> float:
        return self.median_s * math.exp(chance.gauss(0.0, self.sigma)) if self.sigma else self.median_s


@dataclass(slots=True)
class Counted:
    """What the provider counted for one quota project and model."""

    rpm: int
    rpd: int
    minute: deque[float] = field(default_factory=deque)
    day: float = float("-inf")
    today: int = 0

    def take(self, now: float) -> Outcome | None:
        """Count a request; the refusal where it doesn't fit. Refused ones count against the day, as was reported."""
        start = day_start(now)
        if start > self.day:
            self.day, self.today = start, 0
        self.today += 1
        if self.today > self.rpd:
            return refusal("day_quota", Rest(Until.MIDNIGHT), NamedLimit(Window.REQUESTS_A_DAY, self.rpd))
        while self.minute and self.minute[0] + MINUTE <= now:
            self.minute.popleft()
        if len(self.minute) >= self.rpm:
            seconds = max(1.0, self.minute[-self.rpm] + MINUTE - now)
            rest = Rest(Until.SECONDS, seconds, exact=True)
            return refusal("minute_quota", rest, NamedLimit(Window.REQUESTS_A_MINUTE, self.rpm))
        self.minute.append(now)
        return None

    def free_at(self, now: float) -> float:
        """When the next request would fit."""
        if day_start(now) == self.day and self.today >= self.rpd:
            return next_reset(now)
        live = [at for at in self.minute if at + MINUTE > now]
        return now if len(live) < self.rpm else live[len(live) - self.rpm] + MINUTE


class CalmProvider:
    """Draws every image, in the time that `latency` says, as long as the windows have room.

    `jitter_s` is the longest that a request travels; `ready_s` how long one takes to get ready to leave.
    """

    def __init__(
        self,
        limits: Mapping[str, tuple[int, int]],
        latency: Latency,
        price_usd: float,
        chance: random.Random,
        *,
        jitter_s: float = 0.1,
        ready_s: float = 0.02,
    ) -> None:
        self.counted: dict[tuple[str, str], Counted] = {}
        self.refused = 0
        self.latencies: list[tuple[Dispatch, float]] = []
        self._limits = limits
        self._latency = latency
        self._price = price_usd
        self._chance = chance
        self._jitter = jitter_s
        self._ready = ready_s

    def leaves_in(self, dispatch: Dispatch) -> float:
        return self._ready * self._chance.random()

    def travels(self, dispatch: Dispatch) -> float:
        return self._jitter * self._chance.random()

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        refused = self.window(dispatch.lease.key.quota_project, dispatch.lease.model).take(now)
        if refused is not None:
            self.refused += 1
            return Answer(refused, REFUSAL_S)
        return self.drawn(dispatch)

    def drawn(self, dispatch: Dispatch) -> Answer:
        """An image."""
        seconds = self._latency.draw(self._chance)
        self.latencies.append((dispatch, seconds))
        return Answer(Outcome(Fate.IMAGE, "image", billed=True), seconds, self._price)

    def window(self, quota_project: str, model: str) -> Counted:
        found = self.counted.get((quota_project, model))
        if found is None:
            found = self.counted[quota_project, model] = Counted(*self._limits[quota_project])
        return found


class Expected(Protocol):
    """What is known beforehand of the replies to a board's beats."""

    @property
    def latency(self) -> Latency: ...
    @property
    def each_usd(self) -> float: ...
    def reply_to(self, beat: Beat) -> tuple[float, float] | None: ...


class ForeseenProvider(CalmProvider):
    """The calm provider for boards of which more is known: `works` by each style's board."""

    def __init__(
        self, limits: Mapping[str, tuple[int, int]], latency: Latency, price_usd: float, chance: random.Random
    ) -> None:
        super().__init__(limits, latency, price_usd, chance)
        self.works: dict[StyleBoard, Expected] = {}

    def drawn(self, dispatch: Dispatch) -> Answer:
        """An image."""
        work = self.works[dispatch.beat.lane]
        seconds, usd = work.reply_to(dispatch.beat) or (work.latency.draw(self._chance), work.each_usd)
        return Answer(Outcome(Fate.IMAGE, "image", billed=True), seconds, usd)


def refusal(code: str, rest: Rest, *limits: NamedLimit) -> Outcome:
    """A 429 of a quota project."""
    return Outcome(Fate.AGAIN, code, code.replace("_", " "), Scope.QUOTA_PROJECT, rest, limits=limits)
