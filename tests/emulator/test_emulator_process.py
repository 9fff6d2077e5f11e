"""`python -m shotmill.emulator` as a process: its one line, its ends, its refusals."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from shotmill.emulator.command import main, parser

Spawn = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def spawn() -> AsyncIterator[Spawn]:
    made: list[asyncio.subprocess.Process] = []

    async def spawned(*arguments: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shotmill.emulator", *arguments, stdin=pipe, stdout=pipe, stderr=pipe
        )
        made.append(process)
        return process

    yield spawned
    for process in made:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(process: asyncio.subprocess.Process) -> dict[str, object]:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    data: dict[str, object] = json.loads(line)
    return data


async def test_it_prints_one_line_and_ends_when_its_parent_goes(spawn: Spawn) -> None:
    process = await spawn("--with-parent", "--speed", "10")
    told = await ready(process)
    assert told["base_url"] == f"http://127.0.0.1:{told['port']}"
    keys = told["keys"]
    assert isinstance(keys, list)
    assert keys[0] == {
        "name": "anna",
        "api_key": "emulator-key-anna-0001",
        "quota_project": "film-1",
        "rpm": 90,
        "rpd": 5000,
    }
    async with aiohttp.ClientSession() as session, session.get(f"{told['base_url']}/emulator/seen") as response:
        assert (await response.json())["requests"] == 0
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 60) == 0
    assert await process.stdout.read() == b""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_a_signal_ends_it_though_requests_are_out(
    spawn: Spawn, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    script = tmp_path / "faults.json"
    script.write_text('[{"do": "hang"}]')
    process = await spawn("--faults", str(script), "--latency", "0")
    told = await ready(process)
    url = f"{told['base_url']}/v1/models/gemini-nano-banana-2.1:generateContent?key=emulator-key-anna-0001"
    async with aiohttp.ClientSession() as session:
        hanging = asyncio.create_task(session.post(url, json={"contents": [{"parts": [{"text": "x"}]}]}))
        async with asyncio.timeout(60):
            seen: dict[str, object] = {}
            while not seen.get("windows"):
                async with session.get(f"{told['base_url']}/emulator/seen") as response:
                    seen = await response.json()
        process.send_signal(sent)
        assert await asyncio.wait_for(process.wait(), 60) == code
        with pytest.raises(aiohttp.ClientError):
            await hanging


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "0.0.0.0"], "not this machine"),
        (["--keys", "/nowhere/keys.json"], "/nowhere/keys.json"),
        (["--faults", "{bad}"], "rule 1"),
        (["--keys", "{bad}"], "no keys file"),
        (["--speed", "0"], "--speed"),
    ],
)
def test_wrong_usage_is_told_with_its_cure(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('[{"do": "explode"}]')
    assert main([word.replace("{bad}", str(bad)) for word in arguments]) == 2
    written = capsys.readouterr()
    assert says in written.err and not written.out


async def test_a_port_that_is_taken(spawn: Spawn) -> None:
    first = await spawn()
    port = str((await ready(first))["port"])
    second = await spawn("--port", port)
    assert await asyncio.wait_for(second.wait(), 60) == 2
    assert second.stderr is not None
    assert b"can't listen" in await second.stderr.read()


def test_help_documents_both_files() -> None:
    text = parser().format_help()
    assert all(word in text for word in ("reset_mid_body", "slow_drip", "quota_projects", "prepay_depleted", "billed"))
