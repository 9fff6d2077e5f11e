"""A wrong clock is told in the log while a project is drawn, by the dates of the answers."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from shotmill.engine.clock_watch import ClockWatch
from shotmill.gemini.exchange import Exchange

NOW = 1_795_432_809.0


def answer(date: str, seconds: float = 8.0) -> Exchange:
    return Exchange(sent=True, status=200, headers={"date": date} if date else {}, complete=True, seconds=seconds)


def test_a_wrong_clock_is_told_once_and_so_is_its_mending() -> None:
    watch = ClockWatch()
    assert watch.heard(answer(formatdate(NOW)), NOW) == ""
    told = watch.heard(answer(formatdate(NOW + 7200)), NOW)
    assert "7,200 s behind the provider's" in told and "timedatectl" in told
    assert watch.heard(answer(formatdate(NOW + 7200)), NOW) == ""
    assert "agrees" in watch.heard(answer(formatdate(NOW)), NOW)
    assert "3,600 s ahead of" in watch.heard(answer(formatdate(NOW - 3608)), NOW)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 25:61:61 GMT"])
def test_an_answer_without_a_date_says_nothing_of_the_clock(date: str) -> None:
    assert ClockWatch().heard(answer(date), NOW) == ""


def test_a_slow_answer_is_no_wrong_clock() -> None:
    assert ClockWatch().heard(answer(formatdate(NOW - 400), seconds=390.0), NOW) == ""
