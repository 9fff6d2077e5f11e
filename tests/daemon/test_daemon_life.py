"""The daemon as a process: one a user, found again, ended in order, ended at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness
from shotmill.client.spawn import ensure_daemon
from shotmill.daemon.life import IDLE_S, Life


def test_many_at_once_make_one(mill: Home) -> None:
    with ThreadPoolExecutor(20) as several:
        found = list(several.map(lambda _: ensure_daemon(mill.folders, mill.environ), range(20)))
    assert len({info.pid for info in found}) == 1
    assert found[0].pid == mill.daemon_pid()
    assert sum(info.started for info in found) == 1


def test_a_second_one_in_the_foreground_is_refused(mill: Home) -> None:
    first = mill.spawn_daemon()
    command = [sys.executable, "-P", "-m", "shotmill.daemon", "run"]
    second = subprocess.run(command, env=mill.environ, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 75
    assert str(first.pid) in second.stderr
    assert mill.ask("GET", "/v1/daemon")["pid"] == first.pid


def test_a_killed_one_is_replaced_though_its_socket_is_still_there(mill: Home) -> None:
    mill.start_daemon().kill()
    assert mill.folders.socket.exists()
    second = mill.start_daemon()
    assert mill.ask("GET", "/v1/daemon")["pid"] == second.pid


def test_a_deleted_socket_is_bound_again(mill: Home) -> None:
    daemon = mill.start_daemon()
    mill.folders.socket.unlink()
    until(mill.folders.socket.exists, "a new socket")
    assert mill.ask("GET", "/v1/daemon")["pid"] == daemon.pid
    until(lambda: "the socket was gone and is bound again" in mill.folders.daemon_log.read_text(), "a word of it")
    assert mill.folders.socket.stat().st_mode & 0o077 == 0
    assert mill.folders.run.stat().st_mode & 0o077 == 0


def _run_with_two_out(mill: Home, provider: Witness, root: Path) -> str:
    """Their answers come when the provider lets go."""
    film = make_film(
        root, provider.base_url, limits="rpm = 100000\nrpd = 100000\nin_flight = 2",
        settings="[generation]\nin_doubt_usd = 0",
    )  # fmt: skip
    return run_with_out(mill, provider, film.root, 2)


def test_hangup_is_nothing_and_terminate_lets_images_land(mill: Home, provider: Witness, tmp_path: Path) -> None:
    daemon = mill.start_daemon()
    project = _run_with_two_out(mill, provider, tmp_path / "film")
    daemon.signal(signal.SIGHUP)
    assert mill.status(project)["run"]["state"] == "running"
    daemon.signal(signal.SIGTERM)
    until(lambda: mill.ask("GET", "/v1/daemon")["state"] == "draining", "draining")
    refused = mill.answer("POST", f"/v1/projects/{project}/start", {})
    assert (refused.status, refused.body["error"]["code"]) == (409, "draining")
    provider.release()
    assert daemon.ended() == 0
    assert not mill.folders.socket.exists()
    mill.start_daemon()
    project = mill.open(tmp_path / "film")
    status = mill.status(project)
    assert status["styles"]["ink"] | {"done": 2, "in_doubt": 0, "pending": 1} == status["styles"]["ink"]
    assert provider.requests() == 2


def test_a_second_terminate_ends_at_once_and_tells_in_doubt(mill: Home, provider: Witness, tmp_path: Path) -> None:
    daemon = mill.start_daemon()
    _run_with_two_out(mill, provider, tmp_path / "film")
    daemon.signal(signal.SIGINT)  # Ctrl-C where it runs in the foreground
    until(lambda: mill.ask("GET", "/v1/daemon")["state"] == "draining", "draining")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 3
    mill.start_daemon()
    project = mill.open(tmp_path / "film")
    assert [doubt["beat"] for doubt in mill.doubt(project)["doubts"]] == ["1.1", "1.2"]
    assert mill.status(project)["styles"]["ink"]["in_doubt"] == 2


def test_stop_and_restart_by_command(mill: Home) -> None:
    assert mill.command("daemon", "start").returncode == 0
    first = mill.daemon_pid()
    assert first
    assert mill.command("daemon", "restart").returncode == 0
    second = mill.daemon_pid()
    assert second not in (0, first)
    assert mill.command("daemon", "stop").returncode == 0
    assert not mill.daemon_pid()
    assert mill.command("daemon", "stop").returncode == 0
    assert mill.command("daemon", "status").returncode == 0


class _Hand:
    """Time in the test's hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_it_is_idle_ten_minutes_after_the_last_client() -> None:
    clock = _Hand()
    life = Life(clock, "socket", "plain")
    with life.client():
        clock.time += 2 * IDLE_S
        assert not life.idle()
    assert not life.idle()
    clock.time += IDLE_S - 1
    life.heard()
    clock.time += IDLE_S
    assert not life.idle()
    clock.time += 2
    assert life.idle()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_user_is_refused_by_the_kernels_word(mill: Home) -> None:
    mill.start_daemon()
    for folder in (mill.path, mill.folders.state, mill.folders.run):
        folder.chmod(0o755)
    mill.folders.socket.chmod(0o777)
    script = (
        "import os, socket, sys\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "line = socket.socket(socket.AF_UNIX); line.connect(sys.argv[1])\n"
        "line.sendall(b'GET /v1/status HTTP/1.0\\r\\n\\r\\n'); print(line.recv(65536).decode())\n"
    )
    command = [sys.executable, "-c", script, str(mill.folders.socket)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert " 403 " in said.stdout.splitlines()[0], said
    assert "not_yours" in said.stdout


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/projects", b"{", 400),
        ("POST", "/v1/projects", b"[]", 400),
        ("POST", "/v1/projects", b"{}", 400),
        ("POST", "/v1/projects", b'{"path": 7}', 400),
        ("POST", "/v1/projects", b'{"path": "relative"}', 400),
        ("POST", "/v1/projects", b'{"path": "/no/such/folder\\u001b[2J"}', 400),
        ("POST", "/v1/projects", b"[" * 100_000, 400),
        ("POST", "/v1/daemon/stop", b'{"now": "no"}', 400),
        ("PUT", "/v1/environment", b'{"keys": {"A": 1}}', 400),
        ("GET", "/v1/projects/unknown", b"", 404),
        ("GET", "/v1/nothing", b"", 404),
        ("DELETE", "/v1/status", b"", 405),
    ],
)
def test_wrong_requests_get_the_error_object(answering: Home, method: str, path: str, body: bytes, status: int) -> None:
    head = f"{method} {path} HTTP/1.0\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    said = _talk(answering, head + body)
    assert said.split(b" ", 2)[1] == str(status).encode(), said
    assert b'"error": {"code":' in said
    assert b'"message":' in said
    assert b"\x1b" not in said
    assert answering.ask("GET", "/v1/daemon")["state"] == "ready"


def test_a_huge_request_is_refused(answering: Home) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(answering.folders.socket))
        line.sendall(b"POST /v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n")
        sent = 0
        try:
            for _ in range(1024):
                line.sendall(b"x" * (1 << 20))
                sent += 1
        except OSError:
            pass
        assert sent < 64, "the daemon reads on though it can't want this"
        line.settimeout(60)
        try:
            said = line.recv(65536)
        except OSError:
            said = b""
    assert not said or b" 413 " in said
    assert answering.ask("GET", "/v1/daemon")["state"] == "ready"


def test_idle_lines_and_half_a_header_hold_nobody_up(answering: Home) -> None:
    lines = []
    for number in range(200):
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(answering.folders.socket))
        if number % 2:
            line.sendall(b"GET /v1/sta")
        lines.append(line)
    assert (
        answering.ask(
            "GET",
            "/v1/daemon",
        )["state"]
        == "ready"
    )
    before = len(list(Path(f"/proc/{answering.daemon_pid()}/fd").iterdir()))
    assert before >= 200
    for line in lines:
        line.close()
    until(lambda: len(list(Path(f"/proc/{answering.daemon_pid()}/fd").iterdir())) < before - 190, "closed lines")


def _talk(mill: Home, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(mill.folders.socket))
        line.sendall(request)
        said = b""
        while part := line.recv(65536):
            said += part
    return said
