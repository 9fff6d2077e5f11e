"""From the first moment: one daemon, an answer before everything is loaded, no request lost, no key in sight."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon.home import Home
from daemon.waiting import until
from life.unwaited import launched, state_of
from shotmill.client import lock

HELD_IMPORT = """
import os, sys, time, importlib.abc
class Held(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        while name == "aiohttp" and os.path.exists(os.path.dirname(__file__)):
            time.sleep(0.01)
        return None
sys.meta_path.insert(0, Held())
"""


@contextmanager
def still_loading(mill: Home) -> Iterator[Path]:
    """A daemon that answers, and whose heavy imports take until that folder is gone."""
    folder = mill.path / "held"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HELD_IMPORT)
    with launched(mill, PYTHONPATH=str(folder)):
        assert until(lambda: state_of(mill), "a first answer") == "starting"
        yield folder


def line_to(mill: Home, words: bytes) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(60)
    line.connect(str(mill.folders.socket))
    line.sendall(words)
    return line


def answer_on(line: socket.socket) -> bytes:
    with line:
        said = b""
        while part := line.recv(65536):
            said += part
    return said


def test_it_answers_while_it_still_loads_and_loses_no_request(mill: Home) -> None:
    with still_loading(mill) as folder:
        early = [line_to(mill, b"GET /v1/status HTTP/1.0\r\nHost: x\r\n\r\n") for _ in range(6)]
        keys = b'PUT /v1/environment HTTP/1.0\r\nHost: x\r\nContent-Length: 12\r\n\r\n{"keys": {}}'
        early += [line_to(mill, keys) for _ in range(6)]
        assert state_of(mill) == "starting"  # answered after them, they have been met
        shutil.rmtree(folder)
        answers = [json.loads(answer_on(line).partition(b"\r\n\r\n")[2]) for line in early]
        assert answers[:6] == [{"projects": []}] * 6
        assert answers[6:] == [{"keys": 0}] * 6
        assert state_of(mill) == "ready"


def test_half_a_question_while_it_loads_is_answered_when_it_is_whole(mill: Home) -> None:
    with still_loading(mill) as folder:
        line = line_to(mill, b"GET /v1/dae")
        assert state_of(mill) == "starting"
        shutil.rmtree(folder)
        until(lambda: state_of(mill) == "ready", "ready")
        line.sendall(b"mon HTTP/1.0\r\nHost: x\r\n\r\n")
        assert b'"state": "ready"' in answer_on(line)


def test_of_many_started_at_once_one_lives(mill: Home) -> None:
    with launched(mill, count=8) as processes:
        until(lambda: state_of(mill) == "ready", "a daemon")
        until(lambda: sum(process.poll() is None for process in processes) == 1, "one that is left")
        codes = sorted(process.returncode for process in processes if process.poll() is not None)
        assert codes == [75] * 7
        assert mill.daemon_pid() in {process.pid for process in processes if process.poll() is None}


def _environ_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def children_of(pid: int) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(process.name))
    return found


@pytest.mark.skipif(os.getuid() != 0, reason="what is looked into is closed to its own user")
def test_a_key_in_the_environment_reaches_neither_proc_nor_a_child(mill: Home, tmp_path: Path) -> None:
    canary = "AIzaCANARYinTheEnvironment0123456789"
    daemon = mill.spawn_daemon(GEMINI_API_KEY=canary, OTHER_TOKEN="canary-token")
    assert canary.encode() not in _environ_of(daemon.pid)
    assert b"canary-token" not in _environ_of(daemon.pid)
    found = mill.ask("POST", "/v1/keys/test", {"name": "env"}, timeout=60)
    assert [key["masked"] for key in found["keys"]] == ["…6789"], "though the daemon has it"
    command = [str(Path(sys.executable).with_name("shotmill")), "demo", str(tmp_path / "demo"), "--headless"]
    null, environ = subprocess.DEVNULL, {**mill.environ, "GEMINI_API_KEY": canary}
    with subprocess.Popen(command, env=environ, stdin=null, stdout=null, stderr=null) as demo:
        emulators = until(lambda: children_of(daemon.pid), "the daemon's emulator")
        for pid in (daemon.pid, *emulators):
            assert canary.encode() not in _environ_of(pid) + Path(f"/proc/{pid}/cmdline").read_bytes()
        demo.kill()
    for path in mill.path.rglob("*"):
        if path.is_file():
            assert canary.encode() not in path.read_bytes(), path


def test_nobody_looks_into_it_and_it_leaves_no_core(mill: Home) -> None:
    daemon = mill.spawn_daemon()
    limits = Path(f"/proc/{daemon.pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    probe = "import ctypes,sys; sys.exit(ctypes.CDLL(None).ptrace(16, int(sys.argv[1]), 0, 0) != 0)"
    if os.getuid() != 0:
        assert subprocess.run([sys.executable, "-c", probe, str(daemon.pid)], check=False).returncode == 1


def test_an_orderly_end_leaves_no_name_and_no_socket(mill: Home) -> None:
    daemon = mill.start_daemon()
    path = mill.folders.run / "daemon.lock"
    assert path.read_text().strip() == str(daemon.pid)
    mill.ask("POST", "/v1/daemon/stop")
    assert daemon.ended() == 0
    assert path.read_text() == ""
    assert not lock.is_held(path)
    assert not mill.folders.socket.exists()
    status = json.loads(mill.command("daemon", "status", "--json").stdout)
    assert status["running"] is False


def test_a_newer_database_is_told_to_whoever_starts_it(mill: Home) -> None:
    import sqlite3

    daemon = mill.start_daemon()
    mill.ask("POST", "/v1/daemon/stop")
    assert daemon.ended() == 0
    with sqlite3.connect(mill.folders.database) as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    before = mill.folders.database.read_bytes()
    told = mill.command("daemon", "start")
    assert told.returncode == 6
    assert "newer Shotmill" in told.stderr
    assert "install the newer" in told.stderr
    assert mill.folders.database.read_bytes() == before
    with launched(mill) as (process,):
        assert process.wait(30) == 74
