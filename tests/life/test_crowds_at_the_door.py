"""Clients that are many, silent, slow, half or huge: the daemon answers everyone else, and ends when it is told to."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from shotmill.daemon.life import MOST_WATCHING

pytestmark = pytest.mark.slow


def line_to(mill: Home, words: str = "") -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(60)
    line.connect(str(mill.folders.socket))
    if words:
        line.sendall(words.encode())
    return line


def ask_for_news(mill: Home, project: str = "") -> socket.socket:
    query = f"?project={project}" if project else ""
    return line_to(mill, f"GET /v1/events{query} HTTP/1.1\r\nHost: x\r\n\r\n")


def head_of(line: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        part = line.recv(65536)
        if not part:
            break
        got += part
    return got


def test_one_stream_too_many_is_told_so_and_the_rest_goes_on(mill: Home) -> None:
    mill.start_daemon()
    watching = [ask_for_news(mill) for _ in range(MOST_WATCHING)]
    assert all(head_of(line).startswith(b"HTTP/1.1 200") for line in watching)
    late = ask_for_news(mill)
    answer = head_of(late)
    while not answer.endswith(b"}}"):
        answer += late.recv(65536)
    assert answer.startswith(b"HTTP/1.1 503")
    error = json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])["error"]
    assert error["code"] == "too_many"
    assert error["cure"]
    assert mill.ask("GET", "/v1/daemon")["running"]
    watching.pop().close()

    def served() -> bool:
        again = ask_for_news(mill)
        good = head_of(again).startswith(b"HTTP/1.1 200")
        watching.append(again)
        return good

    until(served, "room for another one")
    for line in (*watching, late):
        line.close()


def test_silent_and_half_questions_are_hung_up_on(mill: Home) -> None:
    mill.start_daemon()
    silent = [line_to(mill) for _ in range(100)]
    half = [line_to(mill, "GET /v1/status HTTP/1.1\r\nHost: ") for _ in range(100)]
    assert mill.ask("GET", "/v1/status") == {"projects": []}
    for line in (*silent, *half):
        assert line.recv(10) == b""
        line.close()


def test_a_body_beyond_a_megabyte_is_refused(mill: Home) -> None:
    mill.start_daemon()
    with line_to(mill, "POST /v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n") as line:
        chunk = b"x" * 65536
        line.settimeout(2)
        try:
            for _ in range(200):
                line.sendall(chunk)
        except OSError:
            pass  # it takes no more
        line.settimeout(60)
        assert b" 413 " in line.recv(65536)
    assert mill.ask("GET", "/v1/daemon")["running"]


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_out_of_files_it_does_not_spin_and_comes_back(mill: Home) -> None:
    daemon = mill.spawn_daemon("prlimit", "--nofile=48:48")
    crowd = [line_to(mill) for _ in range(60)]
    before, began = cpu_s(daemon.pid), time.monotonic()
    for line in crowd[:30]:
        assert line.recv(10) == b"", "hung up on for its silence"
    seconds = time.monotonic() - began
    assert cpu_s(daemon.pid) - before < 0.5 * max(seconds, 1.0)
    for line in crowd:
        line.close()
    until(lambda: mill.ask("GET", "/v1/daemon")["running"], "an answer")


def test_whoever_does_not_read_keeps_nobody_from_ending_it(mill: Home, provider: Witness, tmp_path: Path) -> None:
    beats = [f"{shot}.{beat}" for shot in range(1, 41) for beat in range(1, 26)]
    film = make_film(tmp_path / "film", provider.base_url, beats=beats)
    daemon = mill.start_daemon()
    project = mill.open(film.root)
    stalled = []
    for _ in range(4):
        line = socket.socket(socket.AF_UNIX)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        line.connect(str(mill.folders.socket))
        line.sendall(f"GET /v1/events?project={project} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        stalled.append(line)
    assert mill.ask("GET", f"/v1/projects/{project}")
    mill.ask("POST", "/v1/daemon/stop")
    assert daemon.ended() == 0
    for line in stalled:
        line.close()
