"""At the budget `s` asks for a new limit, writes it into shotmill.toml and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shotmill.errors import ExitCode, ShotmillError
from shotmill_tui.screens.runs import read_usd
from tui.at_work import a_workplace
from tui.driving import driven
from tui.sample import status
from tui.scripted import ScriptedConnection, playing

WRITTEN = '[project]\ntitle = "Night train"\nbudget_usd = 10.0   # mine\n'


def at_the_budget(**more: Any) -> ScriptedConnection:
    return playing(status=status(state="stopped", reason="budget", spent_usd=9.98, ends_at=None, **more))


async def test_s_asks_for_a_new_limit_and_goes_on(tmp_path: Path) -> None:
    connection = at_the_budget()
    place = a_workplace(tmp_path, connection)
    settings = place.root / "shotmill.toml"
    settings.write_text(WRITTEN)
    async with driven(connection, workplace=place) as driver:
        assert "■ stopped at the budget" in driver.rows()[0]
        assert "$9.98 of $10.00. The rest costs about $2.92.  s asks for a new limit" in driver.second
        await driver.press("s")
        assert "$9.98 spent, the rest costs about $2.92. New limit in dollars: 13" in driver.text
        await driver.press("escape")
        assert settings.read_text() == WRITTEN and not connection.sent()
        await driver.press("s", "backspace", "5", "enter")
        assert settings.read_text() == WRITTEN.replace("10.0 ", "15.0 ")
        assert [path.rpartition("/")[2] for path, _ in connection.sent()] == ["agree", "start"]
        assert connection.sent()[0][1] == {"usd": 2.92}


async def test_s_asks_too_where_one_more_image_fits_but_not_the_rest(tmp_path: Path) -> None:
    again = {"images": 2, "cost_usd": 0.1}
    connection = playing(status=status(state="stopped", reason="budget", spent_usd=9.8, cost_left_usd=0.26,
                                       again=again, ends_at=None))  # fmt: skip
    async with driven(connection, workplace=a_workplace(tmp_path, connection)) as driver:
        assert "s asks for a new limit" in driver.second
        await driver.press("s")
        assert "New limit in dollars: 11" in driver.text and not connection.sent()
        await driver.press("enter")
        assert connection.sent()[0][1] == {"usd": 0.36}


async def test_a_limit_without_room_changes_nothing(tmp_path: Path) -> None:
    connection = at_the_budget()
    place = a_workplace(tmp_path, connection)
    async with driven(connection, workplace=place) as driver:
        for typed, said in (("10", "no room for one more image"), ("many", "no sum of dollars")):
            await driver.press("s", "backspace", "backspace", *typed, "enter")
            assert said in driver.text
        (place.root / "shotmill.toml").write_text("[project\n")
        await driver.press("s", "enter")
        assert "shotmill.toml" in driver.text
    assert not connection.sent()


async def test_a_start_that_is_refused_for_the_budget_asks_too(tmp_path: Path) -> None:
    connection = playing(status=status(state="idle", budget_usd=3.12, ends_at=None))
    connection.answers["start"] = ShotmillError("the budget has no room", code="budget", exit_code=ExitCode.BUDGET)
    async with driven(connection, workplace=a_workplace(tmp_path, connection)) as driver:
        await driver.press("s")
        assert "New limit in dollars: 7" in driver.text


async def test_a_limit_that_was_raised_by_hand_just_starts() -> None:
    connection = at_the_budget(budget_usd=20.0)
    async with driven(connection) as driver:
        await driver.press("s")
        assert [path.rpartition("/")[2] for path, _ in connection.sent()] == ["start"]


@pytest.mark.parametrize(
    ("text", "usd"),
    [("10", 10.0), (" $2.50 ", 2.5), ("1,200", 1200.0), ("0", None), ("-1", None), ("nan", None), ("", None)],
)
def test_sums_as_people_write_them(text: str, usd: float | None) -> None:
    assert read_usd(text) == usd


@pytest.mark.parametrize(
    ("spent", "said"), [(8.0, "about $2.92 (the budget has $2.00 left), ends"), (3.0, "about $2.92, ends")]
)
async def test_the_question_says_where_the_budget_is_too_small_for_it(spent: float, said: str) -> None:
    idle = status(state="idle", spent_usd=spent, eta_s=250.0, ends_at=None, agreed_usd=0.0)
    async with driven(playing(status=idle)) as driver:
        await driver.press("s")
        assert said in driver.text
