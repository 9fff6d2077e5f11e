"""A project that can use its slots only one after another, beside others that take all that is there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest

from engine.simulated_storm import Work, make_world
from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, want_all
from engine.storm_provider import Weather
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.simulation import Answer, Simulation
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.quota.resting import Resting
from shotmill.quota.turns import Claim
from shotmill.quota.whose_turn import KEPT

CUTS, CHAIN = "H" * 3000, "H" + "C" * 999
Project = tuple[Sequence[str], str]
"""The transitions of each style, and the quota projects for which it has keys, one letter each."""


def beside_one_another(
    projects: Sequence[Project],
    rpm: dict[str, int],
    latency: Latency | None = None,
    provider: CalmProvider | None = None,
) -> Simulation:
    """A run of each project, all from noon on."""
    limits = {name: (each, 100_000) for name, each in rpm.items()}
    provider = provider or CalmProvider(limits, latency or Latency(8.0, 0.35), PRICE, random.Random(1))
    simulation = Simulation(make_book(limits), provider, NOON)
    for number, (styles, names) in enumerate(projects):
        board = make_board(*styles, shot=5000)
        want_all(board)
        keys = [make_key(f"k{number}{name}", name) for name in names]
        pools = {style.name: keys for style in board.styles}
        simulation.start(Scheduler(board, pools, simulation.book, MODEL, Terms(PRICE), Money()))
    return simulation


def sent_in(simulation: Simulation, minutes: float) -> list[int]:
    """Requests of each run in so many minutes more."""
    before = [run.sent for run in simulation.runs]
    simulation.proceed(until=simulation.now + minutes * 60)
    return [run.sent - sent for run, sent in zip(simulation.runs, before, strict=True)]


def kept(simulation: Simulation) -> bool:
    """Whether the first run waits for what is kept for others."""
    wait = simulation.runs[0].scheduler.lanes["style0"].wait
    return wait is not None and wait.reason == KEPT


@pytest.mark.parametrize("sigma", [0.0, 0.35])
@pytest.mark.parametrize(
    ("projects", "rpm", "least"),
    [
        ([([CUTS], "p"), ([CHAIN], "p")], {"p": 9}, [0, 3.2]),  # an even share: 4.5; one before
        ([([CHAIN], "p"), ([CUTS], "p")], {"p": 9}, [3.0, 0]),
        ([([CUTS], "p"), ([CHAIN], "p")], {"p": 20}, [0, 4.4]),  # it could use 7.5
        ([([CUTS * 3], "p"), ([CHAIN], "p")], {"p": 60}, [0, 4.5]),
        ([([CUTS], "p"), ([CHAIN * 3], "p")], {"p": 30}, [0, 11.0]),  # three before
        ([([CUTS], "p"), ([CUTS], "p"), ([CHAIN], "p")], {"p": 9}, [2.9, 2.9, 2.2]),
        ([([CHAIN], "p"), ([CHAIN], "p"), ([CUTS], "p")], {"p": 9}, [2.4, 2.4, 2.9]),
        ([([CUTS] * 3, "p"), ([CHAIN, CUTS], "p")], {"p": 9}, [0, 3.6]),
        ([([CUTS], "p"), ([CHAIN], "pq")], {"p": 9, "q": 2}, [4.5, 4.2]),
        ([([CUTS], "pq"), ([CHAIN], "pq")], {"p": 5, "q": 5}, [5.0, 2.8]),
    ],
)
def test_a_project_of_chains_has_a_share_as_well_and_hardly_a_slot_is_lost_for_it(
    projects: list[Project], rpm: dict[str, int], least: list[float], sigma: float
) -> None:
    simulation = beside_one_another(projects, rpm, Latency(8.0, sigma))
    first, then = sent_in(simulation, 10), sent_in(simulation, 20)
    for sent, at_least in zip(then, least, strict=True):
        assert sent / 20 >= at_least
    most = sum(rpm.values())
    assert sum(first) >= 0.985 * 10 * most and sum(first) + sum(then) >= 0.985 * 30 * most


@pytest.mark.parametrize("names", ["q", "pq"])
def test_nothing_is_kept_for_a_chain_that_has_slots_elsewhere(names: str) -> None:
    simulation = beside_one_another([([CUTS], "p"), ([CHAIN], names)], {"p": 9, "q": 9})
    simulation.proceed(until=NOON + 90)
    assert sent_in(simulation, 20)[0] >= 9 * 20 - 3


def test_a_chain_of_a_hundred_beats_takes_no_hundred_minutes_beside_a_great_project() -> None:
    simulation = beside_one_another([([CUTS], "p"), (["H" + "C" * 99], "p")], {"p": 9})
    chain = simulation.runs[1]
    while chain.end is None:
        simulation.proceed(steps=100)
    assert chain.drawn == 100 and chain.last_image - NOON <= 32 * 60


def test_a_chain_that_ends_leaves_everything_to_the_other() -> None:
    simulation = beside_one_another([([CUTS], "p"), (["H" + "C" * 19], "p")], {"p": 9})
    while simulation.runs[1].end is None:
        simulation.proceed(steps=10)
    assert sent_in(simulation, 10)[0] >= 9 * 10 - 1


class Hangs(CalmProvider):
    """The chain's request that comes after three minutes never gets an answer."""

    hung_at: float | None = None

    def drawn(self, dispatch: Dispatch) -> Answer:
        if self.hung_at is None and dispatch.beat.previous is not None and dispatch.lease.at > NOON + 180:
            self.hung_at = dispatch.lease.at
            return Answer(Outcome(Fate.IN_DOUBT, "timed_out", "no answer"), 600.0)
        return super().drawn(dispatch)


def test_nothing_is_kept_for_a_chain_whose_request_hangs() -> None:
    provider = Hangs({"p": (9, 100_000)}, Latency(8.0), PRICE, random.Random(1))
    simulation = beside_one_another([([CUTS], "p"), ([CHAIN], "p")], {"p": 9}, provider=provider)
    while provider.hung_at is None:
        simulation.proceed(steps=1)
    simulation.proceed(until=provider.hung_at + 13.0)  # half as long again as one takes
    cuts, chain = sent_in(simulation, 1)
    assert (cuts, chain) == (9, 0)
    assert sent_in(simulation, 5)[0] >= 9 * 5 - 1


@pytest.mark.parametrize("ends", ["paused", "held", "no keys"])
def test_what_was_kept_is_given_away_at_once_when_the_chain_can_not_go_on(ends: str) -> None:
    simulation = beside_one_another([([CUTS], "p"), ([CHAIN], "p")], {"p": 9}, Latency(8.0))
    cuts, chain = (run.scheduler for run in simulation.runs)
    while not kept(simulation):
        simulation.proceed(steps=1)
    assert cuts.next(simulation.now) is None
    if ends == "paused":
        chain.lanes["style0"].pause("three times the same", "")
    elif ends == "held":
        chain.held = "disk"
    else:
        chain.use_pools({"style0": []})
    chain.next(simulation.now)
    assert cuts.next(simulation.now) is not None


def test_nothing_is_kept_for_long_for_a_run_whose_task_died() -> None:
    simulation = beside_one_another([([CUTS], "p"), ([CHAIN], "p")], {"p": 9}, Latency(8.0))
    while not kept(simulation):
        simulation.proceed(steps=1)
    simulation.runs[1].end = ("stopped", "its task died")
    simulation.proceed(until=simulation.now + 13.0)  # half as long again as an image takes
    assert sent_in(simulation, 5)[0] >= 9 * 5 - 1


def test_a_run_that_ended_for_a_person_has_no_share_any_more() -> None:
    simulation = beside_one_another([([CUTS], "p")], {"p": 9})
    simulation.proceed(until=NOON + 30)
    account = simulation.book.accounts["p", MODEL]
    account.rest(Resting("no_quota", "may draw 0 images", None), simulation.now)
    assert simulation.proceed() and simulation.runs[0].end == ("stopped", "may draw 0 images")
    account.mended()
    another = Claim()
    account.turns.join(another, simulation.now)
    assert account.turns.shared(another) == 0


def test_when_it_is_looked_at_anew_is_told() -> None:
    simulation = beside_one_another([([CUTS], "p"), ([CHAIN], "p")], {"p": 9}, Latency(8.0))
    while not kept(simulation):
        simulation.proceed(steps=1)
    wake_at = simulation.runs[0].scheduler.wake_at()
    assert wake_at is not None and simulation.now < wake_at <= simulation.now + 12.5


def test_kept_slots_come_back_as_far_apart_as_the_chain_took_them() -> None:
    """So they are idle in one minute and not in each."""
    simulation = beside_one_another([([CUTS], "p"), ([CHAIN], "p")], {"p": 9}, Latency(8.0))
    moments: list[float] = []
    simulation.on_send = lambda dispatch, at: moments.append(at)
    simulation.proceed(until=NOON + 600)
    idle = [after - before - 60.5 for before, after in pairwise_by_nine(moments)]
    assert sum(idle[18:]) <= 0.02 * 480 * 9 and all(seconds >= 0 for seconds in idle)


def pairwise_by_nine(moments: Sequence[float]) -> list[tuple[float, float]]:
    """Each request with the one that has its slot next."""
    return [pair for first in range(9) for pair in pairwise(moments[first::9])]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("pools", "styles", "rpm", "weather"),
    [
        (("p", "p"), (["H" * 150], ["H" + "C" * 60]), {"p": 9}, Weather()),
        (("p", "pq"), (["H" * 200], ["H" + "C" * 60]), {"p": 9, "q": 2}, Weather()),
        (("p", "p"), (["H" * 200], [("H" + "C" * 20) * 3, "H" * 40]), {"p": 9}, Weather()),
        (("p", "p"), (["H" + "C" * 40], ["H" + "C" * 40]), {"p": 6}, Weather()),
        (
            ("p", "p"),
            (["H" * 150], ["H" + "C" * 40]),
            {"p": 9},
            Weather(lost=0.05, internal=0.05, overload=0.05, minute=0.02, blocked=0.05),
        ),
    ],
)
def test_no_more_is_kept_than_chains_can_use(
    pools: tuple[str, str], styles: tuple[list[str], list[str]], rpm: dict[str, int], weather: Weather, seed: int
) -> None:
    """After every step, by what is out and who hangs on it."""
    keys = {name: make_key(name) for name in rpm}
    boards = [make_board(*of, shot=500) for of in styles]
    works = [
        Work(board, {style.name: [keys[name] for name in pool] for style in board.styles})
        for board, pool in zip(boards, pools, strict=True)
    ]
    limits = {name: (each, 5000) for name, each in rpm.items()}
    world = make_world(works, limits, weather, now=NOON, seed=seed)
    assert world.simulation.proceed()
    assert weather != Weather() or world.provider.refused == 0
    assert world.checker.looked_at_shares > 0 or (pools == ("p", "p") and rpm["p"] == 6)
