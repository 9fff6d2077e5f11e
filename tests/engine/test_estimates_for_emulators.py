"""What an emulator that is a process of its own tells of itself, and what an estimate makes of it."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest
from aiohttp import web

from daemon.film import make_film
from shotmill.emulator import running
from shotmill.emulator.answers import Setup
from shotmill.emulator.options import EmulatorOptions
from shotmill.emulator.running import options_of_running
from shotmill.emulator.server import Emulator
from shotmill.engine.emulated import foreseen_by_emulator
from shotmill.engine.estimate import RunEstimate
from shotmill.engine.estimate_project import project_estimate
from shotmill.engine.project_work import look
from shotmill.secrets import Secret
from shotmill.settings.keys import Key, KeyRing
from shotmill.settings.models import seconds_of
from shotmill.settings.project import DEFAULT_MODEL

NOW = 1.8e9
NOBODY = "http://127.0.0.1:1"


async def estimated(root: Path) -> RunEstimate:
    ring = KeyRing(keys=(Key("a", Secret("x" * 30), "p", "p"),))
    return await asyncio.to_thread(project_estimate, root, ring, root / "none.db", None, NOW)


async def test_the_latencies_and_drafts_of_a_running_emulator_are_played(tmp_path: Path) -> None:
    setup = Setup(seed=4, latency_s=30.0, speed=2.0, kind="jpeg")
    async with Emulator(setup) as emulator:
        film = make_film(tmp_path / "film", emulator.base_url)
        assert await asyncio.to_thread(options_of_running, emulator.base_url) == setup.options
        found = await estimated(film.root)
    project = look(film.root)
    answers = foreseen_by_emulator(setup.options, project.settings, project.board, project.references).values()
    assert found.usd == pytest.approx(sum(usd for _, usd in answers))
    slowest = max(seconds for seconds, _ in answers)
    assert found.seconds is not None and slowest <= found.seconds < slowest + 1
    assert not found.is_play_money, "its keys are the user's, and so is the sum of the budget that they take"


async def test_one_without_drafts_says_so(tmp_path: Path) -> None:
    async with Emulator(Setup(drafts=False)) as emulator:
        assert await asyncio.to_thread(options_of_running, emulator.base_url) == EmulatorOptions(drafts=False)


async def test_an_endpoint_that_is_none_takes_as_long_as_the_model_usually_does(tmp_path: Path) -> None:
    found = await estimated(make_film(tmp_path / "film", NOBODY, beats=["1.1"]).root)
    assert found.seconds is not None and seconds_of(DEFAULT_MODEL) / 3 < found.seconds < 3 * seconds_of(DEFAULT_MODEL)


@pytest.mark.parametrize("text", ["[]", "{}", "no JSON", '{"seed": 1}', "[" * 70_000])
async def test_what_another_server_answers_is_no_emulator(text: str) -> None:
    async def answered(request: web.Request) -> web.Response:
        return web.Response(text=text)

    app = web.Application()
    app.router.add_get("/emulator/options", answered)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        assert await asyncio.to_thread(options_of_running, f"http://127.0.0.1:{port}") is None
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b""])
async def test_nobody_listens_for_long_to_a_server_that_sends_a_byte_now_and_then(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1000), 0.02)
        writer.close()

    monkeypatch.setattr(running, "PATIENCE_S", 0.3)
    async with await asyncio.start_server(drips, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await asyncio.to_thread(options_of_running, f"http://127.0.0.1:{port}") is None


@pytest.mark.parametrize("url", [NOBODY, "https://127.0.0.1:1", "http://127.0.0.1:1/v9"])
def test_where_nobody_answers_there_is_none(url: str) -> None:
    assert options_of_running(url) is None


async def test_limits_that_are_still_tried_out_are_told(tmp_path: Path) -> None:
    told = "how many a minute p may send is still tried out"
    sought = await estimated(make_film(tmp_path / "one", NOBODY, limits='rpm = "auto"').root)
    assert any(hint.startswith(told) for hint in sought.hints)
    assert (await estimated(make_film(tmp_path / "other", NOBODY).root)).hints == ()
