"""The mouse does what keys do: the wheel scrolls, a click is a key or puts the cursor there."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tui.driving import Driven, driven
from tui.sample import log, many_styles
from tui.scripted import ScriptedConnection
from tui.test_screen_first_run import ANNA, BEN, FINN, first_run, give


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


async def test_the_wheel_scrolls_the_log_under_the_mouse() -> None:
    async with driven(size=(120, 24)) as driver:
        styles = ("illustration", "clear")
        lines = [log(100 + n, "12:05:00", styles[n % 2], "7.1", "note", text=f"line {n}.") for n in range(60)]
        driver.connection.change(log=lines)
        await driver.settle()
        await driver.pilot._post_mouse_events([events.MouseScrollUp], offset=(60, 7))
        await driver.settle()
        held = next(row for row in driver.rows() if "log held, 3 newer" in row)
        assert held.index("log held") > 40 and driver.app.session.desk.focus == 0
        assert "line 58." in driver.text and "line 59." not in driver.text


async def test_the_wheel_steps_through_a_list() -> None:
    async with driven() as driver:
        await driver.press("o")
        await wheel(driver, events.MouseScrollDown)
        assert "▸ Quiet harbour" in driver.text
        await driver.press("escape", "colon")
        await wheel(driver, events.MouseScrollDown, 2)
        await wheel(driver, events.MouseScrollUp)
        assert driver.rows()[4].startswith(" ▸ ")


async def test_the_first_run_takes_wheel_and_clicks(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        for name, secret in (("key-1", ANNA), ("key-2", BEN), ("key-3", FINN)):
            await give(driver, name, secret)
        await click(driver, "Enter", last=True)
        assert driver.rows()[0].rstrip().endswith("2 of 3")
        await wheel(driver, events.MouseScrollDown)
        assert "▸ key-2" in driver.text
        await click(driver, "Esc back", last=True)
        assert driver.rows()[0].rstrip().endswith("1 of 3")


async def test_the_wheel_answers_no_question() -> None:
    async with driven() as driver:
        rows = await driver.press("k", "D")
        await wheel(driver, events.MouseScrollDown)
        assert driver.rows()[2:] == rows[2:]


async def click(driver: Driven, words: str, *, last: bool = False) -> None:
    """On the first place, or the `last`, where these words stand."""
    rows = driver.rows()
    found = [(row.index(words), y) for y, row in enumerate(rows) if words in row]
    await driver.pilot.click(offset=found[-1 if last else 0])
    await driver.settle()


@pytest.mark.parametrize("words", ["? help", "help"])
async def test_a_click_on_a_key_of_the_footer_is_that_key(words: str) -> None:
    async with driven() as driver:
        await click(driver, words, last=True)
        assert "Keys and marks" in driver.rows()[0]
        await click(driver, "Esc", last=True)
        assert "╭" in driver.text


async def test_a_click_beside_the_keys_is_none() -> None:
    async with driven() as driver:
        before = driver.text
        await driver.pilot.click(offset=(0, 35))
        await driver.settle()
        assert driver.text == before


async def test_a_click_answers_a_question_and_nothing_behind_it() -> None:
    async with driven() as driver:
        await driver.press("X")
        asked = driver.foot
        await driver.pilot.click(offset=(51, 5))
        await driver.settle()
        assert driver.foot == asked and driver.app.session.desk.focus == 0
        await click(driver, "yes, stop", last=True)
        assert driver.connection.sent() == [("/v1/projects/{id}/stop", {"now": True})]


async def test_a_click_on_a_tab_shows_that_style() -> None:
    async with driven(size=(80, 24)) as driver:
        await click(driver, "clear 5")
        assert "[2 clear" in driver.text
        await click(driver, "1 illustration")
        assert "[1 illustration" in driver.text
        await click(driver, "0 all")
        assert "for you  now" in driver.text


async def test_a_click_on_a_row_of_the_table_focuses_and_the_next_opens_it() -> None:
    async with driven(ScriptedConnection(many_styles(12))) as driver:
        await driver.pilot.click(offset=(10, 7))
        await driver.settle()
        assert driver.app.session.desk.focus == 4 and driver.rows()[7].startswith(" ▸  5 ")
        await driver.pilot.click(offset=(10, 7))
        await driver.settle()
        assert "for you  now" not in driver.text and "[5 " in driver.text


@pytest.mark.parametrize(("key", "words"), [("k", "carl "), ("v", "lightbox "), ("o", "Trailer "), ("colon", "log ")])
async def test_a_click_puts_the_cursor_of_a_list_there_and_the_next_is_enter(key: str, words: str) -> None:
    async with driven() as driver:
        await driver.press(key)
        await click(driver, words)
        assert next(row for row in driver.rows() if words in row).startswith(" ▸ ")
        there = driver.text
        await click(driver, words)
        assert driver.text != there


async def test_in_a_tiny_terminal_the_keys_are_in_the_body() -> None:
    async with driven(size=(38, 9)) as driver:
        await click(driver, "stop", last=True)
        assert driver.connection.sent() == [("/v1/projects/{id}/stop", {"now": False})]


async def test_a_second_click_on_a_cell_opens_its_beat() -> None:
    async with driven() as driver:
        await click(driver, "⊘")
        assert driver.app.session.beat == ("illustration", "2.4") and "╭ 1 illustration" in driver.text
        await click(driver, "⊘")
        assert "Beat 2.4" in driver.rows()[0]


async def test_a_click_on_another_panel_opens_nothing_yet() -> None:
    async with driven() as driver:
        await click(driver, "?")
        await driver.press("1")
        await click(driver, "?")
        assert driver.app.session.beat == ("consistent", "3.3") and "╭ 1 illustration" in driver.text
        await click(driver, "Enter opens")
        assert "Beat 3.3" in driver.rows()[0]


async def test_a_click_on_a_shots_name_goes_to_its_first_beat() -> None:
    async with driven() as driver:
        await click(driver, "Shot 3")
        assert driver.app.session.beat == ("illustration", "3.1")


@pytest.mark.parametrize("words", ["3 for you", "for you: n", "n "])
async def test_a_click_on_what_is_for_you_goes_there(words: str) -> None:
    async with driven() as driver:
        x = driver.second.index("3 for you") + "3 for you: n ".index(words)
        await driver.pilot.click(offset=(x, 1))
        await driver.settle()
        assert "1 of 3: illustration 2.4" in driver.second


async def test_keys_in_the_body_are_keys_too_but_not_those_of_the_help() -> None:
    async with driven() as driver:
        await driver.press("i")
        await click(driver, "shows them")
        assert "shows them" not in driver.text
        await driver.press("question_mark")
        await click(driver, "x      Stop after")
        assert driver.connection.sent() == [] and "Keys and marks" in driver.text


async def test_a_click_says_which_keys_share_a_cloud_project_and_takes_an_offer(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        for name, secret in (("key-1", ANNA), ("key-2", BEN)):
            await give(driver, name, secret)
        await driver.press("enter")
        await click(driver, "key-2")
        row = next(one for one in driver.rows() if "key-2" in one)
        assert "▸ key-2" in row
        await click(driver, "key-2")
        assert next(one for one in driver.rows() if "key-2" in one) != row
        await driver.press("enter", "enter")
        await click(driver, "not now")
        assert driver.app.screen.kind == "floor"  # type: ignore[attr-defined]
