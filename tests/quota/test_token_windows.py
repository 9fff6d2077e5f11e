"""Tokens a minute, whatever the order in which requests are told."""

from __future__ import annotations

import math

from quota.quota_world import MODEL, NOON
from shotmill.gemini.outcome import NamedLimit, Window
from shotmill.quota.account import Account
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.learned import Learned
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


def left_in_the_minute_after_a_stray_refusal(window: TokenWindow) -> int:
    """Of requests that ask with a thousand, where a hundred thousand a minute are allowed."""
    window.sent("stray", LEFT_AT)
    for _ in range(3):  # heard of three times before a reply comes: no reason to think three times as ill of it
        window.refused(100_000, LEFT_AT + 0.2, 0.5)
    now, left = LEFT_AT + 61, 0
    while now < LEFT_AT + 121:
        free = window.free_at(now, 100_000, 0, 0.5)
        if free == now:
            window.sent(left, now)
            window.told(left, 1000)
            left += 1
            now += 0.6
        else:
            assert free is not None
            now = free + 0.001
    return left


def test_a_refusal_that_others_caused_idles_no_minute() -> None:
    known = TokenWindow()
    for n in range(40):
        known.told(n, 1000)
    assert left_in_the_minute_after_a_stray_refusal(known) >= 80
    assert left_in_the_minute_after_a_stray_refusal(TokenWindow()) >= 80, "nothing was known but the refusal"


def test_what_a_refusal_alone_made_expected_is_not_told_to_the_next_daemon() -> None:
    account = Account("p", MODEL, AccountLimits(9, 500))
    account.correct(NamedLimit(Window.TOKENS_A_MINUTE, 1000), NOON)
    account.tokens.sent("stray", NOON)
    account.refused_for_tokens(NOON + 0.2)
    assert account.tokens.each == 1001
    assert "tokens" not in {one.what for one in account.learned()}
    account.tokens.told("one", 110)
    assert account.tokens.each == 110
    assert Learned("tokens", 110, 0.0) in account.learned()
