"""A provider with every kind of weather, and its own log of what came: told apart from anybody's own count."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from engine.simulated_world import PRICE
from shotmill.engine.beat import Beat
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.simulated_provider import REFUSAL_S, CalmProvider, Latency, refusal
from shotmill.engine.simulation import Answer
from shotmill.gemini.outcome import Fate, Nudge, Outcome, Rest, Scope, Until, Window
from shotmill.quota.account_limits import AccountLimits

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
AGAIN, SECONDS, MENDED = Fate.AGAIN, Until.SECONDS, Rest(Until.MENDED)
JITTER_S = 0.1
UNSENT_S = 0.01
HANDFUL = 5
APART_S = 0.5
"""Between two requests after a refusal for the minute, until one that left after it is drawn."""
HOUR = 3600.0
SPAN_S = 600.0


@dataclass(frozen=True)
class Weather:
    """How often each thing happens to a request that arrives, and spans of time in which nothing works."""

    minute: float = 0.0
    bare: float = 0.0
    day: float = 0.0
    spend: float = 0.0
    overload: float = 0.0
    internal: float = 0.0
    lost: float = 0.0
    blocked: float = 0.0
    no_image: float = 0.0
    unusable: float = 0.0
    key_death: float = 0.0
    storms: tuple[tuple[float, float], ...] = ()  # (from, to) seconds after the start: 503 for everybody
    away: tuple[tuple[float, float], ...] = ()  # the network is gone
    cut: tuple[tuple[float, float], ...] = ()  # requests leave and are lost


class StormProvider(CalmProvider):
    """The calm provider in bad weather. `settings` are what the daemon is told of the limits, which are `limits`."""

    def __init__(
        self,
        limits: Mapping[str, tuple[int, int]],
        weather: Weather,
        start: float,
        seed: int,
        settings: Mapping[str, AccountLimits] | None = None,
    ) -> None:
        chance = random.Random(seed)
        super().__init__(limits, Latency(8.0, 0.5), PRICE, chance, jitter_s=JITTER_S)
        self.weather = weather
        self.dead: set[str] = set()
        self.log = ArrivalLog(limits, settings or {name: AccountLimits(*both) for name, both in limits.items()})
        self.ahead = 0.0  # of the clock that leases are dated with
        self.on_unsent: Callable[[Dispatch], None] = lambda dispatch: None
        self._start = start
        self._luck = chance

    def leaves_in(self, dispatch: Dispatch) -> float:
        seconds = super().leaves_in(dispatch)
        self.log.leased(dispatch, dispatch.lease.at - self.ahead, seconds)
        return seconds

    def travels(self, dispatch: Dispatch) -> float:
        self.log.left(dispatch)
        return super().travels(dispatch)

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        answer = self._answer(dispatch, now)
        if answer.outcome.fate not in (Fate.NOT_SENT, Fate.IN_DOUBT):
            self.log.dated(dispatch.lease.at - self.ahead, now + answer.seconds)
        return answer

    def _answer(self, dispatch: Dispatch, now: float) -> Answer:
        since = now - self._start
        beat, project, bank = dispatch.beat, dispatch.lease.key.quota_project, dispatch.lease.key.billing_account
        if _within(since, self.weather.away):
            self.log.never_came(dispatch, now)
            self.on_unsent(dispatch)
            return Answer(Outcome(Fate.NOT_SENT, "unreachable", "no way", Scope.NETWORK, Rest(SECONDS, 5.0)), UNSENT_S)
        self.log.came(dispatch, now)
        if (full := self.window(project, dispatch.lease.model).take(now)) is not None:
            self.refused += 1
            self.log.refused(dispatch, full, now)
            return Answer(full, REFUSAL_S)
        if _within(since, self.weather.cut):
            self._paid_and_lost(beat)
            self.log.paid(bank, now + 0.5)
            return Answer(Outcome(Fate.IN_DOUBT, "connection_lost", "it broke", billed=None), 0.5)
        if dispatch.lease.key.fingerprint in self.dead:
            return Answer(Outcome(AGAIN, "key_invalid", "bad key", Scope.KEY, MENDED), 0.1)
        if _within(since, self.weather.storms):
            return Answer(Outcome(AGAIN, "overloaded", "high demand", Scope.MODEL, Rest(SECONDS, 5.0)), 2.0)
        answer = self._by_chance(dispatch)
        if answer is None:
            answer = self.drawn(dispatch)
            self.log.drew(beat)
            self.log.answers(dispatch, now, answer.seconds)
        elif answer.outcome.fate is Fate.IN_DOUBT:
            self._paid_and_lost(beat)
        if answer.cost_usd or answer.outcome.fate is Fate.IN_DOUBT:
            self.log.paid(bank, now + answer.seconds)
        self.log.by_weather(dispatch, answer.outcome, now)
        return answer

    def _paid_and_lost(self, beat: Beat) -> None:
        self.log.doubted(beat)
        self.log.drew(beat)

    def _by_chance(self, dispatch: Dispatch) -> Answer | None:
        weather, luck = self.weather, self._luck.random()
        for share, answer in (
            (weather.minute, Answer(refusal("minute_quota", Rest(SECONDS, 20.0, exact=True)), 0.1)),
            (weather.bare, Answer(refusal("throttled", Rest(SECONDS, 5.0)), 0.1)),
            (weather.day, Answer(refusal("day_quota", Rest(Until.MIDNIGHT)), 0.1)),
            (
                weather.spend,
                Answer(Outcome(AGAIN, "spend_rate", "spent", Scope.BILLING_ACCOUNT, Rest(SECONDS, 120.0)), 0.1),
            ),
            (weather.overload, Answer(Outcome(AGAIN, "overloaded", "busy", Scope.MODEL, Rest(SECONDS, 5.0)), 1.0)),
            (
                weather.internal,
                Answer(Outcome(AGAIN, "internal", "500", Scope.MODEL, Rest(SECONDS, 5.0), counts=True, tries=3), 3.0),
            ),
            (weather.lost, Answer(Outcome(Fate.IN_DOUBT, "timed_out", "no answer", billed=None), 240.0)),
            (weather.blocked, Answer(Outcome(Fate.BLOCKED, "safety", "refused", counts=True), 5.0)),
            (
                weather.no_image,
                Answer(Outcome(AGAIN, "no_image", "words", counts=True, tries=2, nudge=Nudge.IMAGE_ONLY), 4.0),
            ),
            (weather.unusable, Answer(Outcome(Fate.UNUSABLE, "damaged_image", "damaged", billed=True), 8.0, PRICE)),
        ):
            luck -= share
            if luck < 0:
                return answer
        if luck < weather.key_death and len(self.dead) < 2:
            self.dead.add(dispatch.lease.key.fingerprint)
            return Answer(Outcome(AGAIN, "key_invalid", "bad key", Scope.KEY, MENDED), 0.1)
        return None


class ArrivalLog:
    """What the provider saw, and what a sender who forgets nothing could know of its limits by its answers.

    `limits` are the provider's (requests a minute, a day), `settings` what the sender was told. A limit that is set
    too high is exceeded until the first refusal that names it was heard, and one that is being found by trying a
    handful of times an hour; nothing else may come too early.
    """

    def __init__(self, limits: Mapping[str, tuple[int, int]], settings: Mapping[str, AccountLimits]) -> None:
        self._limits = limits
        self._settings = settings
        self._minutes: dict[str, deque[float]] = defaultdict(deque)
        self.recent: dict[str, deque[float]] = defaultdict(deque)
        """Arrivals of the last minutes, oldest first."""
        self._days: Counter[tuple[str, date]] = Counter()
        self._images: Counter[Beat] = Counter()
        self._doubts: Counter[Beat] = Counter()
        self._named: dict[tuple[str, Window], float] = {}  # when the refusal that named it was heard
        self._refusals: dict[str, deque[float]] = defaultdict(deque)
        self._under_way: Counter[str] = Counter()
        self._ready: dict[str, deque[float]] = defaultdict(deque)  # leases, by the moment that their request leaves
        self._leaves_at: dict[Dispatch, float] = {}
        self._departed: dict[str, deque[float]] = defaultdict(deque)
        self._held: dict[Dispatch, int] = {}  # how many of the minute had left with it
        self._proven: Counter[str] = Counter()
        self._turned_away: dict[str, list[float]] = defaultdict(list)  # when those left that may have shown a limit
        self._ceiling: dict[str, tuple[int, float]] = {}  # (requests a minute, until when no more is tried)
        self._careful: dict[str, tuple[float, float]] = {}  # (since a refusal was heard of, until it is over)
        self._leased_at: dict[str, float] = {}
        self._to_prove: dict[str, deque[tuple[float, int]]] = defaultdict(deque)  # (answered at, held)
        self.leases: dict[str, deque[float]] = defaultdict(deque)
        """Of the last second, by billing account."""
        self.payments: dict[str, deque[float]] = defaultdict(deque)
        """Moments of answers that were paid for in the last minutes, by billing account."""
        self.spend_refused: set[str] = set()
        self._booted_at = self._told_at = float("-inf")
        self.blamed: set[str] = set()
        """Quota projects that were refused for the minute though it had room."""

    def booted(self, now: float) -> None:
        """The sender's clock is wrong, and it does not know that."""
        self._booted_at, self._told_at = now, float("inf")

    def dated(self, left_at: float, answered_at: float) -> None:
        if left_at >= self._booted_at:
            self._told_at = min(self._told_at, answered_at)

    def knows_the_date(self, now: float) -> bool:
        return now > self._told_at

    def leased(self, dispatch: Dispatch, now: float, seconds: float) -> None:
        key = dispatch.lease.key
        self._ready[key.quota_project].append(now + seconds)
        self._leased_at[key.quota_project] = now
        self._leaves_at[dispatch] = now + seconds
        leases = self.leases[key.billing_account]
        leases.append(now)
        while leases[0] < now - 1.0:
            leases.popleft()

    def left(self, dispatch: Dispatch) -> None:
        project, at = dispatch.lease.key.quota_project, self._leaves_at[dispatch]
        self._under_way[project] += 1
        departed = self._departed[project]
        departed.append(at)
        while departed[0] <= at - 60:
            departed.popleft()
        self._held[dispatch] = len(departed)

    def never_came(self, dispatch: Dispatch, now: float) -> None:
        """Its sender hears in a moment that it never left."""
        project = dispatch.lease.key.quota_project
        self._under_way[project] -= 1
        if self._leaves_at[dispatch] in self._departed[project]:  # not by a daemon that was killed since
            self._departed[project].remove(self._leaves_at[dispatch])
        self._ready[project].append(now + UNSENT_S)

    def came(self, dispatch: Dispatch, now: float) -> None:
        project = dispatch.lease.key.quota_project
        self._under_way[project] -= 1
        self.recent[project].append(now)
        minute = self._minutes[project]
        minute.append(now)
        while minute[0] <= now - 60:
            minute.popleft()
        assert len(minute) <= self._most(project, now), f"{len(minute)} requests of {project} in a minute at {now}"
        day = project, datetime.fromtimestamp(now, LOS_ANGELES).date()
        self._days[day] += 1
        told = self._settings[project].rpd
        most = told if self._hardly_heard(project, Window.REQUESTS_A_DAY, now) else min(told, self._limits[project][1])
        assert self._days[day] <= most, f"{self._days[day]} requests of {project} on {day[1]}"

    def refused(self, dispatch: Dispatch, outcome: Outcome, now: float) -> None:
        """An honest refusal: a limit that is set too high, or one that is being found, explains it."""
        project = dispatch.lease.key.quota_project
        settings, refusals = self._settings[project], self._refusals[project]
        for named in outcome.limits:
            self._named.setdefault((project, named.window), now + REFUSAL_S)
        refusals.append(now)
        while refusals[0] < now - HOUR:
            refusals.popleft()
        if outcome.code == "minute_quota":
            self._careful[project] = now, float("inf")
            if settings.rpm == "auto":
                assert len(refusals) <= HANDFUL, f"{len(refusals)} refusals of {project} in an hour till {now}"
                self._less_proven(dispatch, now, self._limits[project][0])

    def by_weather(self, dispatch: Dispatch, outcome: Outcome, now: float) -> None:
        """What chance said, which no count of requests explains."""
        if outcome.code == "minute_quota":
            self.blamed.add(dispatch.lease.key.quota_project)
        if outcome.code in ("minute_quota", "throttled"):
            self._careful[dispatch.lease.key.quota_project] = now, float("inf")
            self._less_proven(dispatch, now)
        if outcome.code == "spend_rate":
            self.spend_refused.add(dispatch.lease.key.billing_account)

    def answers(self, dispatch: Dispatch, now: float, seconds: float) -> None:
        """An image will be there: then its sender knows that so many a minute, as it left, are taken."""
        project = dispatch.lease.key.quota_project
        held, (most, until) = self._took(dispatch), self._ceiling.get(project, (0, now))
        self._to_prove[project].append((now + seconds, held if now + seconds > until else min(held, most)))
        since, over = self._careful.get(project, (0.0, 0.0))
        if self._leaves_at[dispatch] >= since + REFUSAL_S:
            self._careful[project] = since, min(over, now + seconds)

    def paid(self, bank: str, at: float) -> None:
        self.payments[bank].append(at)

    def doubted(self, beat: Beat) -> None:
        """Nobody will hear what became of a request, and that was told."""
        self._doubts[beat] += 1

    def drew(self, beat: Beat) -> None:
        self._images[beat] += 1
        assert self._images[beat] <= 1 + self._doubts[beat], f"{beat.id} of {beat.style} was drawn twice"

    def killed(self) -> None:
        """What had not left never will; an answer that nobody hears proves nothing, nor what the next daemon is only
        told of."""
        self._ready.clear()
        self._departed.clear()
        self._to_prove.clear()

    def unheard(self, since: float) -> None:
        """Nobody heard what was answered after that moment, and nobody knows of a limit or a date by it."""
        self._named = {place: at for place, at in self._named.items() if at <= since}
        self._told_at = self._told_at if self._told_at <= since else float("inf")

    def on_the_way(self, project: str, now: float) -> int:
        """Requests that have a slot and have not come yet."""
        ready = self._ready[project]
        return self._under_way[project] + sum(1 for at in ready if at > now) if ready else self._under_way[project]

    def goes_one_by_one(self, project: str, now: float) -> bool:
        """The minute was refused, and one left a moment ago: the next may wait till a refusal would be heard."""
        since, over = self._careful.get(project, (0.0, 0.0))
        return since <= now <= over and now <= self._leased_at[project] + APART_S

    def rpm_known(self, project: str, now: float) -> int:
        """Requests a minute that a sender could know to be taken."""
        settings, limit = self._settings[project], self._limits[project][0]
        named = self._was_heard(project, Window.REQUESTS_A_MINUTE, now)
        if settings.rpm == "auto":
            return self._proven_till(project, now)
        if settings.rpm_written:
            return min(settings.rpm, limit) if named else settings.rpm
        return limit if named else settings.rpm

    def is_found_by_trying(self, project: str) -> bool:
        """Whether its requests a minute are."""
        return self._settings[project].rpm == "auto"

    def rpd_known(self, project: str, now: float) -> int:
        settings, limit = self._settings[project], self._limits[project][1]
        named = self._was_heard(project, Window.REQUESTS_A_DAY, now)
        return min(limit, settings.rpd) if named else settings.rpd

    def today(self, project: str, now: float) -> int:
        return self._days[project, datetime.fromtimestamp(now, LOS_ANGELES).date()]

    def forget(self, project: str, before: float) -> None:
        recent, ready = self.recent[project], self._ready[project]
        while recent and recent[0] <= before:
            recent.popleft()
        while ready and ready[0] <= before:
            ready.popleft()

    def _most(self, project: str, now: float) -> float:
        """What may have come within a minute."""
        settings, limit = self._settings[project], self._limits[project][0]
        if settings.rpm == "auto":
            return float("inf")  # `refused` looks at these
        if settings.rpm <= limit:
            return settings.rpm
        return settings.rpm if self._hardly_heard(project, Window.REQUESTS_A_MINUTE, now) else limit

    def _hardly_heard(self, project: str, window: Window, now: float) -> bool:
        """A request that arrives now may have left before its sender heard of the limit."""
        return now <= self._named.get((project, window), now) + JITTER_S

    def _was_heard(self, project: str, window: Window, now: float) -> bool:
        return self._named.get((project, window), now) < now

    def _proven_till(self, project: str, now: float) -> int:
        waiting = self._to_prove[project]
        landed = [held for at, held in waiting if at < now]
        if landed:
            self._to_prove[project] = deque(one for one in waiting if one[0] >= now)
            self._proven[project] = max(self._proven[project], *landed)
        return self._proven[project]

    def _less_proven(self, dispatch: Dispatch, now: float, named: int = 0) -> None:
        """The sender may take the number of requests of this minute for too many, for an hour; one that was `named` is
        as good as proven when it was heard."""
        project, most = dispatch.lease.key.quota_project, named or max(1, self._took(dispatch) - 1)
        self._turned_away[project].append(self._leaves_at[dispatch])
        self._to_prove[project] = deque((at, min(held, most)) for at, held in self._to_prove[project])
        self._proven[project] = min(self._proven[project], most)
        self._ceiling[project] = most, now + REFUSAL_S + HOUR
        if named:
            self._to_prove[project].append((now + REFUSAL_S, named))

    def _took(self, dispatch: Dispatch) -> int:
        """Slots of its minute that were taken as it left: what was turned away took none."""
        at = self._leaves_at[dispatch]
        away = sum(1 for one in self._turned_away[dispatch.lease.key.quota_project] if at - 60 < one < at)
        return max(1, self._held[dispatch] - away)


def _within(since: float, spans: Sequence[tuple[float, float]]) -> bool:
    return any(begin <= since < end for begin, end in spans)
