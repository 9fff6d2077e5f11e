"""Tokens a minute, whatever the order in which requests are told."""

from __future__ import annotations

from shotmill.quota.token_window import TokenWindow

LEFT_AT = 1000.0


def test_a_request_that_is_told_late_makes_no_other_one_older() -> None:
    window = TokenWindow(each=100.0)
    window.sent("now", LEFT_AT)
    window.sent("told late", LEFT_AT - 30)
    assert window.used(LEFT_AT + 59, 0.0) == 200
    assert window.free_at(LEFT_AT + 1, 100, 0, 0.0) == LEFT_AT + 60
