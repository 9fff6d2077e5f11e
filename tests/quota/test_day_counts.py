from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.quota.account import Account
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.day import LOS_ANGELES, day_start, next_month, next_reset
from shotmill.quota.day_count import DayCount
from shotmill.quota.replay import REPLAY_SLACK, replay


@given(st.floats(1_760_000_000, 1_900_000_000))
def test_every_moment_lies_in_a_day_that_begins_and_ends_at_midnight(now: float) -> None:
    begin, end = day_start(now), next_reset(now)
    assert begin <= now < end and end - begin in (82_800, 86_400, 90_000)
    for moment in (begin, end):
        local = datetime.fromtimestamp(moment, LOS_ANGELES)
        assert (local.hour, local.minute, local.second) == (0, 0, 0)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 8), 23), ((2026, 11, 1), 25), ((2028, 2, 29), 24)])
def test_days_of_daylight_saving_have_their_own_length(day: tuple[int, int, int], hours: int) -> None:
    noon = datetime(*day, 12, tzinfo=LOS_ANGELES).timestamp()
    assert next_reset(noon) - day_start(noon) == hours * 3600


def test_a_month_ends_in_los_angeles() -> None:
    at = datetime(2026, 12, 31, 23, 59, tzinfo=LOS_ANGELES).timestamp()
    assert next_month(at) == at + 60


def test_the_count_begins_anew_once_and_never_when_the_clock_steps_back() -> None:
    midnight = datetime(2026, 11, 24, tzinfo=LOS_ANGELES).timestamp()
    count = DayCount()
    for second in range(10):
        count.sent(midnight - 100 + second)
    assert count.used(midnight - 1) == 10
    assert count.used(midnight) == 0
    count.sent(midnight + 1)
    assert count.used(midnight - 50) == 1
    assert count.next_reset(midnight - 50) == next_reset(midnight)


def test_requests_around_midnight_count_for_both_days() -> None:
    midnight = datetime(2026, 11, 24, tzinfo=LOS_ANGELES).timestamp()
    count = DayCount()
    count.sent(midnight - 60)
    count.sent(midnight - 1)
    assert count.used(midnight + 1) == 1


def test_a_refund_is_of_this_day_only() -> None:
    midnight = datetime(2026, 11, 24, tzinfo=LOS_ANGELES).timestamp()
    count = DayCount()
    count.sent(midnight - 60)
    count.sent(midnight + 60)
    count.refund(midnight - 60, midnight + 61)
    assert count.used(midnight + 61) == 1
    count.refund(midnight + 60, midnight + 61)
    assert count.used(midnight + 61) == 0


def test_what_was_recorded_just_before_midnight_may_have_arrived_after_it() -> None:
    midnight = datetime(2026, 11, 24, tzinfo=LOS_ANGELES).timestamp()
    for now in (midnight - 1, midnight + 1, midnight + 3600):  # a daemon that begins before or after it
        account = Account("p", "m", AccountLimits(9, 500))
        replay(account, [midnight - 3600, midnight - REPLAY_SLACK, midnight - 1.5], ["f"], now)
        assert account.today(max(now, midnight + 1)) == 2, now
