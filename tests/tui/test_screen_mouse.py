"""The mouse does what keys do: the wheel scrolls, a click is a key or puts the cursor there."""

from __future__ import annotations

import pytest
from textual import events

from tui.driving import Driven, driven
from tui.sample import log


async def wheel(driver: Driven, notch: type[events.MouseEvent], times: int = 1) -> None:
    for _ in range(times):
        await driver.pilot._post_mouse_events([notch], offset=(20, 7))  # Pilot has no public wheel
    await driver.settle()


@pytest.mark.parametrize("key", ["question_mark", "i"])
async def test_the_wheel_scrolls_three_lines(key: str) -> None:
    async with driven(size=(80, 10)) as driver:
        rows = await driver.press(key)
        await wheel(driver, events.MouseScrollDown)
        assert driver.rows()[2] == rows[5]
        await wheel(driver, events.MouseScrollUp)
        assert driver.rows()[2] == rows[2]


async def test_the_wheel_holds_the_log_and_lets_it_follow_again() -> None:
    async with driven(size=(80, 24)) as driver:
        lines = [log(100 + n, "12:05:00", "illustration", "7.1", "note", text=f"line {n}.") for n in range(60)]
        driver.connection.change(log=lines)
        await driver.press("l")
        await wheel(driver, events.MouseScrollUp)
        assert "line 56." in driver.text and "line 57." not in driver.text and "held, 3 newer" in driver.rows()[0]
        await wheel(driver, events.MouseScrollDown)
        assert "line 59." in driver.text and "follows" in driver.rows()[0]


async def test_the_wheel_steps_through_a_list() -> None:
    async with driven() as driver:
        await driver.press("o")
        await wheel(driver, events.MouseScrollDown)
        assert "▸ Quiet harbour" in driver.text
        await driver.press("escape", "colon")
        await wheel(driver, events.MouseScrollDown, 2)
        await wheel(driver, events.MouseScrollUp)
        assert driver.rows()[4].startswith(" ▸ ")


async def test_the_wheel_answers_no_question() -> None:
    async with driven() as driver:
        rows = await driver.press("k", "D")
        await wheel(driver, events.MouseScrollDown)
        assert driver.rows()[2:] == rows[2:]
