"""A daemon that dies can't say so: the next one does, in its own log and in that of each project that was drawn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from daemon.film import make_film
from daemon.home import Home, run_with_out
from daemon.stream import stream
from daemon.waiting import until
from daemon.witness import Witness
from daemon.workshop_inside import Answering, kill, opened, workshop_in
from daemon.workshop_inside import until as until_then
from shotmill.daemon.crashes import Crashes, LastLife
from shotmill.daemon.opening import INTERRUPTED
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options

TOLD = "the daemon died without goodbye after "
DAY_S = 86_400.0


def on_the_floor(mill: Home, root: Path) -> list[dict[str, Any]]:
    """The lines of a life without goodbye, in the log that a screen shows."""
    with stream(mill.folders.socket, f"?project={mill.open(root)}") as news:
        picture = news.next()
    assert picture is not None
    return [line for line in picture.data["log"] if TOLD in line["text"]]


def test_a_life_without_an_end_is_known_by_its_last_word(tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    log.touch()
    os.utime(log, (5000.0, 5000.0))
    crashes = Crashes(tmp_path)
    assert crashes.last_life([log]) is None
    crashes.begin(1000.0)
    assert crashes.last_life([log, tmp_path / "nothing"]) == LastLife(1000.0, 5000.0)
    crashes.begin(9000.0)
    assert crashes.last_life([log]) == LastLife(9000.0, 9000.0)
    crashes.begin(9001.0)
    crashes.refused()  # it could not begin: the one before it did, and died
    assert crashes.last_life([]) == LastLife(9000.0, 9000.0)
    crashes.end()
    assert crashes.last_life([log]) is None


def test_a_start_that_was_refused_is_no_life(mill: Home) -> None:
    mill.write_keys(text="no keys [[[")
    assert mill.command("daemon", "start").returncode != 0
    until(lambda: not mill.daemon_pid(), "the end of the daemon that said why it can't start")
    mill.write_keys("anna")
    mill.start_daemon()
    assert TOLD not in mill.folders.daemon_log.read_text()


def test_it_says_when_and_why() -> None:
    said = LastLife(1_000_000.0, 1_000_000.0 + 2 * DAY_S).told(1_000_000.0 + 3 * DAY_S)
    assert said.startswith(TOLD)
    assert "killed, crashed, or the machine went down; it began" in said


def test_the_next_life_tells_of_it_in_the_logs_that_people_read(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    daemon = mill.start_daemon()
    run_with_out(mill, provider, film.root, 1)
    daemon.kill()
    starts = mill.folders.run / "starts.json"
    starts.write_text("[1000.0]")  # a life that began long ago is told of as well

    second = mill.start_daemon()
    lines = on_the_floor(mill, film.root)
    assert len(lines) == 1
    assert lines[0]["level"] == "warning"
    assert "it began" in lines[0]["text"] and "the run was interrupted there" in lines[0]["text"]
    assert TOLD in mill.folders.daemon_log.read_text()
    until(lambda: TOLD in (film.root / ".shotmill" / "log.jsonl").read_text(), "the line on the disk")
    second.kill()

    mill.start_daemon()  # who looks again is not told again
    assert len(on_the_floor(mill, film.root)) == 1


async def test_a_death_in_another_home_is_not_told_of_this_ones_life(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=["1.1"])
    silent = Answering(b"")
    silent.before = [None]
    async with workshop_in(tmp_path / "there", silent) as theirs:
        await start(theirs, await opened(theirs, film), Options())
        await until_then(lambda: silent.asked)
        await kill(theirs)
    for home, who in (("here", "the daemon of then ended before it: "), ("there", TOLD)):
        (film.root / ".shotmill" / "log.jsonl").unlink()
        async with workshop_in(tmp_path / home, Answering(b"")) as workshop:
            workshop.last_life = LastLife(1000.0, 2000.0)
            project = await opened(workshop, film)
            (told,) = [line["text"] for line in project.log.recent() if INTERRUPTED in line["text"]]
        assert told.startswith(who)


def test_a_run_that_ended_is_not_told_of(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    daemon = mill.start_daemon()
    mill.run_through(film.root)
    until(lambda: film.journal("run")[-1]["state"] == "finished", "the run's end in the journal")
    daemon.kill()
    mill.start_daemon()
    assert not on_the_floor(mill, film.root)
