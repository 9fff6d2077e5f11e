"""kill -9 of the daemon while images are out: nothing on disk is asked for again, the rest is told as in doubt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from daemon.film import REPLY_USD, Film, make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness

BEATS = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")


def _killed_in_the_middle(mill: Home, provider: Witness, film: Film) -> None:
    """Two images on disk, two requests out, two beats to do; then kill -9."""
    provider.faults(
        {"match": {"beat": "1.3"}, "do": "hold", "times": 1},
        {"match": {"beat": "1.4"}, "do": "hold", "times": 1},
    )
    daemon = mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    until(lambda: len(film.journal("take")) == 2 and len(film.journal("intent")) == 4, "two drawn, two out")
    provider.wait_for_held(2)
    daemon.kill()


def _film(root: Path, provider: Witness, in_doubt_usd: float) -> Film:
    return make_film(
        root, provider.base_url, beats=BEATS, limits="rpm = 100000\nrpd = 100000\nin_flight = 2",
        settings=f"[generation]\nin_doubt_usd = {in_doubt_usd}",
    )  # fmt: skip


def test_what_was_out_is_drawn_again_within_the_allowance(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = _film(tmp_path / "film", provider, 0.5)
    _killed_in_the_middle(mill, provider, film)
    before = film.all_whole("ink", ("1.1", "1.2"))

    told = mill.command("status", "--json", str(film.root))  # without a daemon, from the folder alone
    offline = json.loads(told.stdout)
    assert (offline["run"]["state"], offline["run"]["reason"]) == ("stopped", "interrupted")
    assert offline["styles"]["ink"]["in_doubt"] == 2
    mill.start_daemon()
    opened = mill.status(mill.open(film.root))["run"]
    assert (opened["reason"], opened["interrupted"]) == ("interrupted", {"saved": 0, "in_doubt": 2})

    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 0, done.stderr
    assert film.all_whole("ink", ("1.1", "1.2")) == before
    film.all_whole("ink", BEATS)
    asked = provider.asked("ink")
    assert (asked["ink 1.1"], asked["ink 1.2"], asked["ink 1.5"], asked["ink 1.6"]) == (1, 1, 1, 1)
    assert asked["ink 1.3"] <= 2
    assert asked["ink 1.4"] <= 2
    told_doubts = {line["beat"] for line in film.journal("end") if line["fate"] == "in_doubt"}
    assert told_doubts == {"1.3", "1.4"}
    log = (film.root / ".shotmill" / "log.jsonl").read_text()
    assert "2 requests in doubt" in log
    project = mill.open(film.root)
    status = mill.status(project)
    assert abs(status["run"]["in_doubt_usd"] - 2 * REPLY_USD) < 0.001


def test_without_an_allowance_the_doubts_are_listed_and_settled_by_hand(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = _film(tmp_path / "film", provider, 0)
    _killed_in_the_middle(mill, provider, film)
    mill.start_daemon()
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 3, done.stderr
    film.all_whole("ink", ("1.1", "1.2", "1.5", "1.6"))
    listed = json.loads(mill.command("doubt", "--json", str(film.root)).stdout)["doubts"]
    told = sorted((doubt["beat"], doubt["price_usd"]) for doubt in listed)
    assert told == [("1.3", pytest.approx(REPLY_USD)), ("1.4", pytest.approx(REPLY_USD))]
    assert all(doubt["sent_at"].endswith("Z") for doubt in listed)
    kinds = {entry["kind"] for entry in json.loads(mill.command("status", "--json", str(film.root)).stdout)["for_you"]}
    assert kinds == {"in_doubt"}

    skipped = mill.command("doubt", "skip", "--beat", "1.4", str(film.root))
    assert skipped.returncode == 0, skipped.stderr
    mine = json.loads(mill.command("status", "--json", str(film.root)).stdout)["for_you"]
    assert [entry["beat"] for entry in mine] == ["1.3"]  # what a person left out is not asked of them again
    asked_before = provider.asked("ink")["ink 1.4"]
    retried = mill.command("doubt", "retry", str(film.root))
    assert retried.returncode == 0, retried.stderr
    project = mill.open(film.root)
    status = mill.wait_for_end(project)
    film.whole("ink", "1.3")
    logged = [line for line in mill.command("logs", str(film.root)).stdout.splitlines() if "was in doubt" in line]
    assert len(logged) == 1 and logged[0].endswith("drawn again as asked"), "in_doubt_usd had no part in it"
    assert status["styles"]["ink"] | {"done": 5, "failed": 1, "in_doubt": 0} == status["styles"]["ink"]
    assert provider.asked("ink")["ink 1.4"] == asked_before
    assert not film.image("ink", "1.4").exists()

    last = mill.command("start", "--wait", "--retry-failed", str(film.root))
    assert last.returncode == 0, last.stderr
    film.all_whole("ink", BEATS)


def test_killed_in_the_middle_of_a_body(mill: Home, provider: Witness, tmp_path: Path) -> None:
    """What had come of the answer is kept while its doubt is open, and goes at a start after it was settled."""
    film = make_film(tmp_path / "film", provider.base_url, ["1.1"], settings="[generation]\nin_doubt_usd = 0")
    provider.faults({"match": {}, "do": {"slow_drip": 60}})
    daemon = mill.start_daemon()
    mill.start(mill.open(film.root))
    until(lambda: any(_came(part) for part in mill.folders.spool.glob("*.part")), "a part of the body")
    daemon.kill()
    (part,) = mill.folders.spool.glob("*.part")
    before = part.read_bytes()

    daemon = mill.start_daemon()
    project = mill.open(film.root)
    assert [doubt["attempt"] for doubt in mill.doubt(project)["doubts"]] == [part.stem]
    assert part.read_bytes() == before
    mill.doubt(project, "skip")
    daemon.kill()
    mill.start_daemon()
    mill.open(film.root)
    assert not part.exists()
    assert provider.arrived() == 1


def _came(part: Path) -> int:
    """Bytes of an answer, after the line that says whose it is."""
    return len(part.read_bytes().partition(b"\n")[2])


@pytest.mark.parametrize("step", ["attempt.kept_in_project", "store.checked", "attempt.journaled"])
def test_an_answer_that_came_after_the_state_folder_was_deleted_survives_a_kill(
    mill: Home, provider: Witness, tmp_path: Path, step: str
) -> None:
    settings = "[generation]\nin_doubt_usd = 5"
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",), settings=settings)
    daemon = mill.start_daemon(SHOTMILL_CRASH_AT=step)
    run_with_out(mill, provider, film.root, 1)
    shutil.rmtree(mill.folders.state)
    provider.release()
    assert daemon.ended() == -9
    assert list((film.root / ".shotmill").glob("*.part"))
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"] | {"done": 1, "in_doubt": 0} == status["styles"]["ink"]
    assert status["run"]["in_doubt_usd"] == 0
    film.whole("ink", "1.1")
    assert provider.arrived() == 1
    assert not list((film.root / ".shotmill").glob("*.part"))
