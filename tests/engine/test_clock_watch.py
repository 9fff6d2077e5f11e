"""A wrong clock is told in the log while a project is drawn, by the dates of the provider's own answers."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from shotmill.engine.clock_watch import ClockWatch
from shotmill.gemini.provider_clock import skew_s

NOW = 1_795_432_809.0
JSON = {"content-type": "application/json; charset=UTF-8"}


def test_a_wrong_clock_is_told_once_and_so_is_its_mending() -> None:
    watch = ClockWatch()
    assert watch.heard(0.0, 8.0) == ""
    told = watch.heard(-7200.0, 8.0)
    assert "7,200 s behind the provider's" in told and "timedatectl" in told
    assert watch.heard(-7200.0, 8.0) == ""
    assert "agrees" in watch.heard(0.0, 8.0)
    assert "3,600 s ahead of" in watch.heard(3608.0, 8.0)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 25:61:61 GMT"])
def test_an_answer_without_a_date_says_nothing_of_the_clock(date: str) -> None:
    assert skew_s({**JSON, "date": date}, NOW) is None
    assert skew_s(JSON, NOW) is None


def test_only_the_provider_s_own_date_counts_and_not_that_of_a_page_on_the_way() -> None:
    date = formatdate(NOW + 7200)
    assert skew_s({**JSON, "date": date}, NOW) == -7200.0
    for kind in ("text/html; charset=utf-8", "text/plain", ""):
        assert skew_s({"content-type": kind, "date": date}, NOW) is None
    assert skew_s({"date": date}, NOW) is None


def test_a_slow_answer_is_no_wrong_clock() -> None:
    assert ClockWatch().heard(400.0, seconds=390.0) == ""
