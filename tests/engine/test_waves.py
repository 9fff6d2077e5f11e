"""When the last images of a minute are there, by hand."""

from __future__ import annotations

import random
from statistics import median

import pytest

from shotmill.engine.simulated_provider import Latency
from shotmill.engine.waves import Wave, last_there

EACH = [(10.0, 1), (20.0, 1), (30.0, 1), (40.0, 1), (50.0, 1), (60.0, 1)]


def eight(_: float) -> float:
    return 8.0


@pytest.mark.parametrize(
    ("passed", "at_first", "wave", "there"),
    [
        (0.0, 5, [(60.0, 6)], 8.0),  # all of them left at once
        (1.0, 5, [(60.0, 6)], 68.0),  # one more: with the minute
        (60.0, 0, [(60.0, 6)], 68.0),
        (61.0, 0, [(60.0, 6)], 128.0),
        (60.0, 0, [(20.0, 6)], 28.0),  # it began 40 seconds ago
        (61.0, 0, [(20.0, 6)], 88.0),
        (20.0, 0, EACH, 28.0),  # the second of six that come one after the other
        (120.0, 0, EACH, 128.0),
    ],
)
def test_slots_come_back_as_they_were_taken(passed: float, at_first: float, wave: Wave, there: float) -> None:
    assert last_there(passed, at_first, wave, 60.0, eight) == pytest.approx(there)


def test_the_slowest_of_many_may_be_there_after_the_last_few() -> None:
    def slow(images: float) -> float:
        return 75.0 if images > 50 else 8.0

    assert last_there(0.6, 0, [(10.0, 100)], 60.0, slow) == pytest.approx(18.0)
    assert last_there(60.6, 0, [(10.0, 100)], 60.0, slow) == pytest.approx(85.0)
    assert last_there(0.6, 100, [(10.0, 100)], 60.0, slow) == pytest.approx(75.0)


@pytest.mark.parametrize("images", [1, 20, 600])
def test_the_slowest_of_many_takes_what_it_takes_in_the_middle_of_many_draws(images: int) -> None:
    latency, chance = Latency(8.0, 0.35), random.Random(1)
    slowest = median(max(latency.draw(chance) for _ in range(images)) for _ in range(300))
    assert latency.tail_s(images) == pytest.approx(slowest, rel=0.08)
    assert Latency(8.0).tail_s(images) == 8.0
