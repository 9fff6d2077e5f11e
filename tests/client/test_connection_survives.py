"""A connection under everything that happens to a line: silence, cuts, a dead daemon, another one, another version."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import shotmill
from client.fake_daemon import FakeDaemon, Line, Question, frame
from shotmill.client import connection as connection_module
from shotmill.client import spawn
from shotmill.client.connection import DaemonConnection
from shotmill.client.link import (
    ChangeArrived,
    Connected,
    Connecting,
    DaemonGone,
    LinkChanged,
    OtherVersion,
    Reconnecting,
    SnapshotArrived,
    Stale,
    Update,
)
from shotmill.errors import ShotmillError, UnreachableError

WITHIN = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(connection_module, "LONGEST_PAUSE", 0.2)


class Script:
    """A stream that says what it is told and stays open until it is let go."""

    def __init__(self, daemon: FakeDaemon) -> None:
        self.daemon = daemon
        self.number = 0
        self.open = threading.Semaphore(0)
        self.line: Line | None = None
        self.asked: list[Question] = []

    def __call__(self, question: Question, line: Line) -> None:
        self.asked.append(question)
        self.line = line
        self.daemon.begin_stream(line)
        self.say("snapshot", {"status": {"n": self.number}})
        self.open.release()
        line.recv(1)  # until either side closes

    def say(self, event: str, data: dict[str, Any]) -> None:
        assert self.line is not None
        self.number += 1
        self.line.sendall(frame(self.number, event, data))


@pytest.fixture
def script(daemon: FakeDaemon) -> Script:
    made = Script(daemon)
    daemon.answers["/v1/events"] = made
    return made


PROJECT = Path("/x")


def connection_to(daemon: FakeDaemon, silence: float = 5.0) -> DaemonConnection:
    return DaemonConnection(daemon.folders, PROJECT, {}, silence)


class Listener:
    """Reads updates until one of a kind comes."""

    def __init__(self, updates: AsyncIterator[Update]) -> None:
        self._updates = updates

    async def until(self, wanted: Callable[[Update], bool]) -> Update:
        async with asyncio.timeout(WITHIN):
            async for update in self._updates:
                if wanted(update):
                    return update
        raise AssertionError("updates ended")

    async def state(self, kind: type[Any]) -> Any:
        update = await self.until(lambda update: isinstance(update, LinkChanged) and isinstance(update.state, kind))
        assert isinstance(update, LinkChanged)
        return update.state

    async def of(self, kind: type[Any]) -> Any:
        return await self.until(lambda update: isinstance(update, kind))


@asynccontextmanager
async def listening(connection: DaemonConnection) -> AsyncIterator[Listener]:
    updates = connection.updates()
    try:
        yield Listener(updates)
    finally:
        await updates.aclose()


async def test_news_come_in_order(daemon: FakeDaemon, script: Script) -> None:
    async with listening(connection_to(daemon)) as listener:
        await listener.state(Connecting)
        await listener.state(Connected)
        assert (await listener.of(SnapshotArrived)).snapshot == {"status": {"n": 0}}
        script.say("change", {"at": 2})
        assert (await listener.of(ChangeArrived)).change == {"at": 2}


async def test_silence_is_stale_and_a_comment_ends_it(daemon: FakeDaemon, script: Script) -> None:
    async with listening(connection_to(daemon, silence=0.3)) as listener:
        await listener.of(SnapshotArrived)
        await listener.state(Stale)
        assert script.line is not None
        script.line.sendall(b": alive\n\n")
        await listener.state(Connected)
        script.say("change", {"at": 9})
        assert (await listener.of(ChangeArrived)).change == {"at": 9}


async def test_a_cut_line_is_taken_up_where_it_was(daemon: FakeDaemon, script: Script) -> None:
    async with listening(connection_to(daemon)) as listener:
        await listener.of(SnapshotArrived)
        script.say("change", {"at": 2})
        await listener.of(ChangeArrived)
        daemon.cut_lines()
        state = await listener.state(Reconnecting)
        assert state.next_try > state.since - 1
        await listener.state(Connected)
        await listener.of(SnapshotArrived)
    assert "last-event-id" not in script.asked[0].headers
    assert script.asked[1].headers["last-event-id"] == "2"


async def test_half_a_frame_is_never_news(daemon: FakeDaemon, script: Script) -> None:
    async with listening(connection_to(daemon)) as listener:
        await listener.of(SnapshotArrived)
        assert script.line is not None
        script.line.sendall(b'id: 9\nevent: change\ndata: {"at": 1}\n')
        daemon.cut_lines()
        await listener.state(Reconnecting)
        await listener.of(SnapshotArrived)
    assert script.asked[1].headers["last-event-id"] == "1"


async def test_a_dead_daemon_is_gone_and_its_numbers_mean_nothing_to_the_next(
    daemon: FakeDaemon, script: Script
) -> None:
    async with listening(connection_to(daemon)) as listener:
        await listener.of(SnapshotArrived)
        daemon.die()
        gone = await listener.state(DaemonGone)
        daemon.pid += 1
        daemon.start()
        await listener.state(Connected)
        await listener.of(SnapshotArrived)
    assert gone.since > 0
    assert "last-event-id" not in script.asked[1].headers


async def test_a_daemon_without_a_socket_is_still_there(daemon: FakeDaemon, script: Script) -> None:
    daemon.close_socket()
    async with listening(connection_to(daemon)) as listener:
        await listener.state(Reconnecting)
        daemon.start()
        await listener.state(Connected)


async def test_another_version_is_looked_at_only(daemon: FakeDaemon, script: Script) -> None:
    daemon.version = "9.9.9"
    connection = connection_to(daemon)
    async with listening(connection) as listener:
        assert await listener.state(OtherVersion) == OtherVersion("9.9.9", shotmill.__version__)
        await listener.of(SnapshotArrived)
        with pytest.raises(ShotmillError) as caught:
            await connection.command("POST", "/v1/projects/{id}/stop", {"now": False})
    assert caught.value.code == "other_version"
    assert "daemon restart" in caught.value.cure


async def test_commands_name_the_project(daemon: FakeDaemon) -> None:
    daemon.answers["/v1/projects/p1/stop"] = lambda question, line: daemon.json(line, {"outcome": "stopping"})
    answer = await connection_to(daemon).command("POST", "/v1/projects/{id}/stop", {"now": True})
    assert answer == {"outcome": "stopping"}
    assert daemon.asked[-1].body == {"now": True}


async def test_a_daemon_that_does_not_know_the_project_is_told_of_it(daemon: FakeDaemon) -> None:
    error = {"error": {"code": "unknown_project", "message": "unknown"}}
    answers = iter([(error, 404), ({"outcome": "stopping"}, 200)])
    daemon.answers["/v1/projects/p1/stop"] = lambda question, line: daemon.json(line, *next(answers))
    connection = connection_to(daemon)
    assert await connection.command("POST", "/v1/projects/{id}/stop") == {"outcome": "stopping"}
    assert [question.path for question in daemon.asked].count("/v1/projects") == 2


async def test_a_command_to_nobody_says_so_at_once(daemon: FakeDaemon) -> None:
    daemon.die()
    with pytest.raises(UnreachableError):
        await connection_to(daemon).command("POST", "/v1/projects/{id}/stop")


async def test_start_brings_a_dead_daemon_back(
    daemon: FakeDaemon, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers["/v1/projects/p1/start"] = lambda question, line: daemon.json(line, {"outcome": "started"})
    connection = connection_to(daemon)
    started: list[Path] = []

    def ensure(folders: object, environ: object, project: Path) -> None:
        daemon.start()
        started.append(project)

    monkeypatch.setattr(spawn, "ensure_daemon", ensure)
    async with listening(connection) as listener:
        await listener.of(SnapshotArrived)
        daemon.die()
        await listener.state(DaemonGone)
        assert (await connection.command("POST", "/v1/projects/{id}/start", {}))["outcome"] == "started"
        await listener.state(Connected)
    assert started == [PROJECT], "the daemon begins to read it as it starts"
