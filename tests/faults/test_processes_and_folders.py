"""What happens to the daemon's process and to the folders under it: killed while it recovers, stopped, moved, deleted,
its program replaced, its output and its log gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import PIL
import pytest

import shotmill
from daemon.film import Film, make_film
from daemon.home import Home, run_with_out, sealed
from daemon.waiting import until
from daemon.witness import Witness
from faults.invariants import Canary, answers_or_is_gone
from shotmill.errors import UnreachableError
from shotmill.takes.checkpoints import RECOVERY_CHECKPOINTS

BEATS = ("1.1", "1.2", "1.3")
TIMES = 5


def test_killed_five_times_while_recovering(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    daemon = mill.start_daemon(SHOTMILL_CRASH_AT="spool.sealed:2")
    mill.start(mill.open(film.root))
    assert daemon.ended() == -9
    before = sealed(mill)
    assert before
    for number in range(TIMES):
        step = RECOVERY_CHECKPOINTS[0] if number % 2 else RECOVERY_CHECKPOINTS[1]
        daemon = mill.start_daemon(SHOTMILL_CRASH_AT=step)
        try:
            mill.open(film.root)
            daemon.kill()  # there was nothing left for that step
        except UnreachableError:
            assert daemon.ended() == -9
    mill.start_daemon()
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 3
    film.all_whole("ink", BEATS)
    assert not list(mill.folders.spool.glob("*.part")), "nothing is left behind"


@pytest.mark.faults
def test_suspended_with_images_out(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    """SIGSTOP is what a suspended machine looks like from outside; the answers come meanwhile."""
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    daemon = mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 3)
    daemon.signal(signal.SIGSTOP)
    provider.release()
    until(lambda: len(provider.sightings()) == 3, "three answers")
    said = mill.command("daemon", "status")
    assert said.returncode != 0 or "answer" in (said.stdout + said.stderr)
    assert "answer" in said.stdout + said.stderr, said
    assert "Traceback" not in said.stderr
    assert mill.daemon_pid() == daemon.pid, "it is alive, and nobody starts a second one"
    daemon.signal(signal.SIGCONT)
    status = mill.wait_for_end(project)
    assert status["styles"]["ink"] | {"done": 3, "in_doubt": 0} == status["styles"]["ink"]
    assert set(provider.asked().values()) == {1}


@pytest.mark.faults
def test_a_project_that_is_moved_under_its_run(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 3)
    moved = Film(film.root.rename(tmp_path / "moved"))
    provider.release()
    until(lambda: provider.requests() == 3, "three answers")
    mill.wait_for(project, lambda status: status["for_you"], "a word about the folder that is gone")
    assert not film.root.exists(), "the folder is not made again"
    mill.ask("POST", "/v1/daemon/stop", {"now": True})
    until(lambda: not mill.daemon_pid(), "the end")
    mill.start_daemon()
    status = mill.run_through(moved.root)
    assert status["styles"]["ink"] | {"done": 3, "in_doubt": 0} == status["styles"]["ink"]
    assert set(provider.asked().values()) == {1}


@pytest.mark.faults
def test_a_project_that_is_deleted_under_its_run(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 3)
    kept = tmp_path / "copy"
    shutil.copytree(film.root, kept)
    shutil.rmtree(film.root)
    provider.release()
    until(lambda: provider.requests() == 3, "three answers")
    until(lambda: len(sealed(mill)) == 3, "three answers in the spool")
    mill.wait_for(project, lambda status: status["for_you"], "a word about the folder that is gone")
    answers_or_is_gone(mill)
    kept.rename(film.root)  # the person finds it again
    status = mill.wait_for_end(project)
    assert status["styles"]["ink"]["done"] == 3
    assert set(provider.asked().values()) == {1}


def test_prompts_that_change_under_a_run(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS, limits="rpm = 100000\nin_flight = 1")
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 1)
    path = film.root / "prompts" / "prompts-ink.json"
    path.write_text(path.read_text().replace("rain", "snow"))
    provider.release()
    status = mill.wait_for_end(project)
    assert status["styles"]["ink"]["done"] == 3
    shas = {one["prompt_sha256"] for one in provider.sightings()}
    project = mill.open(film.root)
    assert mill.status(project)["styles"]["ink"]["stale"] == 3, "the words on disk are others than those drawn"
    path.unlink()
    answers_or_is_gone(mill)
    assert len(shas) == 3


@pytest.mark.faults
def test_a_state_folder_that_is_deleted(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS, settings="[generation]\nin_doubt_usd = 0")
    daemon = mill.start_daemon()
    run_with_out(mill, provider, film.root, 3)
    shutil.rmtree(mill.folders.state, ignore_errors=True)
    provider.release()
    assert daemon.ended() == 74
    assert provider.arrived() == 3, "nothing more was bought"
    mill.start_daemon()
    project = mill.open(film.root)
    counts = mill.status(project)["styles"]["ink"]
    assert counts["done"] + counts["in_doubt"] == 3, "what was out is on disk or told"


@pytest.mark.faults
def test_output_that_is_closed_and_readers_that_go(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    daemon = mill.spawn_daemon("sh", "-c", 'exec "$@" <&- >&- 2>&-', "closed")
    daemon.signal(signal.SIGPIPE)
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 3
    for path in (film.root, mill.path):
        for file in path.rglob("*.png"):
            assert file.read_bytes().startswith(b"\x89PNG"), "a log line went into a file that was opened as 1 or 2"


@pytest.mark.faults
def test_a_log_that_is_deleted_or_cannot_be_written(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    daemon = mill.start_daemon()
    mill.folders.daemon_log.unlink()
    mill.folders.daemon_log.mkdir()
    log = film.root / ".shotmill" / "log.jsonl"
    log.mkdir(parents=True)
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 3
    mill.folders.daemon_log.rmdir()
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert "ended with 0" in mill.folders.daemon_log.read_text(), "it is made again"
    log.rmdir()


@pytest.mark.faults
def test_a_program_that_is_replaced_under_its_daemon(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    """An upgrade in place takes away the files of the version that runs: all that it needs has to be loaded."""
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    copy = tmp_path / "installed"
    for source in (
        Path(shotmill.__file__).parent,
        Path(PIL.__file__).parent,
        Path(PIL.__file__).parents[1] / "pillow.libs",
    ):
        if source.is_dir():  # a Pillow that was built here needs no libraries of its own
            shutil.copytree(source, copy / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    rest = mill.environ.get("PYTHONPATH", "")
    daemon = mill.spawn_daemon(PYTHONPATH=os.pathsep.join([str(copy), *([rest] if rest else [])]))
    until(lambda: "every module is loaded" in mill.folders.daemon_log.read_text(), "all that it needs")
    shutil.rmtree(copy)
    provider.faults(
        {"match": {"beat": "1.2"}, "do": "503-high-demand", "times": 1},
        {"match": {"beat": "1.3"}, "do": "wrong_mime", "times": 1},
    )
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 3
    mill.ask("POST", "/v1/projects/" + mill.open(film.root) + "/doubt", {"do": "list"})
    mill.ask("GET", "/v1/status")
    mill.ask("POST", "/v1/keys/test", {"path": str(film.root)})
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    log = mill.folders.daemon_log.read_text()
    assert "ModuleNotFoundError" not in log
    assert "Traceback" not in log


@pytest.mark.faults
def test_images_stay_whole_when_it_is_killed_for_memory(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    """The kernel's own kill, in a group of processes with little memory."""
    group = Path("/sys/fs/cgroup/memory") / f"shotmill-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(64 << 20))
    except OSError:
        pytest.skip("no group of processes with a limit can be made here")
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    try:
        daemon = mill.start_daemon()
        project = run_with_out(mill, provider, film.root, 3)
        assert project
        (group / "cgroup.procs").write_text(str(daemon.pid))
        hog = "x = bytearray(); \nwhile True: x += bytes(1 << 20)"
        code = f"import os; open('{group}/cgroup.procs', 'w').write(str(os.getpid()))\n{hog}"
        (Path(f"/proc/{daemon.pid}/oom_score_adj")).write_text("1000")
        hogs = subprocess.Popen([sys.executable, "-c", code])
        try:
            assert daemon.ended() in (-9, -6)
        finally:
            hogs.kill()
            hogs.wait()
        provider.release()
        mill.start_daemon()
        assert mill.run_through(film.root)["styles"]["ink"]["done"] == 3
    finally:
        mill.close()
        group.rmdir()
