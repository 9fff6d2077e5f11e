"""One question over the socket: whatever answers, and however badly, it ends in time with words for a person."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from client.fake_daemon import FakeDaemon, Line, Question
from shotmill.client import http
from shotmill.errors import ExitCode, ShotmillError, UnreachableError, UsageError


def test_an_answer_comes_whole_with_the_daemons_version(daemon: FakeDaemon) -> None:
    answer = http.exchange(daemon.folders.socket, "POST", "/v1/projects", {"path": "/ö"})
    assert (answer.status, answer.version, answer.body["id"]) == (200, daemon.version, "p1")
    assert daemon.asked[-1].body == {"path": "/ö"}


def test_the_daemons_error_is_raised_as_it_is(daemon: FakeDaemon) -> None:
    error = {"code": "budget", "message": "the budget is reached", "cure": "raise it", "exit_code": 7}
    daemon.answers["/v1/status"] = lambda question, line: daemon.json(line, {"error": error}, 422)
    with pytest.raises(ShotmillError) as caught:
        http.request(daemon.folders.socket, "GET", "/v1/status")
    assert (caught.value.code, caught.value.message, caught.value.cure) == (
        "budget",
        "the budget is reached",
        "raise it",
    )
    assert caught.value.exit_code is ExitCode.BUDGET


def test_without_a_daemon_it_says_so(home: Path) -> None:
    with pytest.raises(UnreachableError) as caught:
        http.request(home / "d.sock", "GET", "/v1/daemon")
    assert caught.value.code == "unreachable"
    assert caught.value.cure


def test_a_socket_that_a_killed_daemon_left_is_no_daemon(daemon: FakeDaemon) -> None:
    daemon.die()
    assert daemon.folders.socket.exists()
    with pytest.raises(UnreachableError) as caught:
        http.request(daemon.folders.socket, "GET", "/v1/daemon")
    assert caught.value.code == "unreachable"


def test_a_daemon_that_takes_too_long_is_given_up(daemon: FakeDaemon) -> None:
    let_go = threading.Event()
    daemon.answers["/v1/daemon"] = lambda question, line: void(let_go.wait(20))
    with pytest.raises(UnreachableError, match="did not answer") as caught:
        http.request(daemon.folders.socket, "GET", "/v1/daemon", timeout=0.2)
    let_go.set()
    assert caught.value.code == "no_answer"


def test_the_deadline_holds_for_an_answer_that_drips(daemon: FakeDaemon) -> None:
    let_go = threading.Event()

    def drip(question: Question, line: Line) -> None:
        line.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        while not let_go.wait(0.02):
            line.sendall(b" ")

    daemon.answers["/v1/daemon"] = drip
    with pytest.raises(UnreachableError) as caught:
        http.request(daemon.folders.socket, "GET", "/v1/daemon", timeout=0.3)
    let_go.set()
    assert caught.value.code == "no_answer"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Len",
        b"HTTP/1.0 200 OK\r\nContent-Length: 900\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\n\r\n<html>",
        b"HTTP/1.0 200 OK\r\n\r\n[1]",
        b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 100_000,
        b"HTTP/1.0 500 No\r\n\r\n{}",
        b"HTTP/1.0 500 No\r\n\r\n" + b'{"error": "text"}',
        b"\xff\xfe\r\n\r\n{}",
    ],
)
def test_rubbish_and_cut_answers_are_told_apart_from_silence(daemon: FakeDaemon, raw: bytes) -> None:
    daemon.answers["/v1/daemon"] = lambda question, line: line.sendall(raw)
    with pytest.raises(UnreachableError, match="could not be read") as caught:
        http.request(daemon.folders.socket, "GET", "/v1/daemon")
    assert caught.value.code == "garbled"
    assert caught.value.exit_code is ExitCode.UNREACHABLE


def test_a_foreign_folder_is_refused_before_a_word_is_sent(daemon: FakeDaemon) -> None:
    daemon.folders.run.chmod(0o777)
    with pytest.raises(UnreachableError) as caught:
        http.request(daemon.folders.socket, "GET", "/v1/daemon")
    assert "chmod 700" in caught.value.cure
    assert daemon.asked == []


def test_a_path_that_is_too_long_for_a_socket_names_the_cure(home: Path) -> None:
    folder = home / ("x" * 120)
    folder.mkdir()
    with pytest.raises(UsageError) as caught:
        http.request(folder / "d.sock", "GET", "/v1/daemon")
    assert "SHOTMILL_HOME" in caught.value.cure


def test_an_exit_code_that_nobody_knows_is_a_fault() -> None:
    body: dict[str, Any] = {"error": {"message": "x", "exit_code": 99}}
    assert http.error_of(http.Answer(500, "", body)).exit_code is ExitCode.FAULT


def void(_: object) -> None:
    """For lambdas that answer nothing."""
