"""A beat's id and shot, from what files hold."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.story.beat_id import beat_id, js_number, shot_number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.1", "1.1"),
        (1.1, "1.1"),
        (1.10, "1.1"),
        (2.0, "2"),
        (7, "7"),
        ("1.10", "1.10"),
        ("Beat 1", "1"),
        ("beat 2.10", "2.10"),
        ("BEAT_3", "3"),
        ("Beat3", "3"),
        ("Beat: 4b", "4b"),
        ("Beat Beat 5", "5"),
        ("  6 \n 1 ", "6 1"),
        ("Beatrice 1", "Beatrice 1"),
        ("Beat", "Beat"),
        ("../../x", "../../x"),
        (-0.0, "0"),
    ],
)
def test_id(value: Any, expected: str) -> None:
    assert beat_id(value) == expected


@pytest.mark.parametrize("value", [None, "", "  ", True, [], {}, float("inf"), float("nan"), 10**400])
def test_no_id(value: Any) -> None:
    with pytest.raises(ValueError, match=r'beat_number.*expected.*"1\.1"'):
        beat_id(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, "0.1"),
        (100.0, "100"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (12345678901234567890123, "1.2345678901234568e+22"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (-2.50, "-2.5"),
        (10**400, "Infinity"),
        (-(10**400), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_as_javascript_prints_them(value: float, expected: str) -> None:
    assert js_number(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_number_reads_back_as_itself(value: float) -> None:
    assert float(js_number(value)) == value


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no JavaScript here to compare with")
def test_numbers_agree_with_javascript_itself() -> None:
    values = [m * 10.0**e for e in range(-30, 31) for m in (1.0, 1.5, 9.999999, 1 / 3, 123456.789)]
    script = f"console.log([{','.join(map(repr, values))}].map(String).join('\\n'))"
    printed = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout.split()
    assert [js_number(value) for value in values] == printed


@pytest.mark.parametrize(
    ("value", "beat", "expected"),
    [
        (3, "1.1", 3),
        (3.0, "1.1", 3),
        ("3", "1.1", 3),
        ("Shot 12", "1.1", 12),
        (None, "2.10", 2),
        ("", "2.10", 2),
        (None, "14", 14),
        (None, "3b.1", 3),
        (None, "../../x", 0),
        (None, "99999999999999.1", 0),
        (0, "1.1", 0),
    ],
)
def test_shot(value: Any, beat: str, expected: int) -> None:
    assert shot_number(value, beat) == expected


@pytest.mark.parametrize("value", [True, 1.5, -1, "one", [], 10**12, float("inf"), "1.5"])
def test_no_shot(value: Any) -> None:
    with pytest.raises(ValueError, match=r"shot_number is .*expected a whole number"):
        shot_number(value, "1.1")
