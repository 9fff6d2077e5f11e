"""A small world for the scheduler: boards, keys, a provider with every kind of weather, and a checker of invariants."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from shotmill.engine.board import TO_DO, Beat, BeatState, Board
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.lane import Lane, may_go
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import REFUSAL_S, CalmProvider, Latency, refusal
from shotmill.engine.simulation import Answer, Simulation
from shotmill.gemini.outcome import Fate, Outcome, Rest, Scope, Until
from shotmill.quota.account import REPLAY_SLACK, AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.choice import MOST_IN_FLIGHT
from shotmill.quota.turns import LATE_S
from shotmill.secrets import Secret
from shotmill.settings.keys import Key
from shotmill.story.model import Prompt, Style

EVENING = 1_793_494_800.0  # 2026-10-31, six in the evening: the clocks of Los Angeles go back in the night
MODEL = "gemini-nano-banana-2.1"
PRICE = 0.0336
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NOON = 1_795_464_000.0  # 2026-11-23, noon in Los Angeles
AGAIN, SECONDS, MENDED = Fate.AGAIN, Until.SECONDS, Rest(Until.MENDED)


def make_key(name: str, project: str = "", account: str = "") -> Key:
    return Key(name, Secret(f"AIza-{name}-secret"), project or name, account or project or name)


def make_board(*styles: Sequence[str] | str, shot: int = 10) -> Board:
    """One style for each word of transitions, such as "HCCH"; shots of ten beats."""
    made = []
    for number, transitions in enumerate(styles):
        prompts = tuple(
            Prompt(f"{i // shot + 1}.{i % shot + 1}", f"b{i}", i // shot + 1, "draw", turn == "C", i + 1)
            for i, turn in enumerate(transitions)
        )
        made.append(Style(f"style{number}", Path("x.json"), prompts))
    return Board(made)


def want_all(board: Board) -> None:
    for style in board.styles:
        for beat in style.beats:
            beat.wanted = True
    board.settle_all()


@dataclass
class Record:
    """What a ledger has: every request that left, and by which key in which quota project."""

    sends: list[tuple[float, str, str]] = field(default_factory=list)

    def note(self, dispatch: Dispatch, at: float) -> None:
        key = dispatch.lease.key
        self.sends.append((at, key.quota_project, key.fingerprint))

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        return sorted(
            at
            for at, project, fingerprint in self.sends
            if at >= since and (project == quota_project or fingerprint in fingerprints)
        )


def make_book(
    limits: Mapping[str, tuple[int, int]] | tuple[int, int], record: Record | None = None, seed: int = 0
) -> QuotaBook:
    def limits_of(name: str) -> AccountLimits:
        return AccountLimits(*(limits if isinstance(limits, tuple) else limits[name]))

    return QuotaBook(record or Record(), limits_of, random.Random(seed))


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
    """The calm provider in bad weather."""

    def __init__(
        self, limits: Mapping[str, tuple[int, int]], weather: Weather, start: float, seed: int, jitter_s: float = 0.1
    ) -> None:
        chance = random.Random(seed)
        super().__init__(limits, Latency(8.0, 0.5), PRICE, chance, jitter_s=jitter_s)
        self.weather = weather
        self.dead: set[str] = set()
        self.log = ArrivalLog(limits)
        self._start = start
        self._luck = chance

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        since = now - self._start
        if _within(since, self.weather.away):
            return Answer(Outcome(Fate.NOT_SENT, "unreachable", "no way", Scope.NETWORK, Rest(SECONDS, 5.0)), 0.01)
        beat, project = dispatch.beat, dispatch.lease.key.quota_project
        self.log.came(project, now)
        if (full := self.window(project, dispatch.lease.model).take(now)) is not None:
            self.refused += 1
            return Answer(full, REFUSAL_S)
        if _within(since, self.weather.cut):
            self._paid_and_lost(beat)
            return Answer(Outcome(Fate.IN_DOUBT, "connection_lost", "it broke", billed=None), 0.5)
        if dispatch.lease.key.fingerprint in self.dead:
            return Answer(Outcome(AGAIN, "key_invalid", "bad key", Scope.KEY, MENDED), 0.1)
        if _within(since, self.weather.storms):
            return Answer(Outcome(AGAIN, "overloaded", "high demand", Scope.MODEL, Rest(SECONDS, 5.0)), 2.0)
        answer = self._by_chance(dispatch)
        if answer is None:
            self.log.drew(beat)
            return self.drawn(dispatch)
        if answer.outcome.fate is Fate.IN_DOUBT:
            self._paid_and_lost(beat)
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
                Answer(Outcome(AGAIN, "no_image", "words", counts=True, tries=2, final_image_only=True), 4.0),
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
    """Every request as it came to the provider, whatever became of it: told apart from anybody's own count."""

    def __init__(self, limits: Mapping[str, tuple[int, int]]) -> None:
        self._limits = limits
        self._minutes: dict[str, deque[float]] = defaultdict(deque)
        self._days: Counter[tuple[str, date]] = Counter()
        self._images: Counter[Beat] = Counter()
        self._doubts: Counter[Beat] = Counter()

    def came(self, quota_project: str, now: float) -> None:
        rpm, rpd = self._limits[quota_project]
        minute = self._minutes[quota_project]
        minute.append(now)
        while minute[0] <= now - 60:
            minute.popleft()
        assert len(minute) <= rpm, f"{len(minute)} requests of {quota_project} in a minute at {now}"
        day = quota_project, datetime.fromtimestamp(now, LOS_ANGELES).date()
        self._days[day] += 1
        assert self._days[day] <= rpd, f"{self._days[day]} requests of {quota_project} on {day[1]}"

    def doubted(self, beat: Beat) -> None:
        """Nobody will hear what became of a request, and that was told."""
        self._doubts[beat] += 1

    def drew(self, beat: Beat) -> None:
        self._images[beat] += 1
        assert self._images[beat] <= 1 + self._doubts[beat], f"{beat.id} of {beat.style} was drawn twice"


class Checker:
    """Looks at everything after every step. With `each` greater than 1 what takes all beats or all that is out is
    looked at so much more seldom; arrivals, images and idle slots are always looked at."""

    def __init__(self, record: Record, *, each: int = 1) -> None:
        self.record = record
        self.steps = 0
        self.looked_for_idle = 0
        self.restarted = float("-inf")  # what was sent before it is told from the record, a little later than true
        self._each = each
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._seen = 0
        self._deferred: dict[tuple[Lane, str], float] = {}  # since when others come first, step after step
        self._deferred_before: dict[tuple[Lane, str], float] = {}

    def __call__(self, simulation: Simulation) -> None:
        self.steps += 1
        if self.steps % self._each == 0:
            self._counters(simulation)
        for run in simulation.runs:
            if run.end is None:
                self._nothing_idle(simulation, run.scheduler)

    def _counters(self, simulation: Simulation) -> None:
        book = simulation.book
        out = [dispatch for run in simulation.runs if not run.dead for dispatch in run.scheduler.out]
        beats = Counter(dispatch.beat for dispatch in out)
        assert not beats or max(beats.values()) == 1
        assert all(beat.state is BeatState.IN_FLIGHT for beat in beats)
        assert sum(account.in_flight for account in book.accounts.values()) == len(out)
        assert sum(model.in_flight for model in book.models.values()) == len(out)
        assert sum(key.in_flight for key in book.keys.values()) == len(out)
        for account in book.accounts.values():
            assert 0 <= account.window.open <= account.in_flight
            known, looked = account.wait(simulation.now), account._look(simulation.now)
            assert (known is None) == (looked is None), "what was found before does not hold any more"
        for run in simulation.runs:
            promised = sum(dispatch.reserved_usd for dispatch in run.scheduler.out)
            assert abs(run.scheduler.purse.money.reserved - promised) < 1e-6 or run.dead
            if not run.dead:
                assert all(lane.claim.in_flight == lane.in_flight for lane in run.scheduler.lanes.values())
            for style in run.scheduler.board.styles:
                assert min(style.counts.values()) >= 0 and sum(style.counts.values()) == len(style.beats)

    def _nothing_idle(self, simulation: Simulation, scheduler: Scheduler) -> None:
        """Told apart from what the scheduler believes: no beat, key and slot that could go together are left over.

        One whose turn it is not may wait as long as the one that was called is given to come, and no longer.
        """
        book, now = simulation.book, simulation.now
        self._deferred_before, self._deferred = self._deferred, {}
        capacity, network = book.model(MODEL), book.network
        if scheduler.held or scheduler.broken or scheduler.short_of_money or now < capacity.ready_at:
            return
        if capacity.limit is not None and capacity.in_flight >= capacity.limit:
            return
        if network.away_since is not None and (network.probe is not None or now < network.next_probe):
            return
        if capacity.in_flight >= MOST_IN_FLIGHT:
            return
        self._take_in_sends()
        for lane in scheduler.lanes.values():
            if lane.paused or not self._could_send(lane):
                continue
            if lane.wait is not None and "kept" in lane.wait.reason:
                self._no_more_kept_than_used(book, scheduler, now)
                continue
            for key in lane.keys:
                self._not_idle(book, lane, key, now)

    def _could_send(self, lane: Lane) -> bool:
        if self.steps % self._each:
            return bool(lane.ready)  # as the scheduler has it; from time to time the beats themselves are asked
        resting = {entry[1] for entry in lane.later}
        return any(
            beat.wanted and beat.state in TO_DO and may_go(beat) and beat not in resting for beat in lane.board.beats
        )

    def _not_idle(self, book: QuotaBook, lane: Lane, key: Key, now: float) -> None:
        at = lane, key.quota_project
        state = book.key(key)
        self.looked_for_idle += 1
        held = (state.probing and state.in_flight) or book.spend_window(key.billing_account).room(PRICE, now) == 0
        if held or book.resting(key, MODEL, now) is not None or not self._room(book, key, now):
            return
        shared = lane.wait is not None and lane.wait.gives_way
        since = self._deferred_before.get(at, now) if shared else float("-inf")
        self._deferred[at] = since
        assert now - since <= 2 * LATE_S + 0.01, f"{key.name} could send for {lane.board.name} at {now}"

    def _no_more_kept_than_used(self, book: QuotaBook, scheduler: Scheduler, now: float) -> None:
        to_come = sum(out.beat.tail for out in scheduler.out)
        to_come += sum(beat.tail + 1 for lane in scheduler.lanes.values() for beat in lane.ready if beat.tail)
        names = {key.quota_project for lane in scheduler.lanes.values() for key in lane.keys}
        free = 0
        for account in (book.accounts[name, MODEL] for name in names if (name, MODEL) in book.accounts):
            left_today = account.rpd - account.today(now) - account.window.open
            if account.resting is None and left_today > 0:
                free += min(account.free(now), left_today)
        assert free <= to_come, "more slots are kept than chains can use"

    def _take_in_sends(self) -> None:
        for at, project, _ in self.record.sends[self._seen :]:
            self._recent[project].append(at)
        self._seen = len(self.record.sends)

    def _room(self, book: QuotaBook, key: Key, now: float) -> bool:
        account = book.accounts[key.quota_project, MODEL]
        recent = self._recent[key.quota_project]
        while recent and recent[0] <= now - 70 - REPLAY_SLACK:
            recent.popleft()
        counting = account.window.open
        for at in reversed(recent):
            if at + 60 + account.guard.seconds + (REPLAY_SLACK if at <= self.restarted else 0) <= now:
                break
            counting += 1
        free_today = account.today(now) + account.window.open < account.rpd
        return counting < account.rpm and free_today and account.in_flight < account.most_in_flight


def simulate(
    board: Board,
    pools: Mapping[str, Sequence[Key]],
    book: QuotaBook,
    provider: CalmProvider,
    *,
    now: float = NOON,
    terms: Terms | None = None,
    checker: Checker | None = None,
    record: Record | None = None,
) -> Simulation:
    """A simulation with one run that was started."""
    simulation = Simulation(book, provider, now, record.note if record else None, checker)
    want_all(board)
    terms = terms or Terms(PRICE)
    simulation.start(Scheduler(board, pools, book, MODEL, terms, Money()))
    return simulation


def big_storm(count: int, *, each: int, seed: int = 1) -> tuple[Simulation, Board, StormProvider, Checker]:
    """From the evening before a day of 25 hours: three styles with a third of the beats continuing, 12 quota projects,
    and everything that can happen.

    Two kills of the daemon, a storm of overload, a network that is away and one that loses answers come at shares of
    the time that the quotas alone ask for.
    """
    chance, record = random.Random(seed), Record()
    checker = Checker(record, each=each)
    board = make_board(*("".join(chance.choice("HHC") for _ in range(count // 3)) for _ in range(3)))
    keys = [make_key(f"k{i}", account=f"bank{i % 3}") for i in range(12)]
    pools = {style.name: keys for style in board.styles}
    limits = {key.name: (60, max(50, count // 20)) for key in keys}
    span = count / 720 * 60
    weather = Weather(
        minute=0.0005, bare=0.001, day=1 / count, spend=0.3 / count, overload=0.01,
        internal=0.005, lost=0.002, blocked=0.01,
        no_image=0.02, unusable=0.001, key_death=1 / count,
        storms=((0.1 * span, 0.15 * span),), away=((0.3 * span, 0.4 * span),), cut=((0.6 * span, 0.62 * span),),
    )  # fmt: skip
    provider = StormProvider(limits, weather, EVENING, seed)
    terms = Terms(PRICE, in_doubt_usd=50.0)
    book = make_book(limits, record, seed)
    simulation = simulate(board, pools, book, provider, now=EVENING, terms=terms, checker=checker, record=record)
    for share in (0.5, 0.8):
        simulation.proceed(until=EVENING + share * span)
        checker.restarted = simulation.now
        restart(simulation, board, provider, pools, limits, record, terms, seed)
    return simulation, board, provider, checker


def restart(
    simulation: Simulation,
    board: Board,
    provider: StormProvider,
    pools: Mapping[str, Sequence[Key]],
    limits: Mapping[str, tuple[int, int]],
    record: Record,
    terms: Terms,
    seed: int,
) -> None:
    """Kill the daemon; the next one knows what the record has, and what was out is in doubt."""
    before = simulation.runs[-1].scheduler.purse.money
    lost = simulation.kill()
    for dispatch in lost:
        provider.log.doubted(dispatch.beat)
        board.set(dispatch.beat, BeatState.IN_DOUBT)
        dispatch.beat.wanted = False
    simulation.book = make_book(limits, record, seed)
    simulation.now += 1.0
    money = Money(before.spent, before.in_doubt + PRICE * len(lost))
    board.settle_all()
    simulation.start(Scheduler(board, pools, simulation.book, MODEL, terms, money))


def _within(since: float, spans: Sequence[tuple[float, float]]) -> bool:
    return any(begin <= since < end for begin, end in spans)
