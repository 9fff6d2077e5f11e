"""A small world for the scheduler: boards, keys, a provider with every kind of weather, and a checker of invariants."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shotmill.engine.board import TO_DO, Beat, BeatState, Board
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.lane import may_go
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency, refusal
from shotmill.engine.simulation import Answer, Simulation
from shotmill.gemini.outcome import Fate, Outcome, Rest, Scope, Until
from shotmill.quota.account import REPLAY_SLACK, AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.secrets import Secret
from shotmill.settings.keys import Key
from shotmill.story.model import Prompt, Style

MODEL = "gemini-nano-banana-2.1"
PRICE = 0.0336
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
        self.arrived: Counter[str] = Counter()
        self._start = start
        self._luck = chance

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        since = now - self._start
        if _within(since, self.weather.away):
            return Answer(Outcome(Fate.NOT_SENT, "unreachable", "no way", Scope.NETWORK, Rest(SECONDS, 5.0)), 0.01)
        self.arrived[dispatch.lease.key.name] += 1
        if _within(since, self.weather.cut):
            return Answer(Outcome(Fate.IN_DOUBT, "connection_lost", "it broke", billed=None), 0.5)
        if dispatch.lease.key.fingerprint in self.dead:
            return Answer(Outcome(AGAIN, "key_invalid", "bad key", Scope.KEY, MENDED), 0.1)
        if _within(since, self.weather.storms):
            return Answer(Outcome(AGAIN, "overloaded", "high demand", Scope.MODEL, Rest(SECONDS, 5.0)), 2.0)
        return self._by_chance(dispatch) or super().arrive(dispatch, now)

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


class Checker:
    """Looks at everything after every step; `each` makes the dear checks rarer."""

    def __init__(self, record: Record, *, each: int = 1) -> None:
        self.record = record
        self.images: Counter[Beat] = Counter()
        self.steps = 0
        self.restarted = float("-inf")  # what was sent before it is told from the record, a little later than true
        self._each = each
        self._recent: dict[str, list[float]] = defaultdict(list)
        self._seen = 0

    def __call__(self, simulation: Simulation) -> None:
        self.steps += 1
        if self.steps % self._each:
            return
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
        for run in simulation.runs:
            promised = sum(dispatch.reserved_usd for dispatch in run.scheduler.out)
            assert abs(run.scheduler.purse.money.reserved - promised) < 1e-6 or run.dead
            for style in run.scheduler.board.styles:
                assert min(style.counts.values()) >= 0 and sum(style.counts.values()) == len(style.beats)

    def _nothing_idle(self, simulation: Simulation, scheduler: Scheduler) -> None:
        """Told apart from what the scheduler believes: no beat, key and slot that could go together are left over."""
        book, now = simulation.book, simulation.now
        capacity, network = book.model(MODEL), book.network
        if scheduler.held or scheduler.broken or scheduler.short_of_money or now < capacity.ready_at:
            return
        if capacity.limit is not None and capacity.in_flight >= capacity.limit:
            return
        if network.away_since is not None and (network.probe is not None or now < network.next_probe):
            return
        for lane in scheduler.lanes.values():
            could = [beat for beat in lane.board.beats if beat.wanted and beat.state in TO_DO and may_go(beat)]
            resting = {entry[1] for entry in lane.later}
            if lane.paused or not any(beat not in resting for beat in could):
                continue
            if lane.wait is not None and "kept" in lane.wait.reason:
                to_come = sum(out.beat.tail for out in scheduler.out if out.beat.lane is lane.board)
                accounts = [book.accounts[name, MODEL] for name, _ in lane.pool.groups]
                going = [
                    account for account in accounts if account.resting is None and account.today(now) < account.rpd
                ]
                free = sum(account.free(now) for account in going)
                assert free <= to_come, "more slots are kept than chains can use"
                continue
            rivals = any(other is not lane and other.ready for other in scheduler.lanes.values())
            for key in lane.keys:
                if book.resting(key, MODEL, now) is None and self._room(book, key, now) and not rivals:
                    state = book.key(key)
                    assert state.probing and state.in_flight, f"{key.name} could send for {lane.board.name} at {now}"

    def _room(self, book: QuotaBook, key: Key, now: float) -> bool:
        account = book.accounts[key.quota_project, MODEL]
        for at, project, _ in self.record.sends[self._seen :]:
            self._recent[project].append(at)
        self._seen = len(self.record.sends)
        recent = [at for at in self._recent[key.quota_project] if at > now - 70 - REPLAY_SLACK]
        self._recent[key.quota_project] = recent
        counting = sum(1 for at in recent if self._counts(at, account.guard.seconds, now)) + account.window.open
        free_today = account.today(now) + account.window.open < account.rpd
        return counting < account.rpm and free_today and account.in_flight < account.most_in_flight

    def _counts(self, at: float, guard: float, now: float) -> bool:
        return at + 60 + guard + (REPLAY_SLACK if at <= self.restarted else 0) > now


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
    """Three styles with a third of the beats continuing, 12 quota projects, and everything that can happen.

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
        minute=0.0005, bare=0.001, day=0.00001, spend=0.0001, overload=0.01, internal=0.005, lost=0.002, blocked=0.01,
        no_image=0.02, unusable=0.001, key_death=0.00002,
        storms=((0.1 * span, 0.15 * span),), away=((0.3 * span, 0.4 * span),), cut=((0.6 * span, 0.62 * span),),
    )  # fmt: skip
    provider = StormProvider(limits, weather, NOON, seed)
    terms = Terms(PRICE, in_doubt_usd=50.0)
    book = make_book(limits, record, seed)
    simulation = simulate(board, pools, book, provider, terms=terms, checker=checker, record=record)
    for share in (0.5, 0.8):
        simulation.proceed(until=NOON + share * span)
        checker.restarted = simulation.now
        restart(simulation, board, pools, limits, record, terms, seed)
    return simulation, board, provider, checker


def restart(
    simulation: Simulation,
    board: Board,
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
        board.set(dispatch.beat, BeatState.IN_DOUBT)
        dispatch.beat.wanted = False
    simulation.book = make_book(limits, record, seed)
    simulation.now += 1.0
    money = Money(before.spent, before.in_doubt + PRICE * len(lost))
    board.settle_all()
    simulation.start(Scheduler(board, pools, simulation.book, MODEL, terms, money))


def _within(since: float, spans: Sequence[tuple[float, float]]) -> bool:
    return any(begin <= since < end for begin, end in spans)
