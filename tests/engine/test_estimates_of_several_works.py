"""What an estimate says of works of many kinds, beside what then happens with the emulator's own times."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec import structs

from engine.simulated_world import NOON, PRICE, Record, make_board, make_book, make_key, simulate
from engine.test_estimates import EmulatedProvider, work
from shotmill.emulator.latency import Latency as EmulatedLatency
from shotmill.emulator.options import EmulatorOptions
from shotmill.engine.emulated import foreseen_by_emulator
from shotmill.engine.estimate import estimate_run
from shotmill.engine.simulated_provider import Latency
from shotmill.engine.works import Quotas
from shotmill.quota.account_limits import AccountLimits
from shotmill.settings.project import ProjectSettings

LOOKS = {"style0": [Path("a.png"), Path("b.png")]}
A_THIRD = ["HHCHHHCCHHCHHCHHHHCHCHHHCHHCCHHHHCHHCCHHCHHHCHHCHHCHHHCHHCHH"] * 3
APART, SHARED = ({f"style{n}": [f"{n}a", f"{n}b"] for n in range(3)}, {f"style{n}": ["a"] for n in range(3)})


@pytest.mark.parametrize(
    ("styles", "pools", "rpm", "rpd", "sent"),
    [
        (["H" * 60] * 3, APART, 9, 500, 0),
        (A_THIRD, APART, 9, 500, 0),
        (["HCCCCCCCCC" * 2, "H" * 30], APART, 9, 500, 0),
        (A_THIRD[:2], SHARED, 9, 500, 0),
        (A_THIRD[:1], SHARED, 9, 500, 5),
        (["H" * 40], SHARED, 9, 30, 15),
        (["H" * 120], SHARED, 60, 50, 0),
    ],
    ids=[
        "hard cuts",
        "a third continuing",
        "chains set the pace",
        "two that share",
        "a minute half used",
        "a day half used",
        "three days",
    ],
)
def test_an_estimate_is_within_five_percent_of_what_then_happens(
    styles: Sequence[str], pools: Mapping[str, Sequence[str]], rpm: int, rpd: int, sent: int
) -> None:
    board, record = make_board(*styles), Record()
    for beat in (beat for style in board.styles for beat in style.beats):
        beat.prompt = structs.replace(beat.prompt, text=f"{beat.style}, beat {beat.id}")
    keys = {style.name: [make_key(name) for name in pools[style.name]] for style in board.styles}
    limits = {key.name: (rpm, rpd) for pool in keys.values() for key in pool}
    record.sends = [(NOON - 30, name, "x") for name in limits for _ in range(sent)]
    foreseen = foreseen_by_emulator(EmulatorOptions(seed=7, speed=2.0), ProjectSettings(""), board, LOOKS)
    told = estimate_run(
        work(board, 4.0, lambda beat: foreseen[beat.style, beat.id]),
        Quotas(keys, lambda name: AccountLimits(*limits[name]), record),
        NOON,
    )
    provider = EmulatedProvider(limits, Latency(0.0), PRICE, random.Random(5))
    provider.times = EmulatedLatency(4.0, 7)  # which counts how often it was asked for each prompt
    simulation = simulate(board, keys, make_book(limits, record), provider)
    assert simulation.proceed() and told.seconds is not None and provider.refused == 0
    run = simulation.runs[0]
    took = run.last_image - NOON
    assert told.images == run.drawn == board.total
    assert abs(told.seconds - took) <= 0.05 * took
    assert told.usd == pytest.approx(provider.billed)
