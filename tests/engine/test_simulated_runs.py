import math
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st

from engine.any_weather import goes_through, settled
from engine.simulated_storm import Work, big_storm, make_world, wrong_by
from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, simulate, want_all
from engine.storm_provider import HANDFUL, Weather
from shotmill.engine import scheduler, verdict
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.simulation import Simulation
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.day import next_reset


@pytest.fixture(autouse=True, scope="module")
def a_shorter_day() -> Iterator[None]:
    """A beat without any sign that others get images is given up after dozens of tries: a day of them takes minutes."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (scheduler, verdict):
            patch.setattr(module, "ALONE_TRIES", 40)
        yield


def test_a_calm_run_draws_every_beat_once_and_is_never_refused() -> None:
    board = make_board("HHCCHHCH" * 8, "H" * 64)
    pools = {"style0": [make_key("a", "p1")], "style1": [make_key("b", "p2")]}
    world = make_world([Work(board, pools)], {"p1": (9, 500), "p2": (9, 500)}, Weather(), now=NOON, seed=1)
    assert world.simulation.proceed()
    run = world.simulation.runs[0]
    assert run.end == ("finished", "") and run.sent == 128 and world.provider.refused == 0
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


wrong = st.tuples(st.sampled_from([0.5, 1.0, 1.0, 2.0, "auto"]), st.sampled_from([0.5, 1.0, 2.0]), st.booleans())
lives = st.tuples(st.floats(1, 400), st.sampled_from([0.0, 0.0, 90.0, -30.0, 7200.0, -43200.0]), st.booleans())


ANY_RUN: dict[str, st.SearchStrategy[Any]] = {
    "weather": weathers(),
    "styles": st.lists(transitions, min_size=1, max_size=3),
    "beside": st.sampled_from(["", "", "HHHHHHHHHH", "HCCHHCHHHHCCCCHHHHHH", "HCCCCCCCCC" * 2]),
    "rpm": st.lists(st.integers(1, 12), min_size=1, max_size=4),
    "rpd": st.sampled_from([15, 60, 500]),
    "told": st.lists(wrong, min_size=1, max_size=4),
    "shared": st.booleans(),
    "in_doubt_usd": st.sampled_from([0.0, 0.1, 5.0]),
    "budget": st.sampled_from([None, None, 0.3]),
    "restarts": st.lists(lives, max_size=3),
    "start": st.sampled_from([NOON, 1_772_935_200.0, 1_793_494_800.0]),  # before the days of 23 and 25 hours
    "seed": st.integers(0, 2**32),
}


@settings(max_examples=30)
@given(**ANY_RUN)
@example(  # requests that are leased and not sent yet used up the day of one quota project
    weather=Weather(
        minute=0.2, bare=0.2, day=0.01, spend=0.2, overload=0.2, internal=0.2, lost=0.2, blocked=0.2, no_image=0.2,
        unusable=0.2, key_death=0.2, storms=((0.0, 326.89644781459003),),
    ),
    styles=["C", "CCCHHHH", "HHHHHHHHHHHHHCC"], beside="", rpm=[8, 1, 2, 3], rpd=15, told=[(1.0, 1.0, False)],
    shared=False, in_doubt_usd=0.0, budget=None, restarts=[(158.0, 0.0, False)], start=NOON, seed=189,
)  # fmt: skip
def test_in_any_weather_every_invariant_holds_and_everything_ends(**run: Any) -> None:
    goes_through(**run)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_in_hundreds_of_other_weathers_too(part: int) -> None:
    """In four parts, so that as many processors can have them."""

    @seed(part)
    @settings(max_examples=75)
    @given(**ANY_RUN)
    def goes_through_each(**run: Any) -> None:
        goes_through(**run)

    goes_through_each()


@pytest.mark.parametrize("hours", [23, 25])
def test_a_day_quota_is_used_up_on_days_of_any_length(hours: int) -> None:
    start = {23: 1_772_935_200.0, 25: 1_793_494_800.0}[hours]
    board = make_board("H" * 120)
    world = make_world([Work(board, {"style0": [make_key("a", "p")]})], {"p": (9, 50)}, Weather(), now=start, seed=2)
    assert world.simulation.proceed()
    assert world.provider.refused == 0 and board.drawn == 120


@pytest.mark.parametrize("hours", [-30, -5, 5, 30])
def test_a_wall_clock_that_is_set_opens_no_day_and_shuts_none(hours: int) -> None:
    """The daemon dies in a day that is spent, somebody sets the clock, and the next one begins."""
    board = make_board("H" * 120)
    world = make_world([Work(board, {"style0": [make_key("a", "p")]})], {"p": (9, 50)}, Weather(), now=NOON, seed=2)
    world.simulation.proceed(until=NOON + 250)
    world.set_wall(hours * 3600.0)
    world.restart()
    assert world.simulation.proceed()
    assert world.provider.refused == 0 and sum(style.to_do for style in board.styles) == 0
    assert next_reset(next_reset(NOON)) < world.simulation.now < next_reset(next_reset(NOON)) + 400


def test_limits_that_are_set_too_high_cost_one_burst_of_refusals_and_those_too_low_none() -> None:
    board = make_board("H" * 300)
    limits = {"high": (6, 500), "low": (6, 500), "default": (6, 500)}
    settings = {
        "high": wrong_by(limits["high"], 2.0, written=True),
        "low": wrong_by(limits["low"], 0.5, written=True),
        "default": wrong_by(limits["default"], 1.5),
    }
    works = [Work(board, {"style0": [make_key(name) for name in limits]})]
    world = make_world(works, limits, Weather(), settings=settings, now=NOON, seed=2)
    assert world.simulation.proceed()
    assert 2 <= world.provider.refused <= (12 - 6) + (9 - 6) and board.drawn == 300


@pytest.mark.parametrize("limit", [1, 5, 10, 40])
def test_a_limit_that_is_to_be_found_is_found_by_styles_that_share_it_over_restarts(limit: int) -> None:
    boards = make_board("H" * 400), make_board("H" * 400)
    keys = [make_key("a", "p")]
    works = [Work(board, {"style0": keys}) for board in boards]
    world = make_world(
        works, {"p": (limit, 100_000)}, Weather(), settings={"p": AccountLimits("auto", 100_000)}, now=NOON, seed=2
    )
    for _ in range(2):
        world.simulation.proceed(until=world.simulation.now + 900)
        world.restart()
    before = sum(board.drawn for board in boards)
    world.simulation.proceed(until=world.simulation.now + 300)
    drawn, left = sum(board.drawn for board in boards), sum(style.to_do for board in boards for style in board.styles)
    assert world.provider.refused <= HANDFUL
    assert drawn - before >= 0.8 * limit * 4 or not left


def test_a_style_whose_only_key_is_bad_takes_no_turns_from_those_that_share_its_quota_project() -> None:
    board = make_board("H" * 4, "H" * 4)
    good, bad = make_key("good", "p"), make_key("bad", "p")
    works = [Work(board, {"style0": [good], "style1": [bad]})]
    world = make_world(works, {"p": (1, 500)}, Weather(), now=NOON, seed=1)
    world.provider.dead.add(bad.fingerprint)
    assert world.simulation.proceed(steps=500)
    assert world.simulation.runs[0].end == ("stopped", "bad key") and board.styles[0].drawn == 4


@pytest.mark.parametrize("rpm", [1, 2, 5, 6, 9, 30])
@pytest.mark.parametrize(
    ("styles", "later_s"),
    [((1, 1), 0.0), ((1, 1, 1), 0.0), ((1, 1), 150.0), ((3, 1), 0.0), ((3, 1), 150.0), ((1, 3), 150.0), ((2, 3), 0.0)],
)
def test_projects_with_one_quota_project_have_as_many_slots_of_each_minute_give_or_take_one(
    rpm: int, styles: tuple[int, ...], later_s: float
) -> None:
    """However many styles each has; these have as many as one another too. The first one has the first minute alone:
    what left before the others came can't be had back."""
    limits, sent = {"p": (rpm, 5000)}, [Counter[int]() for _ in styles]
    book = make_book(limits)
    simulation = Simulation(book, CalmProvider(limits, Latency(8.0, 0.5), PRICE, random.Random(rpm)), NOON)
    boards = [make_board(*["H" * 400] * count) for count in styles]
    numbers = {id(style): number for number, board in enumerate(boards) for style in board.styles}

    def note(dispatch: Dispatch, at: float) -> None:
        sent[numbers[id(dispatch.beat.lane)]][int((at - NOON + 0.2) // 60.5)] += 1

    simulation.on_send = note
    for number, board in enumerate(boards):
        want_all(board)
        keys = {style.name: [make_key(f"k{number}", "p")] for style in board.styles}
        simulation.start(Scheduler(board, keys, book, MODEL, Terms(PRICE), Money()))
        simulation.proceed(until=NOON + later_s)
    simulation.proceed(until=NOON + 9.9 * 60.5)
    shared = range(1 + math.ceil(later_s / 60.5), 10)
    for minute in shared:
        of_each = [counts[minute] for counts in sent]
        assert sum(of_each) == rpm and max(of_each) - min(of_each) <= 1
    in_all = [sum(counts[minute] for minute in shared) for counts in sent]
    assert max(in_all) - min(in_all) <= 1
    for lanes in (run.scheduler.lanes.values() for run in simulation.runs):
        of_styles = [lane.dispatched for lane in lanes]
        assert max(of_styles) - min(of_styles) <= 1


def goes_through_every_weather(count: int, *, each: int) -> None:
    world = big_storm(count, each=each)
    assert world.simulation.proceed(), "it should have ended"
    assert all(run.end == ("finished", "") for run in world.simulation.runs[-2:])
    drawn, total = (sum(getattr(work.board, what) for work in world.works) for what in ("drawn", "total"))
    assert drawn > 0.8 * total and world.checker.steps > count and world.checker.looked_for_idle > count / 2
    settled(world)


def test_a_great_work_goes_through_every_weather_and_two_restarts() -> None:
    goes_through_every_weather(800, each=29)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thousands_of_beats_go_through_every_weather_and_two_restarts() -> None:
    goes_through_every_weather(6000, each=503)


@pytest.mark.parametrize(("chain", "hard", "rpm"), [(10, 50, 18), (7, 16, 9), (9, 30, 12)])
def test_a_long_chain_among_hard_cuts_costs_no_minute_of_its_own(chain: int, hard: int, rpm: int) -> None:
    board = make_board("H" + "C" * (chain - 1) + "H" * hard)
    limits = {"p": (rpm, 500)}
    provider = CalmProvider(limits, Latency(8.0), PRICE, random.Random(1))
    simulation = simulate(board, {"style0": [make_key("a", "p")]}, make_book(limits), provider)
    assert simulation.proceed()
    last_minute = (chain + hard - 1) // rpm
    least = max(chain * 8.0, last_minute * 60.0 + 8.0)
    assert simulation.runs[0].last_image - NOON <= least * 1.02 + 1
