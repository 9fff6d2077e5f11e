"""Weather in which something was wrong once, found by many examples of the property test: it stays right."""

from __future__ import annotations

from engine.any_weather import goes_through
from engine.simulated_storm import Work, make_world, wrong_by
from engine.simulated_world import NOON, make_board, make_key
from engine.storm_provider import Weather

DAY_OF_23_HOURS = 1_772_935_200.0  # the evening before


def test_slots_are_kept_for_a_chain_that_goes_on_over_a_gap() -> None:
    """They were right to be kept: who looked at it followed a chain only from beat to beat."""
    goes_through(
        Weather(bare=0.01, blocked=0.2, unusable=0.05), ["HHHHHHHCCCCCCCCH"], "HCCHHCHHHHCCCCHHHHHH", [1, 6], 500,
        [(1.0, 1.0, False)], shared=True, budget=0.3, start=DAY_OF_23_HOURS, seed=99_746_987,
    )  # fmt: skip


def test_a_window_is_told_full_by_what_was_on_its_way_as_its_daemon_was_killed() -> None:
    """Rightly: the next daemon takes it for as late as the record allows, wherever it was at that moment."""
    goes_through(
        Weather(bare=0.01, spend=0.01, overload=0.05, internal=0.01, lost=0.05, no_image=0.2),
        ["CCHCHHHCHCCHHHHHHHHCHH", "HCHHHHHHCHCHCCHHHCCHHCCHCHHHHHHC", "CHHHHHHCCHH"], "HCCHHCHHHHCCCCHHHHHH",
        [1, 2, 6], 15, [(1.0, 2.0, False), ("auto", 0.5, True), (0.5, 0.5, True), ("auto", 2.0, True)],
        shared=True, in_doubt_usd=0.1, restarts=[(60.62656804387996, 90.0, True)], seed=3_549_564_205,
    )  # fmt: skip


def test_a_refusal_in_whose_middle_the_daemon_was_killed_names_no_limit_to_the_next_one() -> None:
    """17 requests came on a day of 15 that was told to have 30: the 16th was refused, and nobody heard it."""
    settings = {"p": wrong_by((1, 15), 1.0, 2.0)}
    works = [Work(make_board("H" * 24), {"style0": [make_key("a", "p")]})]
    world = make_world(works, {"p": (1, 15)}, Weather(), settings=settings, now=NOON, seed=3)
    while not world.provider.refused:
        world.simulation.proceed(steps=1)
    world.restart()
    assert world.simulation.proceed() and world.provider.refused == 2
    assert works[0].board.drawn == 23, "one was out, and is in doubt"
