import random
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.simulated_world import MODEL, NOON, PRICE, Record, make_board, make_book, make_key, simulate
from shotmill.engine.board import BeatState
from shotmill.engine.estimate import Quotas, estimate_run, rooms_of, work_of
from shotmill.engine.pace import estimate
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.quota.account import AccountLimits


@settings(max_examples=60, deadline=None)
@given(
    styles=st.lists(st.integers(1, 60), min_size=1, max_size=3),
    rpm=st.integers(1, 20),
    rpd=st.sampled_from([25, 5000]),
    latency=st.floats(1, 40),
    shared=st.booleans(),
)
def test_the_arithmetic_agrees_with_the_simulation_where_nothing_continues(
    styles: list[int], rpm: int, rpd: int, latency: float, shared: bool
) -> None:
    board = make_board(*("H" * count for count in styles))
    pools = {style.name: [make_key("one" if shared else style.name)] for style in board.styles}
    limits = {key.quota_project: (rpm, rpd) for pool in pools.values() for key in pool}
    told = estimate(work_of(board, pools), rooms_of(make_book(limits), pools, MODEL, NOON), latency, NOON).seconds
    provider = CalmProvider(limits, Latency(latency), PRICE, random.Random(1))
    simulation = simulate(board, pools, make_book(limits), provider)
    assert simulation.proceed() and told is not None
    took = simulation.runs[0].last_image - NOON
    assert told <= took * 1.02 + 1 and took <= told * 1.35 + 8


@settings(max_examples=30, deadline=None)
@given(st.text("HHC", min_size=1, max_size=60), st.integers(1, 20), st.floats(1, 40))
def test_chains_keep_the_arithmetic_within_a_factor_of_two(transitions: str, rpm: int, latency: float) -> None:
    board = make_board(transitions)
    pools, limits = {"style0": [make_key("one")]}, {"one": (rpm, 5000)}
    told = estimate(work_of(board, pools), rooms_of(make_book(limits), pools, MODEL, NOON), latency, NOON).seconds
    provider = CalmProvider(limits, Latency(latency), PRICE, random.Random(1))
    simulation = simulate(board, pools, make_book(limits), provider)
    assert simulation.proceed() and told is not None
    took = simulation.runs[0].last_image - NOON
    assert told <= took * 1.02 + 1 and took <= 2 * told + 10


def quotas(rpm: int, *, sent: int = 0, in_flight: int | Literal["auto"] = "auto") -> Quotas:
    record = Record()
    record.sends = [(NOON - 30, "p", "x")] * sent
    return Quotas({"style0": [make_key("a", "p")]}, lambda name: AccountLimits(rpm, 500, in_flight), record)


def test_an_estimate_sends_no_more_at_once_than_a_run_would() -> None:
    found = estimate_run(make_board("H" * 40), quotas(1000, in_flight=1), MODEL, PRICE, Latency(12.0), NOON)
    assert found.seconds is not None and 480 <= found.seconds < 490
    assert found.pace.limit == "in_flight" and 230 < found.pace.saves_s < 250


def test_an_estimate_leaves_the_board_alone_and_says_what_one_more_key_would_save() -> None:
    board = make_board("H" * 40)
    board.set(board.styles[0].beats[0], BeatState.DONE)
    found = estimate_run(board, quotas(10), MODEL, PRICE, Latency(8.0), NOON)
    assert (found.images, round(found.usd, 4)) == (39, round(39 * PRICE, 4))
    assert found.seconds is not None and 180 < found.seconds < 195
    assert found.pace.limit == "minute_quota" and 110 < found.pace.saves_s < 130
    assert board.styles[0].to_do == 39


def test_what_was_sent_today_counts() -> None:
    board = make_board("H" * 10)
    fresh = estimate_run(board, quotas(10), MODEL, PRICE, Latency(8.0), NOON).seconds
    used = estimate_run(board, quotas(10, sent=10), MODEL, PRICE, Latency(8.0), NOON).seconds
    assert fresh is not None and used is not None
    assert 60 < used - fresh < 62  # recorded half a minute ago; the last of them may have left this moment


def test_beats_behind_a_doubt_are_left_and_nothing_to_do_takes_no_time() -> None:
    board = make_board("HCC")
    board.set(board.styles[0].beats[0], BeatState.IN_DOUBT)
    assert estimate_run(board, quotas(10), MODEL, PRICE, Latency(8.0), NOON).seconds is None
    assert estimate_run(make_board(""), quotas(10), MODEL, PRICE, Latency(8.0), NOON).images == 0


def test_without_a_key_there_is_no_time_to_tell() -> None:
    nothing = Quotas({"style0": []}, lambda name: AccountLimits(9, 500), Record())
    found = estimate_run(make_board("HH"), nothing, MODEL, PRICE, Latency(8.0), NOON)
    assert found.seconds is None and found.pace.limit == "person" and found.images == 2
