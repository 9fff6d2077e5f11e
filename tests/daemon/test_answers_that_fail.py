"""Answers without an image: which beats are to be tried again, which are for a person, and what that costs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from daemon.film import Film, make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness, witness


def test_refused_content_is_blocked_and_tried_again_only_when_asked(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults({"match": {"beat": "1.2"}, "do": "prohibited"})
    mill.start_daemon()
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 3, done.stderr
    status = json.loads(mill.command("status", "--json", str(film.root)).stdout)
    counts = status["styles"]["ink"]
    assert counts | {"done": 2, "blocked": 1, "failed": 0, "pending": 0, "total": 3} == counts
    assert [(entry["kind"], entry["style"], entry["beat"]) for entry in status["for_you"]] == [
        ("blocked", "ink", "1.2")
    ]
    assert status["for_you"][0]["cure"]
    assert status["run"]["state"] == "finished"
    assert provider.asked("ink")["ink 1.2"] == 1
    provider.faults()
    again = mill.command("start", "--wait", str(film.root))
    assert again.returncode == 3 and "1 failed or blocked: shotmill start --retry-failed" in again.stderr
    assert provider.asked("ink")["ink 1.2"] == 1
    again = mill.command("start", "--wait", "--retry-failed", str(film.root))
    assert again.returncode == 0, again.stderr
    film.all_whole("ink", ("1.1", "1.2", "1.3"))
    assert provider.asked("ink")["ink 1.2"] == 2


@pytest.mark.parametrize(
    ("fault", "asked", "state"),
    [
        ("image_safety", 2, "blocked"),
        ("no_image", 3, "failed"),
        ("truncated_image", 1, "failed"),
    ],
)
def test_answers_without_a_usable_image(
    mill: Home, provider: Witness, tmp_path: Path, fault: str, asked: int, state: str
) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults({"match": {"beat": "1.2"}, "do": fault})
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"][state] == 1
    assert status["styles"]["ink"]["done"] == 2
    assert provider.asked("ink")["ink 1.2"] == asked
    beat = mill.beat(mill.open(film.root), "ink", "1.2")
    assert beat["state"] == state
    assert len(beat["attempts"]) == asked
    assert not film.image("ink", "1.2").exists()
    if fault == "truncated_image":  # paid for: its bytes stay, and the money is told
        assert list(mill.folders.spool.glob("*.part"))
        assert abs(status["run"]["spent_usd"] - provider.seen()["billed_usd"]) < 0.001


def test_a_reference_that_may_have_been_minded_is_named(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, ["1.1", "1.2", "2.1", "2.2"], chained=("1.2", "2.2"))
    provider.faults(
        {"match": {"beat": "1.2"}, "do": "400-unable-to-process-image"},
        {"match": {"beat": "2.2"}, "do": "200-prompt-feedback-other"},
    )
    mill.start_daemon()
    status = mill.run_through(film.root)
    told = {entry["beat"]: entry["what"] for entry in status["for_you"]}
    assert "Beat_1.1.png" in told["1.2"] and "Beat_2.1.png" in told["2.2"]


def test_an_overloaded_provider_is_waited_for(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults(
        {"match": {"beat": "1.2"}, "do": "503-high-demand", "times": 1},
        {"match": {"beat": "1.3"}, "do": "500-internal", "times": 1},
    )
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert (status["run"]["state"], status["styles"]["ink"]["done"]) == ("finished", 3)
    assert provider.asked("ink") == {"ink 1.1": 1, "ink 1.2": 2, "ink 1.3": 2}


def test_a_broken_connection_is_sent_once_and_told_in_doubt(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, settings="[generation]\nin_doubt_usd = 0")
    provider.faults(
        {"match": {"beat": "1.1"}, "do": "reset_before_body"},
        {"match": {"beat": "1.2"}, "do": "cut_body"},
    )
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"] | {"in_doubt": 2, "done": 1} == status["styles"]["ink"]
    assert provider.asked("ink") == {"ink 1.1": 1, "ink 1.2": 1, "ink 1.3": 1}
    provider.faults()
    project = mill.open(film.root)
    assert mill.doubt(project, "retry")["settled"] == 2
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 3
    assert provider.asked("ink") == {"ink 1.1": 2, "ink 1.2": 2, "ink 1.3": 1}


def test_a_key_whose_day_is_spent_rests_and_another_draws(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.write_keys("anna", "ben")
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults({"match": {"key": "anna"}, "do": "429-day-paid-flash-lite-image"})
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["done"] == 3
    assert status["keys"]["anna"]["state"] == "exhausted"
    assert status["keys"]["ben"]["state"] == "ready"


def test_with_every_day_spent_the_run_waits_and_says_till_when(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults({"match": {}, "do": "429-day-paid-flash-lite-image"})
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    status = mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a run that waits")
    assert status["run"]["waiting_until"].endswith("Z")
    assert status["styles"]["ink"] | {"done": 0, "failed": 0, "pending": 3} == status["styles"]["ink"]
    asked = provider.requests()
    assert mill.stop(project)["outcome"] == "stopping"
    assert mill.wait_for_end(project)["run"]["state"] == "stopped"
    assert provider.requests() == asked


def test_a_key_that_the_provider_does_not_know_stops_the_run(tmp_path: Path, mill: Home) -> None:
    with witness(tmp_path, bad=("anna",)) as provider:
        film = make_film(tmp_path / "film", provider.base_url)
        mill.start_daemon()
        done = mill.command("start", "--wait", str(film.root))
        assert done.returncode == 5, done.stderr
        status = json.loads(mill.command("status", "--json", str(film.root)).stdout)
        assert status["run"]["state"] == "stopped"
        assert status["styles"]["ink"]["pending"] == 3
        assert status["keys"]["anna"]["state"] == "invalid"
        assert [entry["kind"] for entry in status["for_you"]] == ["key"]
        assert not provider.billed()


def test_equal_failures_in_a_row_pause_a_style(mill: Home, provider: Witness, tmp_path: Path) -> None:
    beats = [f"1.{number}" for number in range(1, 7)]
    film = make_film(
        tmp_path / "film", provider.base_url, beats=beats, styles=("ink", "chalk"),
        limits="rpm = 100000\nrpd = 100000\nin_flight = 1", settings="[generation]\npause_after = 3",
    )  # fmt: skip
    provider.faults({"match": {"style": "ink"}, "do": "prohibited"})
    mill.start_daemon()
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 3, done.stderr
    status = json.loads(mill.command("status", "--json", str(film.root)).stdout)
    assert status["styles"]["ink"]["state"] == "paused"
    assert status["styles"]["ink"]["reason"]
    assert status["styles"]["ink"]["pending"] == 3
    assert status["styles"]["chalk"]["done"] == 6
    assert sum(provider.asked("ink").values()) == 3


def test_a_start_tries_a_paused_style_again_and_leaves_the_run_as_it_is(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, styles=("ink", "chalk"),
        limits="rpm = 100000\nrpd = 100000\nin_flight = 1", settings="[generation]\npause_after = 1",
    )  # fmt: skip
    mill.write_keys("anna", "ben")
    provider.faults({"match": {"style": "ink"}, "do": "prohibited"}, {"match": {"style": "chalk"}, "do": "hold"})
    mill.start_daemon()
    project = mill.open(film.root)
    run = mill.start(project)["run"]
    paused = mill.wait_for(project, lambda status: status["styles"]["ink"]["state"] == "paused", "a paused style")
    assert paused["styles"]["ink"]["cure"].partition("   (")[0].endswith("shotmill start")
    assert paused["styles"]["ink"]["reason"] in mill.command("logs", str(film.root)).stdout
    provider.hold(style="chalk")
    again = mill.start(project)
    assert (again["run"], again["outcome"]) == (run, "running") and "ink" in again["message"]
    mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 2, "the rest of the style")
    provider.release()
    assert mill.wait_for_end(project)["run"]["state"] == "finished"


def _sha(film: Film, style: str, beat: str) -> str:
    return hashlib.sha256(film.image(style, beat).read_bytes()).hexdigest()


def test_a_continuing_beat_waits_for_the_picture_before_and_sends_it(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, beats=("1.1", "1.2", "2.1", "2.2"), chained=("1.2", "2.1", "2.2")
    )
    mill.start_daemon()
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 4
    sent = {one["beat"]: one["references"] for one in provider.sightings("ink")}
    assert sent == {
        "1.1": [],
        "1.2": [_sha(film, "ink", "1.1")],
        "2.1": [_sha(film, "ink", "1.2")],
        "2.2": [_sha(film, "ink", "2.1")],
    }


def test_after_a_blocked_beat_the_chain_goes_on_from_the_one_before(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, chained=("1.2", "1.3"))
    provider.faults({"match": {"beat": "1.2"}, "do": "prohibited"})
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"] | {"done": 2, "blocked": 1} == status["styles"]["ink"]
    sent = {one["beat"]: one["references"] for one in provider.sightings("ink")}
    assert sent["1.3"] == [_sha(film, "ink", "1.1")]


def test_a_beat_in_doubt_holds_its_chain_and_the_run_ends(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, chained=("1.2", "1.3"), settings="[generation]\nin_doubt_usd = 0"
    )
    provider.faults({"match": {"beat": "1.2"}, "do": "reset_mid_body"})
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["run"]["state"] == "finished"
    assert status["styles"]["ink"] | {"done": 1, "in_doubt": 1, "pending": 1} == status["styles"]["ink"]
    assert "ink 1.3" not in provider.asked("ink")
    provider.faults()
    project = mill.open(film.root)
    assert "1 in doubt and 1 that wait for it  → shotmill doubt" in mill.command("logs", str(film.root)).stdout
    again = mill.start(project)
    assert again["outcome"] == "nothing_to_do" and "1 image waits for what is in doubt" in again["message"]
    mill.doubt(project, "skip")
    mill.start(project)
    status = mill.wait_for_end(project)
    assert status["styles"]["ink"] | {"done": 2, "failed": 1, "in_doubt": 0} == status["styles"]["ink"]
    until(lambda: provider.asked("ink")["ink 1.3"] == 1, "the beat after the one that was skipped")
