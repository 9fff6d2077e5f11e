import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.simulated_world import NOON, PRICE, make_board, make_book, make_key, simulate
from shotmill.engine.bound import Arrival, bound_s
from shotmill.engine.simulated_provider import CalmProvider, Latency


def sent(*styles: str, seconds: float = 8.0) -> list[Arrival]:
    board = make_board(*styles, shot=30)
    return [Arrival(beat, seconds) for style in board.styles for beat in style.beats]


def bound(*styles: str, rpm: int, shared: bool = False) -> float:
    pools = {f"style{n}": ["p" if shared else f"p{n}"] for n in range(len(styles))}
    return bound_s(sent(*styles), pools, {name: rpm for names in pools.values() for name in names})


def chain(beats: int) -> str:
    return "H" + "C" * (beats - 1)


@pytest.mark.parametrize(
    ("style", "rpm", "seconds"),
    [
        ("H" * 18, 9, 68.0),  # two full minutes of single beats
        (chain(5) + "H", 9, 40.0),  # one minute has room for all
        (chain(12) + "H" * 60, 18, 180 + 3 * 8),  # nothing to spare: three beats of the chain in each burst
        (chain(12) + "H" * 59, 18, 180 + 3 * 8),  # one to spare in each of three gaps: 9 in four bursts
        (
            chain(12) + "H" * 57,
            18,
            180 + 8,
        ),  # three to spare in each gap: as many go there as are too many for one a burst
        (chain(14) + "H" * 4, 9, 60 + 7 * 8),  # longer than the chain alone
        (chain(15) + "H" * 2, 9, 15 * 8),  # the chain alone
    ],
)
def test_a_chain_goes_on_within_the_bursts_and_with_what_is_to_spare(style: str, rpm: int, seconds: float) -> None:
    assert bound(style, rpm=rpm) == pytest.approx(seconds, abs=0.02)


def test_chains_of_styles_that_share_a_quota_project_share_what_is_to_spare() -> None:
    assert bound(chain(6) + "H" * 3, chain(6) + "H" * 2, rpm=9, shared=True) == pytest.approx(60 + 3 * 8, abs=0.02)
    assert bound(chain(6) + "H" * 3, chain(6) + "H" * 2, rpm=9) == 6 * 8


@settings(max_examples=60, deadline=None)
@given(
    styles=st.lists(st.lists(st.sampled_from("HCC"), min_size=1, max_size=30).map("".join), min_size=1, max_size=2),
    rpm=st.integers(2, 12),
    shared=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_no_run_is_faster(styles: Sequence[str], rpm: int, shared: bool, seed: int) -> None:
    board = make_board(*styles, shot=30)
    pools = {style.name: [make_key("p" if shared else style.name)] for style in board.styles}
    limits = {key.name: (rpm, 500) for keys in pools.values() for key in keys}
    provider = CalmProvider(limits, Latency(8.0, 0.5), PRICE, random.Random(seed))
    simulation = simulate(board, pools, make_book(limits), provider)
    assert simulation.proceed()
    arrivals = [Arrival(dispatch.beat, seconds) for dispatch, seconds in provider.latencies]
    of_styles = {name: [key.name for key in keys] for name, keys in pools.items()}
    least = bound_s(arrivals, of_styles, dict.fromkeys(limits, rpm))
    assert least <= simulation.runs[0].last_image - NOON
