import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.simulated_world import (
    MODEL,
    NOON,
    PRICE,
    Checker,
    Record,
    StormProvider,
    Weather,
    big_storm,
    make_board,
    make_book,
    make_key,
    restart,
    simulate,
    want_all,
)
from shotmill.engine import scheduler, verdict
from shotmill.engine.board import DRAWN, BeatState, Board
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.simulation import Simulation


@pytest.fixture(autouse=True, scope="module")
def a_shorter_day() -> Iterator[None]:
    """A beat without any sign that others get images is given up after dozens of tries: a day of them takes minutes."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (scheduler, verdict):
            patch.setattr(module, "ALONE_TRIES", 40)
        yield


def test_a_calm_run_draws_every_beat_once_and_is_never_refused() -> None:
    board, record = make_board("HHCCHHCH" * 8, "H" * 64), Record()
    limits = {"p1": (9, 500), "p2": (9, 500)}
    pools = {"style0": [make_key("a", "p1")], "style1": [make_key("b", "p2")]}
    provider = CalmProvider(limits, Latency(8.0, 0.5), PRICE, random.Random(1))
    simulation = simulate(board, pools, make_book(limits, record), provider, checker=Checker(record), record=record)
    assert simulation.proceed()
    run = simulation.runs[0]
    assert run.end == ("finished", "") and run.sent == 128 and provider.refused == 0
    assert board.drawn == board.total
    assert run.scheduler.purse.money.reserved == 0.0


@st.composite
def weathers(draw: st.DrawFn) -> Weather:
    share = st.sampled_from([0.0, 0.0, 0.01, 0.05, 0.2])
    span = st.lists(st.tuples(st.floats(0, 2000), st.floats(1, 900)), max_size=2)
    storms, away, cut = (tuple((begin, begin + length) for begin, length in draw(span)) for _ in range(3))
    return Weather(
        minute=draw(share),
        bare=draw(share),
        day=draw(st.sampled_from([0.0, 0.0, 0.01])),
        spend=draw(share),
        overload=draw(share),
        internal=draw(share),
        lost=draw(share),
        blocked=draw(share),
        no_image=draw(share),
        unusable=draw(share),
        key_death=draw(share),
        storms=storms,
        away=away,
        cut=cut,
    )


transitions = st.lists(st.sampled_from("HHC"), min_size=1, max_size=40).map("".join)


@settings(
    max_examples=int(os.environ.get("SHOTMILL_EXAMPLES", "300")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    weather=weathers(),
    styles=st.lists(transitions, min_size=1, max_size=3),
    rpm=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    rpd=st.sampled_from([15, 60, 500]),
    shared=st.booleans(),
    in_doubt_usd=st.sampled_from([0.0, 0.1, 5.0]),
    budget=st.sampled_from([None, None, 0.3]),
    restarts=st.lists(st.floats(1, 400), max_size=3),
    start=st.sampled_from([NOON, 1_772_935_200.0, 1_793_494_800.0]),  # before the days of 23 and 25 hours
    seed=st.integers(0, 2**32),
)
@example(  # requests that are leased and not sent yet used up the day of one quota project
    weather=Weather(
        minute=0.2, bare=0.2, day=0.01, spend=0.2, overload=0.2, internal=0.2, lost=0.2, blocked=0.2, no_image=0.2,
        unusable=0.2, key_death=0.2, storms=((0.0, 326.89644781459003),),
    ),
    styles=["C", "CCCHHHH", "HHHHHHHHHHHHHCC"], rpm=[8, 1, 2, 3], rpd=15, shared=False, in_doubt_usd=0.0, budget=None,
    restarts=[158.0], start=NOON, seed=189,
)  # fmt: skip
def test_in_any_weather_every_invariant_holds_and_everything_ends(
    weather: Weather,
    styles: list[str],
    rpm: list[int],
    rpd: int,
    shared: bool,
    in_doubt_usd: float,
    budget: float | None,
    restarts: list[float],
    start: float,
    seed: int,
) -> None:
    board, record = make_board(*styles), Record()
    limits = {f"p{i}": (each, rpd) for i, each in enumerate(rpm)}
    keys = [make_key(f"k{i}", f"p{i}", "one") for i in range(len(rpm))]
    keys.append(make_key("second", "p0", "one"))
    pools = {style.name: keys if shared else keys[n % len(keys) :] for n, style in enumerate(board.styles)}
    provider = StormProvider(limits, weather, start, seed)
    terms = Terms(PRICE, in_doubt_usd=in_doubt_usd, budget_usd=budget)
    checker = Checker(record)
    simulation = simulate(
        board, pools, make_book(limits, record, seed), provider, now=start, terms=terms, checker=checker, record=record
    )
    for pause in restarts:
        if simulation.proceed(until=simulation.now + pause):
            break
        checker.restarted = simulation.now
        restart(simulation, board, provider, pools, limits, record, terms, seed)
    assert simulation.proceed(steps=200_000), "it should have ended"
    money = simulation.runs[-1].scheduler.purse.money
    assert money.reserved == 0.0
    assert budget is None or money.gone <= budget + 1e-6 or restarts
    assert provider.refused == 0
    settled(board, simulation)


def settled(board: Board, simulation: Simulation) -> None:
    """Every beat is where the end that the run names lets it be."""
    end = simulation.runs[-1].end
    assert end is not None
    for style in board.styles:
        for beat in style.beats:
            assert beat.state is not BeatState.IN_FLIGHT
            if end[0] == "finished" and beat.state not in (*DRAWN, BeatState.FAILED, BeatState.BLOCKED):
                before = beat.nearest_before()
                held = before is not None and before.state in (BeatState.IN_DOUBT, BeatState.WAITING)
                assert beat.state is BeatState.IN_DOUBT or held


@pytest.mark.parametrize("hours", [23, 25])
def test_a_day_quota_is_used_up_on_days_of_any_length(hours: int) -> None:
    start = {23: 1_772_935_200.0, 25: 1_793_494_800.0}[hours]
    board, record = make_board("H" * 120), Record()
    limits = {"p": (9, 50)}
    provider = CalmProvider(limits, Latency(8.0, 0.5), PRICE, random.Random(2))
    simulation = simulate(
        board, {"style0": [make_key("a", "p")]}, make_book(limits, record), provider, now=start,
        checker=Checker(record), record=record,
    )  # fmt: skip
    assert simulation.proceed()
    assert provider.refused == 0 and board.drawn == 120


def test_a_style_whose_only_key_is_bad_takes_no_turns_from_those_that_share_its_quota_project() -> None:
    board, record = make_board("H" * 4, "H" * 4), Record()
    limits = {"p": (1, 500)}
    good, bad = make_key("good", "p"), make_key("bad", "p")
    provider = StormProvider(limits, Weather(), NOON, 1)
    provider.dead.add(bad.fingerprint)
    simulation = simulate(
        board, {"style0": [good], "style1": [bad]}, make_book(limits, record), provider,
        checker=Checker(record), record=record,
    )  # fmt: skip
    assert simulation.proceed(steps=500)
    assert simulation.runs[0].end == ("stopped", "bad key") and board.styles[0].drawn == 4


def test_two_projects_with_one_quota_project_are_drawn_at_the_same_pace() -> None:
    limits = {"p": (6, 5000)}
    provider = CalmProvider(limits, Latency(8.0, 0.5), PRICE, random.Random(3))
    boards = [make_board("H" * 60), make_board("H" * 60)]
    simulation = simulate(boards[0], {"style0": [make_key("a", "p")]}, make_book(limits), provider)
    want_all(boards[1])
    key = [make_key("b", "p")]
    simulation.start(Scheduler(boards[1], {"style0": key}, simulation.book, MODEL, Terms(PRICE), Money()))
    simulation.proceed(until=NOON + 560)
    assert abs(boards[0].drawn - boards[1].drawn) <= 6 and boards[0].drawn + boards[1].drawn >= 50
    assert simulation.proceed() and provider.refused == 0


def goes_through_every_weather(count: int, *, each: int) -> None:
    simulation, board, provider, checker = big_storm(count, each=each)
    assert simulation.proceed(), "it should have ended"
    assert simulation.runs[-1].end == ("finished", "") and provider.refused == 0
    assert board.drawn > 0.8 * board.total and checker.steps > count and checker.looked_for_idle > count / 2
    settled(board, simulation)


def test_a_great_work_goes_through_every_weather_and_two_restarts() -> None:
    goes_through_every_weather(int(os.environ.get("SHOTMILL_BEATS", "1500")), each=7)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thousands_of_beats_go_through_every_weather_and_two_restarts() -> None:
    goes_through_every_weather(6000, each=503)


@pytest.mark.parametrize(("chain", "hard", "rpm"), [(10, 50, 18), (7, 16, 9), (9, 30, 12)])
def test_a_long_chain_among_hard_cuts_costs_no_minute_of_its_own(chain: int, hard: int, rpm: int) -> None:
    board, record = make_board("H" + "C" * (chain - 1) + "H" * hard), Record()
    limits = {"p": (rpm, 500)}
    provider = CalmProvider(limits, Latency(8.0), PRICE, random.Random(1))
    simulation = simulate(board, {"style0": [make_key("a", "p")]}, make_book(limits, record), provider, record=record)
    assert simulation.proceed()
    last_minute = (chain + hard - 1) // rpm
    least = max(chain * 8.0, last_minute * 60.0 + 8.0)
    assert simulation.runs[0].last_image - NOON <= least * 1.02 + 1
