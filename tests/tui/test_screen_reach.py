"""The screen stands before the daemon has answered, and is left however long that takes."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from client.fake_daemon import FakeDaemon, fake_daemon, frame, short_home
from daemon.waiting import until
from faults.pty_screen import PtyScreen, on_a_pty
from shotmill.client.link import Connecting, DaemonGone, LinkState, Reconnecting
from shotmill.errors import ExitCode, ShotmillError, UnreachableError
from shotmill_tui.farewell import farewell
from shotmill_tui.model.sentence import tell
from shotmill_tui.reach import Reach, Reached
from tui.driving import driven
from tui.sample import NOW, night_train
from tui.scripted import ScriptedConnection

SILENT = UnreachableError("It did not answer.", cure="Wait", code="no_answer")
REFUSED = ShotmillError("Made by a later version", cure="update", exit_code=ExitCode.USAGE)


class Held:
    """Work that ends when it is let."""

    def __init__(self, found: Reached | Exception) -> None:
        self.let = threading.Event()
        self._found = found

    def __call__(self) -> Reached:
        self.let.wait(60)
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


async def test_keys_answer_before_the_daemon_does() -> None:
    work = Held(Reached())
    async with driven(reach=Reach(work)) as driver:
        assert "connecting" in driver.rows()[0] and "Night train" not in driver.text
        await driver.press("s")
        assert "The daemon has not answered yet" in driver.second
        await driver.press("l")
        assert "There is no picture yet" in driver.second
        await driver.press("question_mark")
        assert "Keys and marks" in driver.text
        await driver.press("escape")
        work.let.set()
        await driver.until(lambda: "Night train" in driver.text)
        assert "running" in driver.rows()[0] and "answered" not in driver.second


@pytest.mark.parametrize(("found", "shows"), [(Reached(REFUSED), "Made by a later version"),
                                              (Reached(first_run=True), "Paste a key")])  # fmt: skip
async def test_what_a_person_can_mend_or_knows_is_shown_once_it_is_known(found: Reached, shows: str) -> None:
    work = Held(found)
    async with driven(ScriptedConnection(), reach=Reach(work)) as driver:
        await driver.press("i")
        assert shows not in driver.text
        work.let.set()
        await driver.until(lambda: shows in driver.text)
        assert len(driver.app.screen_stack) == 3


async def test_a_refusal_ends_the_screen_with_its_words() -> None:
    work = Held(REFUSED)
    async with driven(reach=Reach(work)) as driver:
        work.let.set()
        await driver.until(lambda: not driver.app.is_running)
        assert driver.app.refused is REFUSED


def test_a_refusal_that_is_known_at_once_opens_no_screen() -> None:
    reach = Reach(Held(REFUSED))
    reach.refuse()
    work = Held(REFUSED)
    work.let.set()
    late = Reach(work)

    def refuses() -> bool:
        try:
            late.refuse()
        except ShotmillError as error:
            return error is REFUSED
        return False

    until(refuses, "the refusal")


async def test_a_daemon_without_an_answer_is_asked_again() -> None:
    answers: Iterator[Exception | Reached] = iter((SILENT, SILENT, Reached(first_run=True)))
    heard: list[ShotmillError] = []

    def work() -> Reached:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert (await Reach(work, unheard=heard.append, pause_s=0).end()).first_run
    assert heard == [SILENT, SILENT]


def test_what_is_waited_for_is_said() -> None:
    starting = Connecting(NOW - 4, starting=True)
    assert "Starting the daemon, 4 s so far" in tell(None, starting, NOW, UTC).long
    assert tell(None, Connecting(NOW - 1), NOW, UTC).long == "Asking the daemon for the picture."
    for link in (Connecting(NOW - 14), Reconnecting(NOW - 14, NOW)):
        said = tell(None, link, NOW, UTC)
        assert said.ticks and "No answer from the daemon for 14 s" in said.long and "daemon restart" in said.short
        assert len(said.short) < 80 > len(tell(None, Connecting(NOW - 4000), NOW, UTC).short)


class Unheard(ScriptedConnection):
    """Takes commands and answers when it is let."""

    def __init__(self) -> None:
        super().__init__(night_train())
        self.let = asyncio.Event()

    async def command(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if method == "POST":
            await self.let.wait()
        return await super().command(method, path, body)


async def test_a_command_that_waits_for_its_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shotmill_tui.app.QUIET_S", 0.01)
    connection = Unheard()
    async with driven(connection) as driver:
        await driver.pilot.press("x")
        await driver.until(lambda: "Sent; the daemon has not answered yet" in driver.second)
        connection.let.set()
        await driver.settle()
        assert "answered" not in driver.second and connection.sent() == [("/v1/projects/{id}/stop", {"now": False})]


def test_the_shell_is_told_why_there_was_no_picture() -> None:
    def said(trouble: ShotmillError | None, link: LinkState) -> str:
        return farewell(None, link, NOW, UTC, "", gone=False, project="film", trouble=trouble)

    assert "can't be opened: Made by a later version." in said(REFUSED, Connecting()) and "→ update" in said(
        REFUSED, Connecting()
    )
    assert "has not answered" in said(None, Connecting()) and "shotmill status film" in said(None, Connecting())
    assert "Start: shotmill start film" in said(None, DaemonGone(NOW))


# ---- as a process: the daemon is there and says nothing


@contextmanager
def unanswered(answer: Callable[[FakeDaemon, threading.Event], None]) -> Iterator[tuple[PtyScreen, threading.Event]]:
    with short_home() as home, fake_daemon(home) as daemon:
        let = threading.Event()
        answer(daemon, let)
        (home / "film" / "prompts").mkdir(parents=True)
        (home / "film" / "prompts" / "prompts-clear.json").write_text("[]")
        (home / "film" / "shotmill.toml").write_text("")
        environ = {**os.environ, "SHOTMILL_HOME": str(home), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        command = [str(Path(sys.executable).with_name("shotmill")), "film"]
        try:
            with on_a_pty(command, environ, home) as screen:
                screen.wait_for(b"connecting")
                assert b" film" in screen.output
                yield screen, let
        finally:
            let.set()


def after_a_word(daemon: FakeDaemon, let: threading.Event) -> None:
    describe = daemon.answers["/v1/daemon"]

    def late(question: object, line: object) -> None:
        let.wait(60)
        describe(question, line)  # type: ignore[arg-type]

    daemon.answers["/v1/daemon"] = late
    daemon.answers["/v1/environment"] = lambda question, line: daemon.json(line, {"keys": 0})

    def news(question: object, line: object) -> None:
        daemon.begin_stream(line)  # type: ignore[arg-type]
        line.sendall(frame(1, "snapshot", night_train()))  # type: ignore[attr-defined]
        threading.Event().wait(60)

    daemon.answers["/v1/events"] = news


def test_a_screen_that_waits_is_left_by_a_key() -> None:
    with unanswered(after_a_word) as (screen, _):
        screen.press(b"q")
        assert screen.ended() == 0
        assert b"The daemon has not answered" in screen.output


def test_a_screen_that_waits_ends_with_its_line() -> None:
    with unanswered(after_a_word) as (screen, _):
        screen.hang_up()
        until(lambda: screen.process.poll() is not None, "the end of a screen whose line is closed")


def test_the_picture_comes_with_the_answer() -> None:
    with unanswered(after_a_word) as (screen, let):
        let.set()
        screen.wait_for(b"Night train")
        screen.press(b"q")
        assert screen.ended() == 0
