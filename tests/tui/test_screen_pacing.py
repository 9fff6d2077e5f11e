"""One frame on its way on a slow line, nothing to a terminal that takes nothing, no waiting on a quick one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual import events

from shotmill_tui.pacing import ASK, FAST_S, MEASURED, MOST_SILENT, SLOW_S, TIMEOUT_S, Pacer, between_repaints
from tui.driving import driven
from tui.sample import done

SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def nothing() -> int:
    return 0


def paced(environ: dict[str, str], backlog: Callable[[], int] = nothing) -> tuple[Pacer, Clock]:
    clock = Clock()
    return Pacer(environ, backlog, clock), clock


def test_over_ssh_news_wait_for_the_answer_and_leave_the_line_idle_as_long() -> None:
    pacer, clock = paced(SSH)
    assert pacer.holds() == 0 and pacer.drawn() == ASK and pacer.drawn() == ""
    assert pacer.holds() == pytest.approx(TIMEOUT_S)
    clock.now += 0.4
    pacer.answered()
    assert pacer.holds() == pytest.approx(0.4)
    clock.now += 0.4
    assert pacer.holds() == 0 and pacer.drawn() == ASK


def test_a_terminal_that_never_answers_is_soon_not_asked() -> None:
    pacer, clock = paced(SSH)
    for _ in range(MOST_SILENT):
        assert pacer.drawn() == ASK
        clock.now += TIMEOUT_S
        assert pacer.holds() == 0
    assert pacer.drawn() == "" and pacer.holds() == 0 and not pacer.waiting


@pytest.mark.parametrize(("took", "slow"), [(0.005, False), (0.3, True)])
def test_elsewhere_the_line_is_measured_without_waiting(took: float, slow: bool) -> None:
    pacer, clock = paced({})
    for _ in range(MEASURED):
        assert pacer.drawn() == ASK and pacer.holds() == 0
        clock.now += took
        pacer.answered()
        clock.now += took
    assert pacer.slow is slow
    assert (pacer.drawn() == ASK) is slow


def test_a_terminal_that_stopped_reading_gets_nothing_more() -> None:
    waiting = [0]
    pacer, _ = paced({}, lambda: waiting[0])
    assert pacer.holds() == 0
    waiting[0] = 10
    assert pacer.holds() > 0 and pacer.slow
    waiting[0] = 0
    assert pacer.holds() == 0


async def test_news_gather_while_a_frame_is_on_its_way() -> None:
    async with driven() as driver:
        app = driver.app
        app.pacer, clock = paced(SSH)
        app.pacer.drawn()
        driver.connection.change(log=[done(50, "12:04:13", "clear", "9.9", "carl", 7.0, 1.0)])
        await driver.settle()
        assert "9.9" not in driver.text, "drawn though the terminal has not answered"
        clock.now += 0.1
        app.post_message(events.CursorPosition(0, 0))
        await driver.pilot.pause()
        clock.now += 0.2
        await driver.settle()
        assert "9.9" in driver.text


async def test_a_key_is_answered_at_once_all_the_same() -> None:
    async with driven() as driver:
        driver.app.pacer, _ = paced(SSH)
        driver.app.pacer.drawn()
        await driver.press("z")
        shown: Any = driver.app.session.desk.shown
        assert shown == "one" and "[1 illustration" in driver.text


def test_a_large_screen_is_repainted_less_often_under_load() -> None:
    assert between_repaints(1, 0.1, 80 * 24) == between_repaints(15, 0.1, 80 * 24) == FAST_S
    assert between_repaints(1, 0.1, 200 * 50) == FAST_S
    assert between_repaints(10, 0.1, 200 * 50) == SLOW_S
    assert between_repaints(500, 0.1, 80 * 24) == SLOW_S
