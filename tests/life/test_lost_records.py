"""A damaged database under a project that was half drawn, and a state folder that goes away under the daemon."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any

from daemon.film import Film, make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from shotmill.engine.offline import offline_status

BEATS = ("1.1", "1.2", "1.3", "1.4")


def half_drawn(mill: Home, provider: Witness, film: Film, rpm: int = 100_000) -> None:
    """Two drawn, two out, kill -9, and a database that is garbage."""
    provider.faults(*({"match": {"beat": beat}, "do": "hold", "times": 1} for beat in ("1.3", "1.4")))
    daemon = mill.start_daemon()
    mill.start(mill.open(film.root))
    until(lambda: len(film.journal("take")) == 2 and len(film.journal("intent")) == 4, "two drawn, two out")
    provider.wait_for_held(2)
    daemon.kill()
    mill.folders.database.write_bytes(b"\x00garbage" * 5000)


def counted(mill: Home) -> int:
    """Requests that count against quotas, by the database; its daemon is killed for that."""
    os.kill(mill.daemon_pid(), signal.SIGKILL)
    until(lambda: not mill.daemon_pid(), "the end of the daemon")
    with sqlite3.connect(mill.folders.database) as database:
        count = database.execute("SELECT count(*) FROM sends WHERE quota_project = 'film-1'").fetchone()[0]
    database.close()
    return int(count)


def test_a_damaged_database_is_rebuilt_from_backup_and_journal(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS, settings="[generation]\nin_doubt_usd = 0")
    half_drawn(mill, provider, film)
    mill.start_daemon()
    (kept,) = (path for path in mill.folders.state.glob("shotmill.db.corrupt-*") if not path.name.endswith("-wal"))
    assert kept.read_bytes().startswith(b"\x00garbage")
    project = mill.open(film.root)
    status = mill.status(project)
    assert (status["styles"]["ink"]["done"], status["styles"]["ink"]["in_doubt"]) == (2, 2)
    asked = provider.asked("ink")
    mill.doubt(project, "retry")
    mill.wait_for_end(project)
    film.all_whole("ink", BEATS)
    assert provider.asked("ink")["ink 1.1"] == asked["ink 1.1"] == 1
    assert counted(mill) == 6, "what was sent counts, whatever the database knew"


def test_without_a_backup_a_minute_passes_before_anything_is_sent(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS, settings="[generation]\nin_doubt_usd = 0")
    half_drawn(mill, provider, film)
    shutil.rmtree(mill.folders.state / "backup")
    mill.start_daemon()
    project = mill.open(film.root)
    seen = film.journal("intent")
    mill.doubt(project, "retry")
    status = mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "waiting")
    assert status["run"]["waiting_until"]
    assert film.journal("intent") == seen
    mill.stop(project)
    mill.wait_for_end(project)
    assert counted(mill) == 4


def test_a_lost_state_folder_costs_nothing_that_was_drawn(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS, settings="[generation]\nin_doubt_usd = 0")
    half_drawn(mill, provider, film)
    shutil.rmtree(mill.folders.state)
    mill.start_daemon()
    project = mill.open(film.root)
    status = mill.status(project)
    assert (status["styles"]["ink"]["done"], status["styles"]["ink"]["in_doubt"]) == (2, 2)
    assert counted(mill) == 4


def test_a_state_folder_that_goes_away_ends_the_daemon(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS, limits="rpm = 1\nrpd = 100000")
    daemon = mill.start_daemon()
    mill.write_keys("anna", rpm=1)
    project = mill.open(film.root)
    mill.start(project)
    until(lambda: film.journal("take"), "an image")
    shutil.rmtree(mill.folders.run)
    assert daemon.ended() == 74
    assert len(film.journal("intent")) == 1, "nothing more was bought"
    log = (film.root / ".shotmill" / "log.jsonl").read_text()
    assert any("state folder was deleted" in json.loads(line)["text"] for line in log.splitlines())
    assert not mill.folders.socket.exists(), "nobody's folder is made again"
    for status in (offline_status(film.root), said_by_the_next(mill, film)):
        run = status["run"]
        assert (run["state"], run["code"]) == ("stopped", "state_gone"), "nobody asked for it"
        assert "state folder was deleted" in run["reason"] and run["cure"].startswith("put")
        assert (status["styles"]["ink"]["done"], status["styles"]["ink"]["in_doubt"]) == (1, 0)


def said_by_the_next(mill: Home, film: Film) -> dict[str, Any]:
    mill.start_daemon()
    return mill.status(mill.open(film.root))


DYING = """
import shotmill.ledger.ledger as ledger
def dies(db, intent):
    raise SystemExit("no memory")
ledger._intend = dies
"""


def test_a_writer_that_dies_ends_the_daemon_with_its_reason(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    (tmp_path / "sitecustomize.py").write_text(DYING)
    daemon = mill.spawn_daemon(PYTHONPATH=str(tmp_path))
    mill.start(mill.open(film.root))
    assert daemon.ended() == 70
    assert provider.requests() == 0
    assert "database's writer died: SystemExit: no memory" in mill.folders.daemon_log.read_text()
    mill.start_daemon()
    assert mill.run_through(film.root)["run"]["state"] == "finished"
