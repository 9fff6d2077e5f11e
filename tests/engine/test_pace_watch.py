"""When the log is told what sets the pace: at moments of our own making."""

from shotmill.engine.pace import Pace
from shotmill.engine.pace_watch import EVERY_S, LOOK_EVERY_S, STEADY_S, PaceWatch

MINUTE, CHAIN, OTHER = Pace("minute_quota"), Pace("chain", "ink"), Pace("chain", "clear")


def told(watch: PaceWatch, pace: Pace, begin: float, end: float) -> list[float]:
    """The moments from `begin` to `end` at which that pace was news."""
    found, now = [], begin
    while now < end:
        if watch.is_news(pace, now):
            found.append(now)
        now = watch.look_at or end
    return found


def test_the_first_limit_is_told_once_when_it_still_binds_at_the_second_look() -> None:
    watch = PaceWatch()
    assert told(watch, MINUTE, 1000.0, 5000.0) == [1000.0 + LOOK_EVERY_S]
    passing = PaceWatch()
    assert not passing.is_news(MINUTE, 1000.0)
    assert not passing.is_news(CHAIN, 1000.0 + LOOK_EVERY_S)
    assert passing.is_news(CHAIN, 1000.0 + 2 * LOOK_EVERY_S)


def test_another_limit_is_told_when_it_has_bound_for_a_minute_and_none_too_soon_after_a_line() -> None:
    watch = PaceWatch()
    (first,) = told(watch, MINUTE, 0.0, 20.0)
    (second,) = told(watch, CHAIN, 20.0, 1000.0)
    assert second == first + EVERY_S
    (third,) = told(watch, OTHER, 1000.0, 2000.0)
    assert third == 1000.0 + STEADY_S


def test_what_flips_back_within_a_minute_is_never_told() -> None:
    watch = PaceWatch()
    assert told(watch, MINUTE, 0.0, 400.0)
    for turn in range(20):
        begin = 400.0 + 60.0 * turn
        assert not told(watch, CHAIN, begin, begin + 30.0)
        assert not told(watch, MINUTE, begin + 30.0, begin + 60.0)


def test_how_many_beats_there_are_to_it_is_no_news() -> None:
    watch = PaceWatch()
    assert told(watch, Pace("chain", "ink", 31, 9.0), 0.0, 20.0)
    assert not told(watch, Pace("chain", "ink", 30, 12.0), 20.0, 2000.0)


def test_a_wait_has_its_own_words_and_begins_it_anew() -> None:
    watch = PaceWatch()
    assert told(watch, MINUTE, 0.0, 20.0)
    assert not told(watch, CHAIN, 900.0, 940.0)
    watch.forget()
    assert told(watch, CHAIN, 2000.0, 3000.0) == [2000.0 + STEADY_S]
    assert not told(PaceWatch(), Pace("nothing"), 0.0, 100.0)
