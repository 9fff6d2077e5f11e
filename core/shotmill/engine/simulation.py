"""A run in simulated time: the engine's own scheduler and quotas, driven by events instead of a clock and a network.

`estimate` is this on the user's own project; the tests drive thousands of hours of faults through it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from shotmill.engine.dispatch import Dispatch
from shotmill.engine.scheduler import Scheduler
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.quota.book import QuotaBook

LONGEST_SLEEP_S = 60.0
"""The run looks up at least so often, as the real one does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes of a request that arrived: the outcome, so many seconds after its arrival, and its price."""

    outcome: Outcome
    seconds: float
    cost_usd: float = 0.0


class SimulatedProvider(Protocol):
    """The other end: what a request meets, and when."""

    def leaves_in(self, dispatch: Dispatch) -> float:
        """Seconds from the lease to the first byte: intent, references, connection."""
        ...

    def travels(self, dispatch: Dispatch) -> float:
        """Seconds from the first byte to the provider's count."""
        ...

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        """Count the request and decide its answer. Called in the order of arrival."""
        ...


@dataclass(slots=True, eq=False)
class SimulatedRun:
    """One scheduler under way. `end` is what it came to, `sent` counts its requests."""

    scheduler: Scheduler
    began: float
    end: tuple[Literal["finished", "stopped"], str] | None = None
    ended_at: float = 0.0
    sent: int = 0
    drawn: int = 0
    last_image: float = 0.0
    latest_answer: float = 0.0
    dead: bool = False  # its daemon was killed: answers find nobody


class StuckError(Exception):
    """A run neither sends, nor ends, nor has a moment to wait for."""


@dataclass(slots=True)
class Simulation:
    """Runs that share one book, and a heap of what happens next. `now` is the present moment by the provider's clock.

    `ahead`: so many seconds the daemon's clock is ahead of it. `on_send` hears each request as it leaves, by the
    daemon's clock (what a ledger would record), `on_step` every event after it was taken in. These are for tests and
    for rebuilding a book after a restart.
    """

    book: QuotaBook
    provider: SimulatedProvider
    now: float
    on_send: Callable[[Dispatch, float], None] | None = None
    on_step: Callable[[Simulation], None] | None = None
    runs: list[SimulatedRun] = field(default_factory=list)
    ahead: float = 0.0
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: int = 0
    _wakes: dict[SimulatedRun, float] = field(default_factory=dict)

    @property
    def ours(self) -> float:
        """The present moment by the daemon's clock."""
        return self.now + self.ahead

    def start(self, scheduler: Scheduler) -> SimulatedRun:
        """One more run, from now on."""
        run = SimulatedRun(scheduler, self.now)
        self.runs.append(run)
        self._at(self.now, lambda: None)
        return run

    def kill(self) -> list[Dispatch]:
        """The daemon dies: every run with it. Returns what was out; nobody will hear the answers."""
        out: list[Dispatch] = []
        for run in self.runs:
            if run.end is None:
                out += run.scheduler.out
                run.dead = True
                run.end, run.ended_at = ("stopped", "interrupted"), self.now
        self._wakes.clear()
        return out

    def pass_time(self, until: float) -> None:
        """No daemon is there: what is on its way arrives."""
        while self._events and self._events[0][0] <= until:
            at, _, happens = heapq.heappop(self._events)
            self.now = max(self.now, at)
            happens()
        self.now = until

    def proceed(self, until: float = float("inf"), steps: float = float("inf")) -> bool:
        """Go on until every run ended, the time is up, or so many events passed; returns whether all runs ended.

        Raises `StuckError` where a run could go on only by a miracle.
        """
        while steps > 0:
            if all(run.end is not None for run in self.runs):
                return True
            if not self._events:
                raise StuckError([vars_of(run) for run in self.runs if run.end is None])
            if self._events[0][0] > until:
                self.now = until
                return False
            at, _, happens = heapq.heappop(self._events)
            self.now = max(self.now, at)
            happens()
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
            self._pump()
            if self.on_step is not None:
                self.on_step(self)
            steps -= 1
        return False

    def _pump(self) -> None:
        """Every run sends what may leave now, ends, or says when to wake it."""
        for run in self.runs:
            if run.end is not None:
                continue
            while (dispatch := run.scheduler.next(self.ours)) is not None:
                self._launch(run, dispatch)
            run.end = run.scheduler.ended()
            if run.end is not None:
                run.ended_at = self.now
                continue
            at = run.scheduler.wake_at()
            sleeps = LONGEST_SLEEP_S if at is None else min(LONGEST_SLEEP_S * 60, max(0.0, at - self.ours))
            self._wake(run, self.now + sleeps, lonely=at is None)

    def _wake(self, run: SimulatedRun, at: float, *, lonely: bool) -> None:
        """Wake the run then, unless it will be woken as early anyway."""
        if lonely and not run.scheduler.in_flight and not self._events:
            raise StuckError([vars_of(run)])
        due = self._wakes.get(run, float("-inf"))
        if due > self.now and due <= at:
            return
        self._wakes[run] = at
        self._at(at, lambda: None)

    def _launch(self, run: SimulatedRun, dispatch: Dispatch) -> None:
        self._at(self.now + self.provider.leaves_in(dispatch), lambda: self._leave(run, dispatch))

    def _leave(self, run: SimulatedRun, dispatch: Dispatch) -> None:
        if run.dead:
            return
        left, lease = self.ours, dispatch.lease
        if run.scheduler.book.resting(lease.key, lease.model, left) is not None:
            run.scheduler.give_back(dispatch, left)
            return
        run.sent += 1
        run.scheduler.book.sent(lease, left)
        if self.on_send is not None:
            self.on_send(dispatch, left)
        self._at(self.now + self.provider.travels(dispatch), lambda: self._arrive(run, dispatch, left))

    def _arrive(self, run: SimulatedRun, dispatch: Dispatch, left: float) -> None:
        answer = self.provider.arrive(dispatch, self.now)
        self._at(self.now + answer.seconds, lambda: self._answer(run, dispatch, left, answer))

    def _answer(self, run: SimulatedRun, dispatch: Dispatch, left: float, answer: Answer) -> None:
        if run.dead:
            return
        money = run.scheduler.purse.money
        money.spent += answer.cost_usd
        if answer.outcome.fate is Fate.IN_DOUBT:
            money.in_doubt += dispatch.reserved_usd
        if answer.outcome.fate not in (Fate.NOT_SENT, Fate.IN_DOUBT):
            run.scheduler.book.heard_date(self.ahead, answer.seconds, self.ours)
        run.scheduler.settle(dispatch, answer.outcome, left, self.ours, answer.cost_usd)
        run.latest_answer = self.now
        if answer.outcome.fate is Fate.IMAGE:
            run.drawn += 1
            run.last_image = self.now

    def _at(self, at: float, happens: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, happens))


def vars_of(run: SimulatedRun) -> Sequence[object]:
    """What a stuck run looks like, for the error."""
    scheduler = run.scheduler
    return [(lane.board.name, len(lane.ready), len(lane.later), lane.wait) for lane in scheduler.lanes.values()]
