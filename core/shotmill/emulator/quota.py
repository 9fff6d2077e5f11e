"""The provider's counting: strict sliding windows for each quota project and model, and a day that ends in Los Angeles.

One rule says what counts: every request that carries a good key and names a living model counts against the day,
whatever becomes of it, refused ones too (so it was reported of the provider); only accepted ones count against the
windows of a minute and of ten minutes. A request counts from the moment when its head was read, however long its body
and its references then take: so it is the same whatever else this machine has to do.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shotmill.clock import Clock
from shotmill.emulator import refusals
from shotmill.emulator.keys import QuotaProject
from shotmill.emulator.refusals import RefusedError

MINUTE_S = 60.0
SPEND_WINDOW_S = 600.0
_PACIFIC = ZoneInfo("America/Los_Angeles")

# The metric and the quota's id that a refusal names.
_DAY = ("generate_requests_per_model_per_day", "GenerateRequestsPerDayPerProjectPerModel")
_REQUESTS = ("generate_requests_per_model_per_minute", "GenerateRequestsPerMinutePerProjectPerModel")
_TOKENS = ("generate_content_paid_tier_input_token_count", "GenerateContentPaidTierInputTokensPerModelPerMinute")
_IMAGES = ("generate_images_per_model_per_minute", "GenerateImagesPerMinutePerProjectPerModel")


@dataclass(slots=True)
class Window:
    """Amounts at their times, of which only those of the last `span_s` seconds count.

    A span is half open: what happened exactly `span_s` ago no longer counts.
    """

    span_s: float
    total: float = 0.0
    _events: deque[tuple[float, float]] = field(default_factory=deque)

    def used(self, now: float) -> float:
        while self._events and self._events[0][0] + self.span_s <= now:
            self.total -= self._events.popleft()[1]
        if not self._events:
            self.total = 0.0  # so that sums of cents don't drift
        return self.total

    def add(self, now: float, amount: float = 1.0) -> None:
        self.used(now)
        self._events.append((now, amount))
        self.total += amount

    def take_back(self, at: float, amount: float = 1.0) -> None:
        """What was added at that moment did not happen after all."""
        if (at, amount) in self._events:
            self._events.remove((at, amount))
            self.total -= amount

    def frees_in(self, now: float, amount: float, limit: float) -> float:
        """Seconds until `amount` more fits under `limit`; the whole span where it never will."""
        over = self.used(now) + amount - limit
        for at, gone in self._events:
            if over <= 1e-9:
                return 0.0
            over -= gone
            if over <= 1e-9:
                return at + self.span_s - now
        return 0.0 if over <= 1e-9 else self.span_s


@dataclass(slots=True)
class Counters:
    """What one quota project has used of one model, and the most that any 60 seconds saw."""

    requests: Window = field(default_factory=lambda: Window(MINUTE_S))
    tokens: Window = field(default_factory=lambda: Window(MINUTE_S))
    images: Window = field(default_factory=lambda: Window(MINUTE_S))
    arrivals: Window = field(default_factory=lambda: Window(MINUTE_S))
    day: str = ""
    today: int = 0
    most_arrived: int = 0
    most_accepted: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that was counted when it came. `refusal` is the 429 that it gets once it was read, if any."""

    project: QuotaProject
    model: str
    at: float
    refusal: RefusedError | None = None


class Quotas:
    """Every window of every quota project. A request `arrive`s, then it is `admit`ted or `turned_away`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counters: dict[tuple[str, str], Counters] = {}
        self._spend: dict[str, Window] = {}

    def arrive(self, project: QuotaProject, model: str) -> Arrival:
        """Counts a request against the day, and where there is room takes its place in the minute; call it once for
        each, before anything else is decided about it."""
        now = self._clock.now()
        counters = self._of(project, model)
        today = pacific_day(now)
        if counters.day != today:
            counters.day, counters.today = today, 0
        counters.today += 1
        counters.arrivals.add(now)
        counters.most_arrived = max(counters.most_arrived, int(counters.arrivals.total))
        if counters.today > project.rpd:
            spent = refusals.quota_spent(*_DAY, project.rpd, model, seconds_to_midnight(now))
            return Arrival(project, model, now, spent)
        for window, limit, names in (
            (counters.requests, project.rpm, _REQUESTS),
            (counters.images, project.ipm, _IMAGES),
        ):
            if limit is not None and window.used(now) + 1 > limit:
                full = refusals.quota_spent(*names, limit, model, window.frees_in(now, 1, limit))
                return Arrival(project, model, now, full)
        counters.requests.add(now)
        counters.images.add(now)
        counters.most_accepted = max(counters.most_accepted, int(counters.requests.total))
        return Arrival(project, model, now)

    def admit(self, arrival: Arrival, tokens: int, usd: float) -> None:
        """What can be counted only after reading; raises RefusedError with the delay that is true.

        `tokens` is the input's size, `usd` what one image will cost.
        """
        if arrival.refusal is not None:
            raise arrival.refusal
        now, project = self._clock.now(), arrival.project
        counters = self._of(project, arrival.model)
        if project.tpm is not None and counters.tokens.used(now) + tokens > project.tpm:
            delay = counters.tokens.frees_in(now, tokens, project.tpm)
            raise refusals.quota_spent(*_TOKENS, project.tpm, arrival.model, delay)
        spend = self._spend.setdefault(project.billing_account or project.name, Window(SPEND_WINDOW_S))
        if project.spend_usd is not None and spend.used(now) + usd > project.spend_usd + 1e-9:
            raise refusals.refused("429-spend-rate-window")
        spend.add(now, usd)
        counters.tokens.add(now, tokens)

    def turn_away(self, arrival: Arrival) -> None:
        """It was refused for whatever reason: its place in the minute is free."""
        if arrival.refusal is None:
            counters = self._of(arrival.project, arrival.model)
            counters.requests.take_back(arrival.at)
            counters.images.take_back(arrival.at)

    def seen(self) -> list[dict[str, object]]:
        """The fullest minute of every quota project and model."""
        return [
            {
                "quota_project": project,
                "model": model,
                "max_requests_60s": counters.most_arrived,
                "max_accepted_60s": counters.most_accepted,
                "today": counters.today,
            }
            for (project, model), counters in sorted(self._counters.items())
        ]

    def _of(self, project: QuotaProject, model: str) -> Counters:
        return self._counters.setdefault((project.name, model), Counters())


def pacific_day(now: float) -> str:
    """The date in Los Angeles, which the day quota goes by."""
    return datetime.fromtimestamp(now, _PACIFIC).date().isoformat()


def seconds_to_midnight(now: float) -> float:
    """Until the day quota resets; days of 23 and 25 hours are counted right."""
    today = datetime.fromtimestamp(now, _PACIFIC).date()
    return datetime.combine(today + timedelta(days=1), datetime.min.time(), _PACIFIC).timestamp() - now
