"""Trouble 2, it does not answer, and 7, "already in progress": a stopped daemon, a lost socket, another version,
a folder that is not ours, a run that nobody holds."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import aclosing
from pathlib import Path

from daemon.film import make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness
from doctor.patient import doctor, log_of
from shotmill.client.connection import DaemonConnection
from shotmill.client.link import LinkChanged, LinkState, OtherVersion, Reconnecting
from shotmill.daemon.socket_place import DaemonLock
from shotmill_tui.model.sentence import tell


def seen_by_a_screen(mill: Home, root: Path, kind: type[LinkState]) -> str:
    """Listen to the daemon as a screen does until the line is in that state; what its second line says a minute on."""

    async def listen() -> LinkState:
        async with asyncio.timeout(60), aclosing(DaemonConnection(mill.folders, root, {}, 0.5).updates()) as updates:
            async for update in updates:
                if isinstance(update, LinkChanged) and isinstance(update.state, kind):
                    return update.state
        raise AssertionError("news end by themselves")

    return tell(None, asyncio.run(listen()), time.time() + 60, None).long


def test_a_stopped_daemon_and_one_that_goes_on(mill: Home) -> None:
    daemon = mill.start_daemon()
    os.kill(daemon.pid, signal.SIGSTOP)
    check = doctor(mill, None)["daemon"]
    assert check["verdict"] == "broken"
    assert "stopped by a signal" in check["fact"]
    assert check["cure"] == f"kill -CONT {daemon.pid}"
    assert "it may be stopped" in seen_by_a_screen(mill, mill.path, Reconnecting)
    said = mill.folders.client_log.read_text()
    assert "did not answer" in said and "it may be stopped" in said
    assert mill.folders.client_log.stat().st_mode & 0o777 == 0o600
    os.kill(daemon.pid, signal.SIGCONT)
    assert doctor(mill, None)["daemon"]["verdict"] == "fine"


def test_a_socket_that_is_gone_is_told(mill: Home) -> None:
    """A real daemon binds it again within seconds (tests/daemon/test_daemon_life.py): this one only holds the lock."""
    held = DaemonLock(mill.folders.run)
    held.take()
    try:
        check = doctor(mill, None)["daemon"]
        assert check["verdict"] == "look"
        assert f"process {os.getpid()} runs, but its socket {mill.folders.socket} is gone" in check["fact"]
        assert str(mill.folders.socket) in seen_by_a_screen(mill, mill.path, Reconnecting)
        said = mill.folders.client_log.read_text()
        assert f"The daemon runs, but its socket does not answer: {mill.folders.socket}" in said
    finally:
        held.release()


def test_a_folder_that_others_may_write(mill: Home, tmp_path: Path) -> None:
    mill.start_daemon()
    folder = mill.folders.socket.parent
    folder.chmod(0o777)
    checks = doctor(mill, None)
    assert checks["socket"]["verdict"] == checks["daemon"]["verdict"] == "broken"
    assert checks["socket"]["cure"] == f"chmod 700 {folder}"
    assert mill.command("status", str(make_film(tmp_path / "film", "").root)).returncode == 6
    seen = seen_by_a_screen(mill, mill.path, Reconnecting)
    assert f"may be written by others: {folder}. chmod 700 {folder}" in seen
    lines = mill.folders.client_log.read_text().splitlines()
    assert len(lines) == 2  # of the command, and of the screen
    assert all(f"may be written by others: {folder}  → chmod 700 {folder}" in line for line in lines)
    folder.chmod(0o700)
    assert doctor(mill, None)["socket"]["verdict"] == "fine"


def test_a_daemon_of_another_version(mill: Home, tmp_path: Path) -> None:
    package = tmp_path / "older"
    package.mkdir()
    (package / "sitecustomize.py").write_text("import shotmill\nshotmill.__version__ = '0.0.9'\n")
    mill.spawn_daemon(PYTHONPATH=f"{package}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    check = doctor(mill, None)["daemon"]
    assert check["verdict"] == "look"
    assert "0.0.9" in check["fact"]
    assert "shotmill daemon restart" in check["cure"]
    film = make_film(tmp_path / "film", "")
    seen_by_a_screen(mill, film.root, OtherVersion)
    assert mill.command("start", str(film.root)).returncode == 2
    lines = mill.folders.client_log.read_text().splitlines()
    assert len(lines) == 2
    assert all("The daemon that runs is 0.0.9" in line and "shotmill daemon restart" in line for line in lines)


def test_a_run_that_nobody_holds_is_told_and_healed(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    daemon = mill.start_daemon()
    run_with_out(mill, provider, film.root, 1)
    assert doctor(mill, film.root)["lock"]["fact"].startswith("held by your daemon")
    again = mill.command("start", str(film.root))
    assert again.returncode == 0
    daemon.kill()

    checks = doctor(mill, film.root)
    assert checks["daemon"]["verdict"] == "look"
    assert "ended without order" in checks["daemon"]["fact"]
    assert "interrupted" in checks["run"]["fact"]
    assert checks["run"]["cure"].startswith("shotmill start")
    assert checks["lock"]["verdict"] == "fine"
    assert "the daemon ended while it ran" in mill.command("status", str(film.root)).stdout

    provider.faults()
    mill.start_daemon()
    project = mill.open(film.root)
    mill.doubt(project, "retry")
    mill.start(project)
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 1
    assert doctor(mill, film.root)["run"]["fact"].startswith("finished")
    assert "interrupted earlier" in log_of(mill, film.root)
    assert "ended without order" in mill.folders.daemon_log.read_text()


def test_a_project_that_another_home_draws(mill: Home, tmp_path: Path) -> None:
    from shotmill.daemon.project_lock import ProjectLock

    film = make_film(tmp_path / "film", "")
    (film.root / ".shotmill").mkdir()
    lock = ProjectLock(film.root / ".shotmill" / "lock")
    lock.take()
    try:
        check = doctor(mill, film.root)["lock"]
        assert check["verdict"] == "look"
        assert f"process {os.getpid()}" in check["fact"]
        assert mill.command("reset", "--progress", "--yes", str(film.root)).returncode in (0, 2)
        mill.start_daemon()
        assert mill.command("start", str(film.root)).returncode == 5
        assert "not started: another daemon" in log_of(mill, film.root)
    finally:
        lock.release()
    until(lambda: doctor(mill, film.root)["lock"]["verdict"] == "fine", "a free lock")
