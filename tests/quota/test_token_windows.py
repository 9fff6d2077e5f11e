"""Tokens a minute, whatever the order in which requests are told."""

from __future__ import annotations

import math

from shotmill.quota.token_window import TokenWindow

LEFT_AT = 1000.0


def test_a_request_that_is_told_late_makes_no_other_one_older() -> None:
    window = TokenWindow(each=100.0)
    window.sent("now", LEFT_AT)
    window.sent("told late", LEFT_AT - 30)
    assert window.used(LEFT_AT + 59, 0.0) == 200
    assert window.free_at(LEFT_AT + 1, 100, 0, 0.0) == LEFT_AT + 60


def test_what_requests_differ_by_is_kept_free_and_an_outlier_moves_little() -> None:
    """An error of what is expected of each is made with every request of a burst."""
    window = TokenWindow()
    for n in range(256):
        window.told(n, 300 + 20 * (n % 2))
    assert 308 < window.each < 312
    window.told("outlier", 1400)
    assert window.each < 360
    alike = TokenWindow(each=window.each)
    assert alike.free_at(LEFT_AT, math.ceil(10 * window.each), 9, 0.0) == LEFT_AT
    assert window.free_at(LEFT_AT, math.ceil(10 * window.each), 9, 0.0) is None, "ten that differ may ask with more"
