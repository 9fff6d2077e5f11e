"""`stop`, and what `stop --now` says before it does it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from cli.command_line import paper_terminal, status
from shotmill.errors import UsageError
from shotmill.project_folder import NoProjectError
from shotmill_tui.cli import place, stop
from shotmill_tui.cli import talk as talk_to_daemon


class Talk:
    """A daemon that knows one running project, and what it was asked."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.asked: list[dict[str, Any] | None] = []

    def status(self) -> dict[str, Any]:
        return self.told

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        self.asked.append(body)
        return {"outcome": "stopped", "in_flight": 4, "in_doubt_usd": 0.1344}


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Talk:
    found = Talk(status())
    monkeypatch.setattr(stop, "find_open_project", lambda _: tmp_path)
    monkeypatch.setattr(talk_to_daemon.Talk, "with_running", lambda _: found)
    return found


def asked(*, yes: bool = False) -> Namespace:
    return Namespace(project=None, now=True, yes=yes, json=False)


def test_stopping_now_says_first_how_many_images_and_how_much_money_and_asks(talk: Talk) -> None:
    terminal = paper_terminal(tty=True, said="n\n")
    assert stop.run(asked(), terminal) == 4
    assert talk.asked == []
    said = terminal.err.getvalue()  # type: ignore[attr-defined]
    assert "4 images are out" in said and "$0.13 in doubt" in said and "Nothing was changed" in said
    assert stop.run(asked(), paper_terminal(tty=True, said="y\n")) == 0
    assert talk.asked == [{"now": True}]


@pytest.mark.parametrize(("tty", "yes"), [(False, False), (True, True)])
def test_where_nobody_is_to_be_asked_it_goes_on_and_says_so(talk: Talk, tty: bool, yes: bool) -> None:
    terminal = paper_terminal(tty=tty)
    assert stop.run(asked(yes=yes), terminal) == 0
    assert talk.asked == [{"now": True}]
    said = terminal.err.getvalue()  # type: ignore[attr-defined]
    assert said.index("4 images are out") < said.index("stopped.")


def test_nothing_is_asked_where_nothing_is_out(talk: Talk) -> None:
    talk.told["run"]["stop_now"]["in_doubt"] = 0  # three are received, and only wait for a disk
    talk.told["run"]["stop_now"]["received"] = 3
    assert stop.run(asked(), paper_terminal(tty=True, said="")) == 0


def test_a_stop_tells_the_time_that_is_to_come_and_not_the_one_that_is_over() -> None:
    answer = {"outcome": "stopping", "in_flight": 2, "longest_s": 50.0, "wait_s": 6.0, "in_doubt_usd": 0.0}
    assert "about 6 s" in stop.sentence(answer)
    assert "about" not in stop.sentence({**answer, "wait_s": 0.0})
    assert stop.sentence(answer).endswith("shotmill start takes it back.")
    assert stop.sentence(answer, "./two").endswith("shotmill start ./two takes it back.")
    assert "about 9 s" in stop.price_of_now(status(state="stopping", eta_s=9.0))


def test_a_stop_names_its_project_and_its_folder_where_that_is_another(tmp_path: Path, talk: Talk) -> None:
    terminal = paper_terminal()
    assert stop.run(asked(yes=True), terminal) == 0
    said = terminal.err.getvalue()  # type: ignore[attr-defined]
    assert said.splitlines()[0].startswith(f"Night train in {tmp_path}: 4 images are out")
    assert stop.named(Path.cwd(), {"status": talk.told}) == "Night train"


def test_a_project_that_the_daemon_has_open_is_found_though_its_folder_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film"
    monkeypatch.setattr(place, "known_to_daemon", lambda: [{"project": {"path": str(film)}}])
    assert place.find_open_project(str(film)) == film
    film.mkdir()
    assert place.find_open_project(str(film)) == film
    with pytest.raises(NoProjectError):
        place.find_open_project(str(tmp_path))
    with pytest.raises(UsageError):
        place.find_open_project(str(tmp_path / "nowhere"))


def test_a_stop_at_once_counts_in_doubt_only_what_has_no_answer() -> None:
    answer = {"outcome": "stopped", "in_flight": 18, "in_doubt": 0, "received": 18, "in_doubt_usd": 0.0}
    assert stop.sentence(answer) == "stopped. 18 answers are received and kept, saved when there is room."
    both = stop.sentence({**answer, "in_doubt": 1, "received": 17, "in_doubt_usd": 0.01})
    assert "17 answers are received" in both and "1 image was out" in both
    assert stop.sentence({**answer, "in_flight": 0, "received": 0}) == "stopped; nothing was out."


def test_the_price_of_now_leaves_out_what_is_received() -> None:
    told = status()
    told["run"]["stop_now"] = {"in_doubt": 1, "in_doubt_usd": 0.0336, "received": 3}
    said = stop.price_of_now(told)
    assert "1 image is out" in said and "$0.03 in doubt" in said and "3 answers are received already and kept" in said


def test_a_stop_at_once_whose_end_no_disk_takes_is_not_said_to_be_taken_back() -> None:
    answer = {"outcome": "stopping", "in_flight": 2, "in_doubt": 2, "received": 0, "in_doubt_usd": 0.07}
    said = stop.sentence({**answer, "unwritten": "its end can't be written down yet: no room left. Free some."})
    assert "takes it back" not in said and "still to come" not in said
    assert "2 images were out" in said and "$0.07 in doubt" in said
    assert said.endswith("Nothing more is sent, but its end can't be written down yet: no room left. Free some.")
