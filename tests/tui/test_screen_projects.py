"""All projects of the daemon on one screen, and the way from one to another and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shotmill.client.link import Connection
from shotmill.errors import UnreachableError
from shotmill_tui.drawing.projects import path_end
from tui.at_work import a_workplace
from tui.driving import driven
from tui.sample import night_train
from tui.scripted import ScriptedConnection, playing


async def test_every_project_says_how_it_stands() -> None:
    async with driven(size=(100, 24)) as driver:
        rows = await driver.press("o")
        assert rows[0].startswith(" Projects    1 running   1 waiting   4 in all")
        text = driver.text
        assert "● running" in text and "93/180" in text and "12:09" in text and "$3.12 of $10" in text
        assert "◇ waiting until Tue 09:00" in text and "412/1,580" in text
        assert "■ stopped at the budget" in text and "✓ finished" in text and "$8.06 + $0.07?" in text
        assert "on this screen   /home/mia/night-train" in text
        titles = [row[3:].split("  ")[0] for row in rows if row[3:4].isupper()]
        assert titles == ["Night train", "Quiet harbour", "Trailer", "The lamplighter’s daughter"]


async def test_enter_shows_another_one_and_the_way_back(tmp_path: Path) -> None:
    here = playing()
    there = ScriptedConnection(night_train(
        project={"id": "p2", "path": "/home/mia/films/quiet-harbour", "title": "Quiet harbour"}))  # fmt: skip
    asked: list[Path] = []

    def connect(root: Path) -> Connection:
        asked.append(root)
        return there if root.name == "quiet-harbour" else here

    place = replace(a_workplace(tmp_path), connect=connect)
    async with driven(here, workplace=place) as driver:
        await driver.press("right", "o", "down", "enter")
        assert asked == [Path("/home/mia/films/quiet-harbour")]
        assert driver.rows()[0].startswith(" Quiet harbour") and "╭" in driver.text
        assert driver.app.workplace is not None and driver.app.workplace.root.name == "quiet-harbour"
        await driver.press("o")
        assert "▸ Quiet harbour" in driver.text
        await driver.press("up", "enter")
        assert asked[-1] == Path("/home/mia/night-train")
        assert driver.rows()[0].startswith(" Night train")
        there.change(status=night_train()["status"])
        await driver.settle()
        assert driver.rows()[0].startswith(" Night train"), "news of the other one are not listened to any more"


async def test_enter_on_the_one_that_is_shown_goes_back_to_it() -> None:
    async with driven() as driver:
        await driver.press("o", "enter")
        assert "╭ 1 illustration" in driver.text
        await driver.press("o", "2", "enter")
        assert "shotmill /home/mia/films/quiet-harbour" in driver.second, "without a workplace it only looks"


async def test_a_daemon_that_does_not_answer_is_told() -> None:
    connection = playing()
    connection.answers["status"] = UnreachableError("no daemon answers", cure="shotmill daemon start")
    async with driven(connection) as driver:
        await driver.press("o")
        assert "no daemon answers  shotmill daemon start" in driver.text
        connection.answers["status"] = {"projects": []}
        await driver.press("escape", "o")
        assert "No project is open" in driver.text


def test_a_long_path_shows_its_end() -> None:
    assert path_end("/home/mia/films/quiet-harbour", 30) == "/home/mia/films/quiet-harbour"
    assert path_end("/home/mia/films/quiet-harbour", 24) == "…/films/quiet-harbour"
    assert path_end("/home/mia/films/quiet-harbour", 5) == "…/quiet-harbour"
