"""Stop after the images in flight, take it back, stop at once; what comes late is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.film import REPLY_USD, Film, make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness

AT_MOST_TWO = "rpm = 100000\nrpd = 100000\nin_flight = 2"


def _with_out(mill: Home, provider: Witness, film: Film, count: int) -> str:
    """A run of which so many are out until the provider lets go; the project's id."""
    project = run_with_out(mill, provider, film.root, count)
    status = mill.status(project)
    assert status["styles"]["ink"]["in_flight"] == count
    assert status["run"]["reserved_usd"] > 0
    return project


def test_stop_lets_what_is_in_flight_land(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1", "1.2", "1.3", "1.4"), limits=AT_MOST_TWO)
    mill.start_daemon()
    project = _with_out(mill, provider, film, 2)
    stopping = mill.stop(project)
    assert (stopping["outcome"], stopping["in_flight"]) == ("stopping", 2)
    assert stopping["status"]["run"]["state"] == "stopping"
    provider.release()
    status = mill.wait_for_end(project)
    assert (status["run"]["state"], status["run"]["reason"]) == ("stopped", "asked")
    assert status["styles"]["ink"]["done"] == 2
    film.all_whole("ink", ("1.1", "1.2"))
    until(lambda: film.progress("ink") == ["1.1", "1.2"], "the mirror for older tools")
    assert provider.requests() == 2
    assert mill.stop(project)["outcome"] == "not_running"
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 4
    assert set(provider.asked().values()) == {1}


def test_start_takes_a_stop_back(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1", "1.2", "1.3", "1.4"), limits=AT_MOST_TWO)
    mill.start_daemon()
    project = _with_out(mill, provider, film, 2)
    first = mill.status(project)["run"]["id"]
    mill.stop(project)
    again = mill.start(project)
    assert (again["outcome"], again["run"]) == ("resumed", first)
    provider.release()
    status = mill.wait_for_end(project)
    assert (status["run"]["state"], status["styles"]["ink"]["done"]) == ("finished", 4)
    assert set(provider.asked().values()) == {1}


@pytest.mark.parametrize("restarted", [False, True], ids=["same-daemon", "daemon-restarted"])
def test_stop_now_tells_in_doubt_at_once(mill: Home, provider: Witness, tmp_path: Path, restarted: bool) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, beats=("1.1", "1.2", "1.3"), limits=AT_MOST_TWO,
        settings="[generation]\nin_doubt_usd = 0",
    )  # fmt: skip
    daemon = mill.start_daemon()
    project = _with_out(mill, provider, film, 2)
    answer = mill.stop(project, now=True)
    assert answer["outcome"] == "stopped"
    status = mill.status(project)
    assert (status["run"]["state"], status["run"]["reason"]) == ("stopped", "asked")
    doubted = status["styles"]["ink"]["in_doubt"]
    assert doubted == 2
    assert abs(status["run"]["in_doubt_usd"] - doubted * REPLY_USD) < 0.001
    if restarted:
        daemon.kill()
        mill.start_daemon()
        project = mill.open(film.root)
        assert mill.status(project)["styles"]["ink"]["in_doubt"] == doubted
    assert len(mill.doubt(project)["doubts"]) == doubted


def test_a_late_answer_is_kept_and_ends_the_doubt(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, beats=("1.1", "1.2"), chained=("1.2",),
        settings="[generation]\nin_doubt_usd = 0",
    )  # fmt: skip
    mill.start_daemon()
    project = _with_out(mill, provider, film, 1)
    mill.stop(project, now=True)
    assert [doubt["beat"] for doubt in mill.doubt(project)["doubts"]] == ["1.1"]
    # Another run, with the board read anew, is under way when the answer arrives.
    mill.start(project)
    provider.release()
    mill.wait_for(project, lambda status: status["styles"]["ink"]["in_doubt"] == 0, "the late answer")
    film.whole("ink", "1.1")
    assert not mill.doubt(project)["doubts"]
    status = mill.wait_for_end(project)
    assert abs(status["run"]["spent_usd"] - provider.seen()["billed_usd"]) < 0.001
    assert status["run"]["in_doubt_usd"] == 0
    mill.start(project)
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 2
    assert provider.asked("ink") == {"ink 1.1": 1, "ink 1.2": 1}


def test_a_late_answer_after_the_doubt_was_drawn_again_is_kept_as_an_earlier_take(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    provider.hold(nth=1)
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    provider.wait_for_held(1)
    mill.stop(project, now=True)
    mill.doubt(project, "retry")  # a person's own word
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 1
    second = film.whole("ink", "1.1")
    provider.release()
    until(lambda: len(film.journal("take")) >= 2, "the late take")
    until(lambda: film.takes("ink", "1.1"), "the late take's file")
    assert film.whole("ink", "1.1") == second
    assert provider.billed("ink") == {"ink 1.1": 2}
    assert abs(mill.status(project)["run"]["spent_usd"] - provider.seen()["billed_usd"]) < 0.001


def test_drawing_doubts_again_draws_nothing_else(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, styles=("ink", "chalk"), beats=("1.1", "1.2"),
        settings="[generation]\nin_doubt_usd = 0",
    )  # fmt: skip
    provider.faults(
        {"match": {"style": "ink", "beat": "1.1"}, "do": "reset_before_body", "times": 1},
        {"match": {"style": "chalk", "beat": "1.2"}, "do": "reset_before_body", "times": 1},
    )
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project, beats=["1.1"], styles=["ink"])
    mill.wait_for_end(project)
    mill.start(project, beats=["1.2"], styles=["chalk"])
    mill.wait_for_end(project)
    assert len(mill.doubt(project)["doubts"]) == 2
    mill.doubt(project, "retry")
    mill.wait_for_end(project)
    assert provider.asked() == {"ink 1.1": 2, "chalk 1.2": 2}
