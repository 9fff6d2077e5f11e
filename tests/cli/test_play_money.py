"""What the built-in emulator draws is billed by nobody: wherever its price stands, it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.command_line import paper_terminal, status
from daemon.film import make_film
from shotmill.engine.estimate import RunEstimate
from shotmill.engine.offline import offline_status
from shotmill.engine.pace import Pace
from shotmill_tui.cli import ending, estimate, init, start, status_words, stop, table, watch_words, words
from shotmill_tui.cli.status_watch import few_lines

NOW = 1_795_432_809.0


def test_the_status_says_whether_anything_is_billed(tmp_path: Path) -> None:
    emulated, real = make_film(tmp_path / "one", "emulator"), make_film(tmp_path / "other", "")
    assert offline_status(emulated.root)["run"]["play_money"] is True
    assert offline_status(real.root)["run"]["play_money"] is False


def test_every_command_says_it_with_its_price() -> None:
    told = status(play_money=True, state="finished", budget_usd=None)
    run = told["run"]
    assert words.money_of(run) == "$3.12 play money"
    assert "$3.12 play money" in status_words.headline(told, NOW, paper_terminal())
    assert "$3.12 play money" in ending.sentence(told)
    assert watch_words.money(run) == "3.12 dollars of play money"
    begun = {"outcome": "started", "images": 3, "cost_usd": 0.1, "message": "", "status": told}
    assert "about $0.10 play money" in start.sentences(begun, NOW)[0]
    assert "$0.13 play money in doubt" in stop.price_of_now({**told, "run": {**run, "state": "running"}})
    left = {"outcome": "stopped", "in_flight": 2, "in_doubt": 2, "in_doubt_usd": 0.07, "status": told}
    assert "$0.07 play money in doubt" in stop.sentence(left)


def test_an_estimate_says_it() -> None:
    found = RunEstimate(60.0, 9, 0.30, Pace("chain"), {"ink": 9}, is_play_money=True)
    assert "about $0.30 play money" in estimate.words(found, NOW)[0]
    assert "about $0.30 play money" in init.estimate_lines(found)[0]


@pytest.mark.parametrize("title", ["Night train", "The lamplighter and her daughter on the night train"])
def test_a_narrow_line_drops_words_and_never_money(title: str) -> None:
    told = status(play_money=True, state="running", eta_s=900.0, in_doubt_usd=0.07)
    told["project"]["title"] = title
    money = words.money_of(told["run"])
    assert status_words.headline_within(200, told, NOW, paper_terminal()) == status_words.headline(
        told, NOW, paper_terminal()
    )
    for cells in range(len(money), 140):
        line = status_words.headline_within(cells, told, NOW, paper_terminal())
        assert line.endswith(money) and table.width(line) <= cells, (cells, line)


def test_the_lines_in_place_go_by_the_width() -> None:
    told = status(play_money=True, state="running", eta_s=900.0)
    for columns in (39, 59):
        assert few_lines(told, NOW, "", paper_terminal(), columns)[0].endswith("$3.12 of $10.00 play money")
        assert table.width(few_lines(told, NOW, "", paper_terminal(), columns)[0]) <= columns


def test_nothing_is_said_where_it_is_billed() -> None:
    told = status()
    assert "play" not in " ".join((words.money_of(told["run"]), ending.sentence(told), watch_words.money(told["run"])))
