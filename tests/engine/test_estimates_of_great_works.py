"""Works of which the most is arithmetic in an estimate, beside the same simulated to their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, Record, make_board, make_key
from shotmill.engine.estimate import RunEstimate, estimate_run
from shotmill.engine.purse import Terms
from shotmill.engine.simulated_provider import Latency
from shotmill.engine.works import Quotas, Work
from shotmill.quota.account_limits import AccountLimits

Limits = Mapping[str, AccountLimits]


def both(
    styles: Sequence[str],
    pools: Sequence[Sequence[str]],
    limits: Limits,
    monkeypatch: pytest.MonkeyPatch,
    budget_usd: float | None = None,
) -> tuple[RunEstimate, RunEstimate]:
    """What is estimated with 150 images simulated, and with all of them."""
    board = make_board(*styles)
    keys = {style.name: [make_key(name) for name in pool] for style, pool in zip(board.styles, pools, strict=True)}
    known = Quotas(keys, limits.__getitem__, Record())
    work = Work(board, MODEL, Terms(PRICE, budget_usd=budget_usd), Latency(8.0, 0.35), PRICE)
    whole = estimate_run(work, known, NOON)
    monkeypatch.setattr("shotmill.engine.play.SIMULATED_UP_TO", 150)
    part = estimate_run(work, known, NOON)
    assert whole.is_simulated and part.simulated < 200
    return part, whole


@pytest.mark.parametrize(
    ("styles", "pools", "limits", "limit"),
    [
        (
            ["H" * 500, "H" * 200],
            [["a"], ["a", "b"]],
            {"a": AccountLimits(9, 5000), "b": AccountLimits(9, 5000)},
            "minute_quota",
        ),
        (
            ["H" * 300, "H" * 500],
            [["a"], ["a", "b"]],
            {"a": AccountLimits(9, 60), "b": AccountLimits(9, 150)},
            "day_quota",
        ),
        (
            ["H" + "C" * 349, "H" * 200],
            [["a"], ["b"]],
            {"a": AccountLimits(30, 5000), "b": AccountLimits(30, 5000)},
            "chain",
        ),
        (["H" * 600], [["a"]], {"a": AccountLimits(60, 5000, 2)}, "in_flight"),
        (["H" + "C" * 79, "H" * 300], [["a"], ["a"]], {"a": AccountLimits(20, 5000)}, "minute_quota"),
        (["H" * 340], [["a", "b"]], dict.fromkeys("ab", AccountLimits(75, 5000)), "minute_quota"),
    ],
    ids=[
        "uneven pools",
        "days of uneven pools",
        "a long chain",
        "two at once",
        "a chain that leaves others its share",
        "a minute in its midst",
    ],
)
def test_the_arithmetic_of_a_great_work_is_within_five_percent_of_its_simulation(
    styles: Sequence[str],
    pools: Sequence[Sequence[str]],
    limits: Limits,
    limit: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part, whole = both(styles, pools, limits, monkeypatch)
    assert part.seconds is not None and whole.seconds is not None
    assert abs(part.seconds - whole.seconds) <= 0.05 * whole.seconds
    assert abs(part.pace.saves_s - whole.pace.saves_s) <= 0.05 * whole.seconds
    assert part.pace.limit == whole.pace.limit == limit


def test_one_more_key_is_told_of_what_the_budget_pays_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It brings those images sooner, and pays for no more of them."""
    budget = 300.5 * PRICE
    part, whole = both(["H" * 900], [["a"]], {"a": AccountLimits(9, 5000)}, monkeypatch, budget)
    assert part.within_budget == whole.within_budget == 300
    assert part.usd == pytest.approx(whole.usd) == pytest.approx(300 * PRICE)
    assert whole.seconds is not None and 0.4 * whole.seconds < whole.pace.saves_s < 0.6 * whole.seconds
    assert abs(part.pace.saves_s - whole.pace.saves_s) <= 0.05 * whole.seconds
