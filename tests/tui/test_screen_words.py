"""Lengths, moments, money and sizes."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill_tui.model import words
from tui.sample import NOW, at


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (9, "9 s"), (252, "4 min 12 s"), (240, "4 min"), (13_200, "3 h 40 min"), (190_800, "2 d 5 h"),
     (-5, "0 s"), (59.2, "1 min"), (float("inf"), "0 s")],
)  # fmt: skip
def test_length_has_its_units(seconds: float, told: str) -> None:
    assert words.length(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.1, "1 s"), (4.2, "4 s"), (250, "4 min"), (13_300, "3 h 40 min"), (-1, "0 s")]
)
def test_a_guess_leaves_out_what_means_nothing(seconds: float, told: str) -> None:
    assert words.about(seconds) == told


def test_a_moment_has_its_day_when_it_is_not_today() -> None:
    assert words.moment(at("12:09:00"), NOW, UTC) == "12:09"
    assert words.moment(NOW + 75_347, NOW, UTC) == "Tue 09:00"
    assert words.moment(NOW + 20 * 86_400, NOW, UTC) == "13 Dec 12:04"
    assert words.moment(1e30, NOW, UTC) == "?"


def test_money_names_what_is_in_doubt() -> None:
    assert words.spending(3.12, 0.0, 10.0) == "$3.12 of $10.00"
    assert words.spending(3.12, 0.0, 10.0, short=True) == "$3.12 of $10"
    assert words.spending(3.12, 0.07, None) == "$3.12 + $0.07 in doubt"
    assert words.spending(3.12, 0.07, 12.5) == "$3.12 + $0.07 in doubt of $12.50"


def test_sizes_and_counts() -> None:
    assert [words.size(one) for one in (412_000, 1.36e6, 412e6, 3.1e9)] == ["412 kB", "1.4 MB", "412 MB", "3.1 GB"]
    assert words.count(1, "image") == "1 image"
    assert words.count(1580, "image") == "1,580 images"


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_breaks_a_word(number: float) -> None:
    assert words.length(number)
    assert words.about(number)
    assert words.moment(number, NOW, UTC)
    assert words.clock(number, UTC)
