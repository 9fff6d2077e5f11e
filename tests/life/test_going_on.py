"""Runs go on after `daemon restart` and under a service manager, as they were asked for; never by themselves else."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from daemon.film import Film, make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness, secret
from shotmill.client import spawn
from shotmill.daemon import handover
from shotmill.daemon.socket_place import DaemonSocket
from shotmill.errors import UnreachableError
from shotmill_tui.cli import daemon
from shotmill_tui.cli.terminal import Terminal

BEATS = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")
TWO = "rpm = 100000\nrpd = 100000\nin_flight = 2"


def film_of_six(root: Path, provider: Witness, settings: str = "") -> Film:
    return make_film(root, provider.base_url, beats=BEATS, limits=TWO, settings=settings)


def two_of_six(mill: Home, provider: Witness, film: Film, **options: object) -> str:
    """A run whose first two images are drawn; the next two are out until the provider lets go. The project's id."""
    provider.faults(*({"match": {"beat": beat}, "do": "hold", "times": 1} for beat in ("1.3", "1.4")))
    project = mill.open(film.root)
    mill.start(project, **options)
    until(lambda: len(film.journal("take")) == 2 and len(film.journal("intent")) == 4, "two drawn, two out")
    provider.wait_for_held(2)
    return project


def land(mill: Home, provider: Witness) -> None:
    """What is out comes once the daemon drains, and not before."""
    until(lambda: mill.ask("GET", "/v1/daemon")["state"] == "draining", "draining")
    provider.release()


def drawn(film: Film) -> list[str]:
    return sorted({str(take["beat"]) for take in film.journal("take")})


def test_a_restart_drains_and_goes_on_with_what_was_asked_for(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = film_of_six(tmp_path / "film", provider)
    canary = secret("anna")
    mill.write_keys(text='[keys.anna]\nenv = "ANNA_SECRET"\nquota_project = "film-1"\nrpm = 100000\nrpd = 100000\n')
    old = mill.start_daemon()
    mill.ask("PUT", "/v1/environment", {"keys": {"ANNA_SECRET": canary}})
    two_of_six(mill, provider, film, limit=5)
    with ThreadPoolExecutor(1) as typing:
        typed = typing.submit(mill.command, "daemon", "restart")
        land(mill, provider)
        restarted = typed.result()
    assert restarted.returncode == 0, restarted.stderr
    assert "goes on" in restarted.stderr
    assert old.ended() == 0
    assert mill.daemon_pid() not in (0, old.pid)
    status = mill.wait_for_end(mill.open(film.root))
    assert (status["run"]["state"], status["styles"]["ink"]["done"]) == ("finished", 5)
    assert drawn(film) == list(BEATS[:5]), "five were asked for, and not five more"
    assert set(provider.asked("ink").values()) == {1}
    assert not film.journal("end"), "nothing is in doubt"
    assert not (mill.folders.run / handover.NAME).exists()
    for path in mill.path.rglob("*"):
        assert not path.is_file() or canary.encode() not in path.read_bytes(), path


def test_a_restart_at_once_goes_on_within_the_runs_allowance(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = film_of_six(tmp_path / "film", provider, "[generation]\nin_doubt_usd = 0.04")  # one image, not two
    mill.start_daemon()
    two_of_six(mill, provider, film)
    restarted = mill.command("daemon", "restart", "--now")
    assert restarted.returncode == 0, restarted.stderr
    status = mill.wait_for_end(mill.open(film.root))
    assert (status["styles"]["ink"]["done"], status["styles"]["ink"]["in_doubt"]) == (5, 1)


def test_a_run_that_was_stopped_does_not_go_on(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = film_of_six(tmp_path / "film", provider)
    mill.start_daemon()
    project = two_of_six(mill, provider, film)
    mill.stop(project)
    provider.release()
    assert mill.command("daemon", "restart").returncode == 0
    status = mill.status(mill.open(film.root))
    assert (status["run"]["state"], status["styles"]["ink"]["done"]) == ("stopped", 4)


def interrupted(mill: Home, provider: Witness, film: Film) -> None:
    """kill -9 with two images out."""
    daemon = mill.start_daemon()
    two_of_six(mill, provider, film)
    daemon.kill()


def test_a_person_who_starts_a_daemon_starts_no_run(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = film_of_six(tmp_path / "film", provider)
    interrupted(mill, provider, film)
    asked = film.journal("intent")
    mill.start_daemon()
    status = mill.status(mill.open(film.root))
    assert (status["run"]["state"], status["run"]["reason"]) == ("stopped", "interrupted")
    assert film.journal("intent") == asked


class Manager:
    """Where a service manager listens to its service."""

    def __init__(self, path: Path) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(path))
        self.line.settimeout(60)
        self.environ = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "400000", "INVOCATION_ID": "f00"}

    def heard(self, word: str) -> list[str]:
        """All lines until one that begins so."""
        lines: list[str] = []
        while not any(line.startswith(word) for line in lines):
            lines += self.line.recv(4096).decode().splitlines()
        return lines


@contextmanager
def managed(mill: Home) -> Iterator[Manager]:
    manager = Manager(mill.path / "notify")
    try:
        yield manager
    finally:
        manager.line.close()


def test_a_service_manager_is_told_and_brings_runs_back(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = film_of_six(tmp_path / "film", provider)
    interrupted(mill, provider, film)
    with managed(mill) as manager:
        daemon = mill.start_daemon(**manager.environ)
        assert manager.heard("READY=1")[0] == "READY=1"
        manager.heard("WATCHDOG=1")
        manager.heard("WATCHDOG=1")
        status = mill.wait_for(
            mill.open(film.root), lambda status: status["run"]["state"] == "finished", "the end of the run"
        )
        assert status["styles"]["ink"]["done"] == 6
        daemon.signal(signal.SIGTERM)
        assert any(line.startswith("STATUS=") for line in manager.heard("STOPPING=1"))
        assert daemon.ended() == 0


def test_what_a_service_manager_ends_it_goes_on_with_later(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = film_of_six(tmp_path / "film", provider)
    with managed(mill) as manager:
        daemon = mill.start_daemon(**manager.environ)
        two_of_six(mill, provider, film)
        daemon.signal(signal.SIGTERM)  # the machine goes down
        land(mill, provider)
        assert daemon.ended() == 0
        mill.start_daemon(**manager.environ)
        mill.wait_for(mill.open(film.root), lambda status: status["styles"]["ink"]["done"] == 6, "all six")
    assert set(provider.asked("ink").values()) == {1}


def test_one_that_dies_again_and_again_buys_nothing_for_a_while(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = film_of_six(tmp_path / "film", provider)
    with managed(mill) as manager:
        interrupted(mill, provider, film)
        for _ in range(2):
            mill.start_daemon(**manager.environ).kill()
        before = film.journal("intent")
        mill.start_daemon(**manager.environ)
        project = mill.open(film.root)
        status = mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "waiting")
        assert "fault of the daemon" in status["run"]["reason"]
        assert status["run"]["waiting_until"]
        assert film.journal("intent") == before
        mill.stop(project)
        assert mill.wait_for_end(project)["run"]["state"] == "stopped"


def test_a_handover_is_read_once_by_its_user_and_not_for_long(tmp_path: Path) -> None:
    left = handover.Handover({"GEMINI_API_KEY": "AIza-canary"})
    handover.leave(tmp_path, left, 1000.0)
    assert (tmp_path / handover.NAME).stat().st_mode & 0o777 == 0o600
    assert handover.take(tmp_path, 1001.0) == left
    assert handover.take(tmp_path, 1002.0) is None
    handover.leave(tmp_path, left, 1000.0)
    assert handover.take(tmp_path, 1000.0 + handover.GOOD_FOR_S + 1) is None
    assert not (tmp_path / handover.NAME).exists()
    handover.leave(tmp_path, left, 1000.0)
    (tmp_path / handover.NAME).chmod(0o644)
    assert handover.take(tmp_path, 1001.0) is None
    (tmp_path / "elsewhere").write_text('{"at": 1000, "keys": {"A": "b"}}')
    (tmp_path / handover.NAME).symlink_to(tmp_path / "elsewhere")
    assert handover.take(tmp_path, 1001.0) is None
    os.unlink(tmp_path / handover.NAME)  # noqa: PTH108
    os.mkfifo(tmp_path / handover.NAME)
    assert handover.take(tmp_path, 1001.0) is None


def test_keys_for_a_successor_that_does_not_come_do_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_successor(*_: object) -> None:
        assert (tmp_path / "state" / "run" / handover.NAME).exists()
        raise UnreachableError("the daemon did not start", cure="")

    def stopped(*_: object) -> dict[str, object]:
        handover.leave(tmp_path / "state" / "run", handover.Handover({"GEMINI_API_KEY": "AIza-canary"}), 1000.0)
        return {"goes_on": True}

    monkeypatch.setenv("SHOTMILL_HOME", str(tmp_path))
    (tmp_path / "state" / "run").mkdir(parents=True)
    monkeypatch.setattr(spawn, "ensure_daemon", no_successor)
    monkeypatch.setattr(daemon, "stop_daemon", stopped)
    with pytest.raises(UnreachableError):
        daemon._restart(Namespace(now=False), cast(Terminal, None))
    assert not (tmp_path / "state" / "run" / handover.NAME).exists()


def test_a_socket_is_its_users_alone_and_no_umask_changes_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_umask(_: int) -> int:
        raise AssertionError("a umask is every thread's")

    monkeypatch.setattr(os, "umask", no_umask)
    place = DaemonSocket(tmp_path / "run" / "d.sock")
    with place.bind():
        assert place.path.stat().st_mode & 0o777 == 0o600
        assert place.path.parent.stat().st_mode & 0o777 == 0o700
        assert place.still_there() and [path.name for path in place.path.parent.iterdir()] == ["d.sock"]
    place.remove()


def runs_noted(mill: Home) -> int:
    """Of a daemon that has ended."""
    with sqlite3.connect(mill.folders.database) as database:
        count = database.execute("SELECT count(*) FROM runs").fetchone()[0]
    database.close()
    return int(count)


def test_a_run_that_ended_is_not_noted_any_more(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    daemon = mill.start_daemon()
    mill.run_through(film.root)
    mill.ask("POST", "/v1/daemon/stop")
    assert daemon.ended() == 0
    assert runs_noted(mill) == 0
