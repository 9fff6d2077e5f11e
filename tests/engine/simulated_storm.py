"""Works of every kind in every weather: runs that share quotas, daemons that are killed, clocks that are set."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.idle_oracle import Checker
from engine.simulated_world import EVENING, MODEL, PRICE, Record, make_board, make_book, make_key, want_all
from engine.storm_provider import StormProvider, Weather
from shotmill.clock import SystemClock
from shotmill.engine.beat import BeatState
from shotmill.engine.board import Board
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulation import Simulation
from shotmill.gemini.outcome import Scope
from shotmill.ledger.schema import MIGRATIONS
from shotmill.ledger.wall_clock import Boot, settle_clock
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.learned import ANY_MODEL, THE_CLOCK, Learned
from shotmill.quota.resting import Resting
from shotmill.settings.keys import Key


@dataclass
class Work:
    """One project: its board, and each style's keys."""

    board: Board
    pools: Mapping[str, Sequence[Key]]


@dataclass
class World:
    """A machine with its clocks, a daemon on it, and the provider. `settings` are what the daemon is told of limits."""

    works: Sequence[Work]
    settings: Mapping[str, AccountLimits]
    provider: StormProvider
    simulation: Simulation
    checker: Checker
    record: Record
    terms: Terms
    seed: int
    wall_ahead: float = 0.0
    booted_at: float = 0.0
    boot: int = 1
    clock: SystemClock = field(init=False)

    def begin(self) -> None:
        """The first daemon."""
        self.booted_at = self.simulation.now - 1000.0
        self.simulation.on_send, self.simulation.on_step = self.record.note, self._look
        self.provider.on_unsent = self.record.take_back
        for work in self.works:
            want_all(work.board)
        self._daemon(Memory.of(self.simulation.book))
        for work in self.works:
            self._run(work, Money())

    def set_wall(self, by: float) -> None:
        """Somebody sets the machine's clock under whatever runs on it."""
        self.wall_ahead += by

    def restart(self, *, boot: bool = False) -> None:
        """The daemon is killed, and the machine's end with `boot`; the next one knows what the record has, and what was
        out is in doubt."""
        simulation, log, killed_at = self.simulation, self.provider.log, self.simulation.now
        memory = Memory.of(simulation.book)
        before = [run.scheduler.purse.money for run in simulation.runs[-len(self.works) :]]
        lost = simulation.kill()
        log.killed()
        for dispatch in lost:
            log.doubted(dispatch.beat)
        simulation.pass_time(simulation.now + 1.0)
        log.unheard(killed_at)
        self.checker.restarted = simulation.now  # by now has come what was on its way
        if boot:
            simulation.pass_time(simulation.now + 20.0)
            self.booted_at, self.boot = simulation.now - 15.0, self.boot + 1
            if self.wall_ahead:
                log.booted(simulation.now)
        self._daemon(memory)
        for work, money in zip(self.works, before, strict=True):
            mine = [
                dispatch.beat
                for dispatch in lost
                if work.board.find(dispatch.beat.style, dispatch.beat.id) is dispatch.beat
            ]
            for beat in mine:
                work.board.set(beat, BeatState.IN_DOUBT)
                beat.wanted = False
            work.board.settle_all()
            self._run(work, Money(money.spent, money.in_doubt + PRICE * len(mine)))

    def _daemon(self, memory: Memory) -> None:
        """A clock that is anchored to the wall once, a record that is moved along with it, and a book."""
        simulation = self.simulation
        self.clock = SystemClock(lambda: simulation.now + self.wall_ahead, lambda: simulation.now)
        uptime = simulation.now - self.booted_at
        quiet_until = memory.settle(self.record, Boot(float(self.boot), uptime), self.clock.now())
        simulation.ahead = self.provider.ahead = self.wall_ahead
        simulation.pass_time(max(simulation.now, quiet_until - simulation.ahead))
        simulation.book = make_book(self.settings, self.record, self.seed)
        memory.put_into(simulation.book)

    def _run(self, work: Work, money: Money) -> None:
        self.simulation.start(Scheduler(work.board, work.pools, self.simulation.book, MODEL, self.terms, money))

    def _look(self, simulation: Simulation) -> None:
        assert abs(self.clock.now() - simulation.ours) < 1e-3, "a daemon's clock was set under it"
        self.checker(simulation)


@dataclass
class Memory:
    """What the database has of rests and of what was learned; its clock is settled by the product's own code."""

    rests: list[tuple[str, str, str, Resting]]
    learned: list[tuple[str, str, Learned]]
    facts: list[tuple[str, float]] = field(default_factory=list)

    @staticmethod
    def of(book: QuotaBook) -> Memory:
        rests = [(str(Scope.KEY), name, "", key.resting) for name, key in book.keys.items()]
        rests += [(str(Scope.BILLING_ACCOUNT), name, "", rest) for name, rest in book.billing.items()]
        rests += [(str(Scope.QUOTA_PROJECT), *place, account.resting) for place, account in book.accounts.items()]
        learned = [(*place, one) for place, account in book.accounts.items() for one in account.learned()]
        learned += [(name, ANY_MODEL, one) for name, window in book.spending.items() for one in window.learned()]
        learned += [(*THE_CLOCK, one) for one in book.midnights.learned()]
        return Memory([(*place, rest) for *place, rest in rests if rest is not None], learned)  # type: ignore[misc]

    def settle(self, record: Record, boot: Boot, now: float) -> float:
        """Into a database, whose clock is settled, and out of it; when sending may begin."""
        with sqlite3.connect(":memory:") as db:
            for statement in (one for version in MIGRATIONS for one in version):
                db.execute(statement)
            db.executemany("INSERT INTO facts VALUES (?, ?)", record.facts)
            rows = [(str(n), at, "", of, project, "") for n, (at, project, of) in enumerate(record.sends)]
            db.executemany("INSERT INTO sends VALUES (?, ?, ?, ?, ?, ?)", rows)
            for n, (*_, rest) in enumerate(self.rests):
                db.execute("INSERT INTO rests VALUES ('', '', ?, '', '', '', '', ?)", (str(n), rest.until))
            figures = [(*place, one.what, one.value, one.at) for *place, one in self.learned]
            db.executemany("INSERT INTO learned VALUES ('', ?, ?, ?, ?, ?)", figures)
            begins = settle_clock(db, boot, now)
            record.facts = db.execute("SELECT name, value FROM facts").fetchall()
            sends = db.execute("SELECT at, quota_project, fingerprint FROM sends ORDER BY rowid").fetchall()
            record.sends = [(at, project, of) for at, project, of in sends]
            untils = db.execute("SELECT until FROM rests ORDER BY rowid").fetchall()
            known = db.execute("SELECT quota_project, model, what, value, at FROM learned ORDER BY rowid").fetchall()
        self.rests = [
            (*place, Resting(rest.code, rest.reason, until, rest.cure))  # type: ignore[misc]
            for (*place, rest), (until,) in zip(self.rests, untils, strict=True)
        ]
        self.learned = [(name, model, Learned(what, value, at)) for name, model, what, value, at in known]
        return begins

    def put_into(self, book: QuotaBook) -> None:
        for scope, name, model, rest in self.rests:
            book.remember(scope, name, model, rest)
        places: dict[tuple[str, str], list[Learned]] = {}
        for name, model, one in self.learned:
            places.setdefault((name, model), []).append(one)
        for (name, model), learned in places.items():
            book.remember_learned(name, model, learned)


def make_world(
    works: Sequence[Work],
    limits: Mapping[str, tuple[int, int]],
    weather: Weather,
    *,
    settings: Mapping[str, AccountLimits] | None = None,
    now: float,
    seed: int,
    terms: Terms | None = None,
    each: int = 1,
) -> World:
    """Everything is begun. `settings`: where they differ from the provider's `limits`."""
    told = {name: AccountLimits(*both) for name, both in limits.items()} | dict(settings or {})
    provider, record = StormProvider(limits, weather, now, seed, told), Record()
    simulation = Simulation(make_book(told, record, seed), provider, now)
    checker = Checker(provider.log, each=each)
    world = World(works, told, provider, simulation, checker, record, terms or Terms(PRICE), seed)
    world.begin()
    return world


def wrong_by(
    limits: tuple[int, int], rpm: float | Literal["auto"], rpd: float = 1.0, *, written: bool = False
) -> AccountLimits:
    """Settings that say so many times the provider's limits."""
    told: int | Literal["auto"] = "auto" if rpm == "auto" else max(1, round(limits[0] * rpm))
    return AccountLimits(told, max(1, round(limits[1] * rpd)), rpm_written=written, rpd_written=written)


def big_storm(count: int, *, each: int, seed: int = 1) -> World:
    """From the evening before a day of 25 hours: a project of three styles with a third of the beats continuing and one
    of one style, 12 quota projects of which they share five, and everything that can happen.

    Some limits are set too high, some too low, and one is to be found. The daemon is killed twice, the machine's clock
    is set under it and before its next life; a storm of overload, a network that is away and one that loses answers
    come at shares of the time that the quotas alone ask for.
    """
    chance = random.Random(seed)
    quarter = count // 4
    lines = ["".join(chance.choice("HHC") for _ in range(quarter)) for _ in range(4)]
    keys = [make_key(f"k{i}", account=f"bank{i % 3}") for i in range(12)]
    second = make_key("second", "k8", "bank2")
    boards = make_board(*lines[:3]), make_board(lines[3])
    works = [
        Work(boards[0], {style.name: keys[:10] for style in boards[0].styles}),
        Work(boards[1], {"style0": [*keys[4:8], second, *keys[9:]]}),
    ]
    limits = {key.name: (60, max(50, count // 20)) for key in keys}
    settings = {
        "k0": wrong_by(limits["k0"], 1.5, written=True),
        "k1": wrong_by(limits["k1"], 0.5, written=True),
        "k2": wrong_by(limits["k2"], "auto"),
        "k3": wrong_by(limits["k3"], 1.3),
        "k4": wrong_by(limits["k4"], 1.0, 1.5),
        "k5": wrong_by(limits["k5"], 2.0, 0.5, written=True),
    }
    span = count / 720 * 60
    weather = Weather(
        minute=0.0005, bare=0.001, day=1 / count, spend=0.3 / count, overload=0.01,
        internal=0.005, lost=0.002, blocked=0.01,
        no_image=0.02, unusable=0.001, key_death=1 / count,
        storms=((0.1 * span, 0.15 * span),), away=((0.3 * span, 0.4 * span),), cut=((0.6 * span, 0.62 * span),),
    )  # fmt: skip
    world = make_world(
        works, limits, weather,
        settings=settings, now=EVENING, seed=seed, terms=Terms(PRICE, in_doubt_usd=50.0), each=each,
    )  # fmt: skip
    for share, jump in ((0.5, 7 * 3600.0), (0.8, -10 * 3600.0)):
        world.simulation.proceed(until=EVENING + (share - 0.2) * span)
        world.set_wall(jump)
        world.simulation.proceed(until=EVENING + share * span)
        world.restart()
    return world
