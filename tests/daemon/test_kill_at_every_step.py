"""kill -9 at every named step of an attempt: what was sealed is on disk, and nothing is paid for twice unless it was
told as in doubt."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.film import Film, make_film
from daemon.home import Home, sealed
from daemon.witness import Witness, witness
from faults.raw_provider import raw_provider, whole
from shotmill.errors import UnreachableError
from shotmill.takes.checkpoints import ATTEMPT_CHECKPOINTS, CHECKPOINTS, RECOVERY_CHECKPOINTS

BEATS = ("1.1", "1.2", "1.3")
# Steps of a take that replaces an earlier one, of an end without an image (both below), of other file formats and
# systems (in tests/takes), and of an answer that comes after the state folder is gone (test_kill_in_the_middle.py).
ELSEWHERE = (
    "store.earlier_kept",
    "store.earlier_removed",
    "publish.claimed",
    "attempt.told",
    "attempt.kept_in_project",
)
STEPS = [step for step in (*ATTEMPT_CHECKPOINTS, *CHECKPOINTS) if step not in ELSEWHERE]


@pytest.fixture(scope="module")
def jpegs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    """A provider that answers with JPEG, so that the bytes as received are kept too."""
    with witness(tmp_path_factory.mktemp("provider"), image="jpeg") as found:
        yield found


def _open_attempts(mill: Home) -> int:
    """Of a daemon that has ended."""
    with sqlite3.connect(mill.folders.database) as database:
        query = "SELECT count(*) FROM attempts WHERE state IN ('sending', 'received')"
        count: int = database.execute(query).fetchone()[0]
    database.close()
    return count


def _crash(mill: Home, film: Film, step: str) -> None:
    """Start the film in a daemon that dies at the step's second pass."""
    daemon = mill.start_daemon(SHOTMILL_CRASH_AT=f"{step}:2")
    mill.start(mill.open(film.root))
    assert daemon.ended() == -9


def _finish(mill: Home, film: Film, jpegs: Witness, style: str, before: set[str]) -> None:
    """Start again, and look whether the invariants held."""
    drawn_before = {beat: film.whole(style, beat) for beat in BEATS if film.image(style, beat).exists()}
    asked_before = jpegs.asked(style)
    daemon = mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["run"]["state"] == "finished", status["run"]
    assert status["styles"][style]["done"] == len(BEATS)
    images = film.all_whole(style, BEATS)
    for beat, image in drawn_before.items():
        assert images[beat] == image
        assert jpegs.asked(style)[f"{style} {beat}"] == asked_before[f"{style} {beat}"], "on disk and asked for again"
    assert before <= {take["attempt"] for take in film.journal("take")}, "a sealed answer was lost"
    doubts = Counter(f"{style} {end['beat']}" for end in film.journal("end") if end["fate"] == "in_doubt")
    for beat, billed in jpegs.billed(style).items():
        assert billed <= 1 + doubts[beat], f"{beat} was paid for again and never told as in doubt"
    assert not status["styles"][style]["in_doubt"]
    daemon.kill()
    assert _open_attempts(mill) == 0
    assert not sealed(mill), "a kept answer's copy stays in the spool"


@pytest.mark.parametrize("step", STEPS)
def test_killed_at(step: str, mill: Home, jpegs: Witness, tmp_path: Path) -> None:
    style = "ink-" + step.replace(".", "-")
    film = make_film(tmp_path / "film", jpegs.base_url, styles=(style,), beats=BEATS)
    _crash(mill, film, step)
    _finish(mill, film, jpegs, style, sealed(mill))


@pytest.mark.parametrize("step", RECOVERY_CHECKPOINTS)
def test_killed_again_while_recovering(step: str, mill: Home, jpegs: Witness, tmp_path: Path) -> None:
    style = "ink-" + step.replace(".", "-")
    film = make_film(tmp_path / "film", jpegs.base_url, styles=(style,), beats=BEATS)
    _crash(mill, film, "spool.sealed")
    before = sealed(mill)
    crashes = 0
    while _dies_while_opening(mill, film, step):
        crashes += 1
        assert crashes <= len(BEATS), "recovery does not get on"
        if step == "recovery.begun":
            break
    assert crashes or step == "recovery.doubted"  # the third request may not have left yet
    _finish(mill, film, jpegs, style, before)


def _dies_while_opening(mill: Home, film: Film, step: str) -> bool:
    daemon = mill.start_daemon(SHOTMILL_CRASH_AT=step)
    try:
        mill.open(film.root)
    except UnreachableError:
        assert daemon.ended() == -9
        return True
    daemon.kill()
    return False


@pytest.mark.parametrize("step", ["store.earlier_kept", "store.published"])
def test_killed_while_a_take_is_replaced(step: str, mill: Home, jpegs: Witness, tmp_path: Path) -> None:
    style = "ink-again-" + step.replace(".", "-")
    film = make_film(tmp_path / "film", jpegs.base_url, styles=(style,), beats=("1.1",))
    daemon = mill.start_daemon(SHOTMILL_CRASH_AT=step if step != "store.published" else f"{step}:2")
    mill.run_through(film.root)
    before = film.whole(style, "1.1")
    film.reword(style, "1.1", f"{style} style: Shot 1, Beat 1.1. At night")
    mill.asked_again[f"{style} 1.1"] = 1
    mill.start(mill.open(film.root), stale=True)
    assert daemon.ended() == -9
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"][style] | {"done": 1, "stale": 0, "in_doubt": 0} == status["styles"][style]
    assert film.whole(style, "1.1") != before
    kept = [(film.image(style, "1.1").parent / "takes" / name).read_bytes() for name in film.takes(style, "1.1")]
    assert before in kept
    assert jpegs.asked(style) == {f"{style} 1.1": 2}


def test_killed_with_a_late_answer_in_the_spool(mill: Home, provider: Witness, tmp_path: Path) -> None:
    """Told as in doubt by stop --now, then the answer came, was sealed, and the daemon died before it was published."""
    film = make_film(tmp_path / "film", provider.base_url, styles=("ink-late",), beats=BEATS,
                     settings="[generation]\nin_doubt_usd = 0")  # fmt: skip
    provider.hold(style="ink-late")
    daemon = mill.start_daemon(SHOTMILL_CRASH_AT="spool.sealed")
    project = mill.open(film.root)
    mill.start(project)
    provider.wait_for_held(3)
    mill.stop(project, now=True)
    provider.release()
    assert daemon.ended() == -9
    before = sealed(mill)
    assert before
    mill.start_daemon()
    project = mill.open(film.root)
    assert before <= {take["attempt"] for take in film.journal("take")}
    # Answers that were whole and not yet sealed are taken in too.
    assert mill.status(project)["styles"]["ink-late"]["done"] == len(film.journal("take"))


@pytest.mark.parametrize(
    ("answer", "fate", "stays"),
    [("prohibited", "blocked", False), ("unreadable", "unusable", True)],
)
@pytest.mark.parametrize("step", ["attempt.received", "attempt.told"])
def test_killed_around_an_end_without_an_image(
    mill: Home, tmp_path: Path, step: str, answer: str, fate: str, stays: bool
) -> None:
    """What the provider said is known: it is asked once, and what can't be read is kept, its money in doubt."""
    refusal = {"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]}
    body = json.dumps(refusal if answer == "prohibited" else {"candidates": 111}).encode()
    with raw_provider() as provider:
        provider.answers["Beat 1.1."] = whole(body)
        film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
        daemon = mill.start_daemon(SHOTMILL_CRASH_AT=step)
        mill.start(mill.open(film.root))
        assert daemon.ended() == -9
        assert sealed(mill), "the end is on record before the bytes go"
        daemon = mill.start_daemon()
        status = mill.run_through(film.root)
        daemon.kill()
        assert provider.asked["Beat 1.1."] == 1
    assert status["styles"]["ink"]["in_doubt"] == status["run"]["spent_usd"] == 0
    assert {end["fate"] for end in film.journal("end")} == {fate}
    assert (status["run"]["in_doubt_usd"] > 0) is stays
    if stays:
        assert sealed(mill)
