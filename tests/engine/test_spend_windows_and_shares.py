"""What is shared beyond a minute's quota: spend windows, caps on what is out at once, and chains beside hard cuts."""

import random
from collections import deque
from collections.abc import Sequence

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, Record, make_board, make_book, make_key, simulate, want_all
from shotmill.engine.beat import BeatState
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.simulation import Answer, Simulation
from shotmill.gemini.outcome import Fate, Outcome, Rest, Scope, Until
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.learned import ANY_MODEL
from shotmill.quota.lease import Binding, Lease, Wait
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim

DRAWN = Outcome(Fate.IMAGE, "image", billed=True)
SPENT = Outcome(Fate.AGAIN, "spend_rate", "spent", Scope.BILLING_ACCOUNT, Rest(Until.SECONDS, 120.0))


class SpendProvider(CalmProvider):
    """Takes so many dollars in any ten minutes of all its quota projects, counted where requests arrive."""

    def __init__(self, limits: dict[str, tuple[int, int]], spend_usd: float, latency: Latency) -> None:
        super().__init__(limits, latency, PRICE, random.Random(1))
        self.most = int(spend_usd / PRICE)
        self.taken: deque[float] = deque()
        self.too_much: list[float] = []

    def arrive(self, dispatch: Dispatch, now: float) -> Answer:
        while self.taken and self.taken[0] + 600 <= now:
            self.taken.popleft()
        if len(self.taken) >= self.most:
            self.too_much.append(now - NOON)
            return Answer(SPENT, 0.15)
        self.taken.append(now)
        return super().arrive(dispatch, now)


@pytest.mark.parametrize(("spend_usd", "projects", "hours"), [(1.0, ["p"], 3), (4.0, ["p"], 2), (1.0, ["p", "q"], 3)])
def test_a_spend_window_is_found_once_and_then_kept_nearly_full(
    spend_usd: float, projects: list[str], hours: int
) -> None:
    limits = dict.fromkeys(projects, (60, 100_000))
    board = make_board("H" * 2000, "H" * 2000)
    provider = SpendProvider(limits, spend_usd, Latency(8.0, 0.3))
    keys = [make_key(name, name, "bank") for name in projects]
    simulation = simulate(board, {style.name: keys for style in board.styles}, make_book(limits), provider)
    simulation.proceed(until=NOON + hours * 3600)
    first = min(provider.too_much)
    for hour in range(hours):
        since = first + 5 + hour * 3600  # those that were out with the first one can't be had back
        assert sum(since <= at < since + 3600 for at in provider.too_much) <= 6
    assert board.drawn >= 0.9 * (provider.most * 6 * hours)
    shares = [style.drawn for style in board.styles]
    assert abs(shares[0] - shares[1]) <= 0.1 * sum(shares)
    assert provider.refused == 0


@pytest.mark.parametrize(("spend_usd", "projects", "rpm"), [(1.0, "p", 60), (1.0, "pqrst", 30), (4.0, "pqrst", 60)])
def test_the_first_meeting_with_a_limit_costs_few_refusals(spend_usd: float, projects: str, rpm: int) -> None:
    """No minute's worth of requests leaves in one moment, and what has not left when the first is refused stays."""
    limits = dict.fromkeys(projects, (rpm, 100_000))
    board = make_board("H" * 1000, "H" * 1000)
    provider = SpendProvider(limits, spend_usd, Latency(8.0, 0.3))
    keys = [make_key(name, name, "bank") for name in projects]
    simulation = simulate(board, {style.name: keys for style in board.styles}, make_book(limits), provider)
    simulation.proceed(until=NOON + 900)
    first = min(provider.too_much)
    assert sum(at < first + 60 for at in provider.too_much) <= 10
    assert board.drawn >= provider.most


def test_what_is_leased_stays_when_an_answer_says_that_it_would_be_refused() -> None:
    limits = {"p": (60, 100_000)}
    board = make_board("H" * 40)
    provider = SpendProvider(limits, 1.0, Latency(8.0))
    provider.taken.extend([NOON] * provider.most)
    provider._ready = 4.0  # references are read from a slow disk
    simulation = simulate(board, {"style0": [make_key("p")]}, make_book(limits), provider)
    simulation.proceed(until=NOON + 300)
    assert simulation.runs[0].sent == len(provider.too_much) <= 4
    assert board.styles[0].to_do == 40


def test_the_end_of_a_full_spend_window_is_told_at_once_and_not_that_of_the_refusal() -> None:
    book, pool = make_book((60, 5000)), KeyPool([make_key("p")])
    leases = [book.lease(pool, MODEL, NOON, Claim(), PRICE) for _ in range(4)]
    for lease in leases:
        assert isinstance(lease, Lease)
        book.sent(lease, NOON)
        book.settle(lease, NOON, SPENT if lease is leases[-1] else DRAWN, NOON + 8, PRICE)
    for moment in (NOON + 9, NOON + 8 + 121):
        wait = book.lease(pool, MODEL, moment, Claim(), PRICE)
        assert isinstance(wait, Wait) and (wait.binding, wait.code) == (Binding.SPEND, "spend_rate")
        assert wait.until is not None and NOON + 8 + 600 <= wait.until < NOON + 8 + 610


@pytest.mark.parametrize("drafts", [1, 3])
def test_a_limit_that_one_daemon_met_the_next_one_keeps_from_its_first_request_on(drafts: int) -> None:
    limits = dict.fromkeys("pqrst", (30, 100_000))
    board, record = make_board("H" * 2000), Record()
    provider = SpendProvider(limits, 4.0, Latency(8.0, 0.3))
    provider._price = drafts * PRICE
    keys = [make_key(name, name, "bank") for name in limits]
    simulation = simulate(board, {"style0": keys}, make_book(limits, record), provider, record=record)
    simulation.proceed(until=NOON + 3000)
    refused, before = len(provider.too_much), board.drawn
    learned = simulation.book.spend_window("bank").learned()
    for dispatch in simulation.kill():
        board.set(dispatch.beat, BeatState.PENDING)
    simulation.book = make_book(limits, record)
    simulation.book.remember_learned("bank", ANY_MODEL, learned)
    simulation.start(Scheduler(board, {"style0": keys}, simulation.book, MODEL, Terms(PRICE), Money()))
    simulation.proceed(until=NOON + 3000 + 1800)
    assert len(provider.too_much) - refused <= 3
    assert board.drawn - before >= 0.8 * provider.most * 3


def test_a_spend_window_is_waited_for_until_what_fills_it_is_ten_minutes_old_and_is_named() -> None:
    limits = {"p": (60, 100_000)}
    board = make_board("H" * 200)
    provider = SpendProvider(limits, 1.0, Latency(8.0))
    simulation = simulate(board, {"style0": [make_key("p")]}, make_book(limits), provider)
    simulation.proceed(until=NOON + 300)
    wait = simulation.runs[0].scheduler.lanes["style0"].wait
    assert wait is not None and wait.binding is Binding.SPEND and "spend window" in wait.reason
    assert wait.until is not None and NOON + 600 < wait.until < NOON + 620
    assert board.drawn == provider.most


def test_a_spend_window_that_others_fill_too_is_found_again_when_they_are_gone() -> None:
    limits = {"p": (60, 100_000)}
    board = make_board("H" * 2000)
    provider = SpendProvider(limits, 2.0, Latency(8.0))
    provider.taken.extend([NOON - 1] * (provider.most - 2))
    simulation = simulate(board, {"style0": [make_key("p")]}, make_book(limits), provider)
    simulation.proceed(until=NOON + 2 * 3600)
    before = board.drawn
    simulation.proceed(until=NOON + 3 * 3600)
    assert board.drawn - before >= 0.8 * provider.most * 6
    assert sum(at > 5 for at in provider.too_much) <= 20


def two_projects(book: QuotaBook, pools: Sequence[str], provider: CalmProvider) -> Simulation:
    """Two runs of their own, each with one style and one key, by the quota projects that `pools` names."""
    simulation = Simulation(book, provider, NOON)
    for number, name in enumerate(pools):
        board = make_board("H" * 60)
        want_all(board)
        key = make_key(f"k{number}", name)
        simulation.start(Scheduler(board, {"style0": [key]}, book, MODEL, Terms(PRICE), Money()))
    return simulation


def drawn(simulation: Simulation) -> list[int]:
    return [run.drawn for run in simulation.runs]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_projects_share_a_quota_project_evenly_where_requests_at_once_are_the_limit(at_once: int) -> None:
    limits = {"p": (60, 5000)}
    book = make_book(limits)
    book.limits = lambda _: AccountLimits(60, 5000, at_once)
    simulation = two_projects(book, ["p", "p"], CalmProvider(limits, Latency(8.0), PRICE, random.Random(1)))
    simulation.proceed(until=NOON + 200)
    first, second = (run.sent for run in simulation.runs)
    assert abs(first - at_once - second) <= 1, "the first one had all of them till the second came"
    assert sum(drawn(simulation)) >= 23 * at_once


@pytest.mark.parametrize(("cap", "pools"), [("overload", ["p", "q"]), ("memory", ["p", "q"]), ("overload", ["p", "p"])])
def test_projects_share_evenly_what_may_be_out_at_once_in_all(
    cap: str, pools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"p": (60, 5000), "q": (60, 5000)}
    book = make_book(limits)
    if cap == "overload":
        book.model(MODEL).limit = 1
        monkeypatch.setattr("shotmill.quota.overload.Capacity.drew", lambda self, sent_at, now: None)
    else:
        monkeypatch.setattr("shotmill.quota.choice.MOST_IN_FLIGHT", 1)
    simulation = two_projects(book, pools, CalmProvider(limits, Latency(8.0), PRICE, random.Random(1)))
    simulation.proceed(until=NOON + 200)
    first, second = drawn(simulation)
    assert abs(first - second) <= 1 and first + second >= 23


@pytest.mark.parametrize("cap", ["in flight", "overload", "spend window"])
def test_a_project_of_three_styles_sends_no_more_than_one_of_a_single_style(
    cap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits, until = {"p": (60, 5000)}, NOON + 600
    book = make_book(limits)
    provider = CalmProvider(limits, Latency(8.0), PRICE, random.Random(1))
    if cap == "in flight":
        book.limits = lambda _: AccountLimits(60, 5000, 1)
    elif cap == "overload":
        book.model(MODEL).limit = 1
        monkeypatch.setattr("shotmill.quota.overload.Capacity.drew", lambda self, sent_at, now: None)
    else:
        provider, until = SpendProvider(limits, 1.0, Latency(8.0)), NOON + 3600
    simulation = Simulation(book, provider, NOON)
    boards = [make_board(*["H" * 400] * styles) for styles in (3, 1)]
    for number, board in enumerate(boards):
        want_all(board)
        keys = {style.name: [make_key(f"k{number}", "p", "bank")] for style in board.styles}
        simulation.start(Scheduler(board, keys, book, MODEL, Terms(PRICE), Money()))
    simulation.proceed(until=NOON + 300)
    alone = [run.sent for run in simulation.runs]  # the first one had all that was free when it came
    simulation.proceed(until=until)
    many, one = (run.sent - before for run, before in zip(simulation.runs, alone, strict=True))
    assert abs(many - one) <= 2 and many + one >= 35
    of_styles = [lane.dispatched for lane in simulation.runs[0].scheduler.lanes.values()]
    assert max(of_styles) - min(of_styles) <= 1


def test_one_that_is_called_and_does_not_come_is_not_waited_for_again() -> None:
    limits = {"p": (60, 5000)}
    book = make_book(limits)
    book.limits = lambda _: AccountLimits(60, 5000, 1)
    simulation = two_projects(book, ["p", "p"], CalmProvider(limits, Latency(8.0), PRICE, random.Random(1)))
    simulation.proceed(until=NOON + 30)
    gone = simulation.runs[1]
    simulation.proceed(until=NOON + 200, steps=1)
    while gone.scheduler.in_flight:
        simulation.proceed(steps=1)
    gone.end = ("stopped", "its task died")
    before, since = simulation.runs[0].drawn, simulation.now
    simulation.proceed(until=since + 100)
    assert simulation.runs[0].drawn - before >= 11


@pytest.mark.parametrize(
    ("styles", "rpm", "quota_projects", "most"),
    [
        (["H" + "C" * 59, "H" * 60], 9, 1, 1.04),  # each style of its own, all keys for all: 1.11 when each kept alone
        (["H" + "C" * 9, "H" * 50], 18, 1, 1.02),
        (["H" + "C" * 24, "H" * 100], 10, 3, 1.02),
        (["H" + "C" * 8, "H" * 30], 12, 1, 1.02),
        (["H" + "C" * 59 + "H" * 60], 9, 1, 1.04),
    ],
)
def test_a_chained_style_beside_hard_cuts_with_the_same_keys_is_not_left_alone_at_the_end(
    styles: list[str], rpm: int, quota_projects: int, most: float
) -> None:
    board = make_board(*styles, shot=1000)
    limits = {f"p{number}": (rpm, 5000) for number in range(quota_projects)}
    keys = [make_key(name) for name in limits]
    provider = CalmProvider(limits, Latency(8.0), PRICE, random.Random(1))
    simulation = simulate(board, {style.name: keys for style in board.styles}, make_book(limits), provider)
    assert simulation.proceed() and provider.refused == 0
    chain = max(len(part) for style in styles for part in style.replace("H", " H").split())
    last_minute = (sum(map(len, styles)) - 1) // (rpm * quota_projects)
    least = max(chain * 8.0, last_minute * 60.0 + 8.0)
    assert simulation.runs[0].last_image - NOON <= least * most
