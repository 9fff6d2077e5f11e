"""The built-in emulator as a child of the daemon: one for each project that asks for it, gone when its run is."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shotmill.emulator.faults import read_script
from shotmill.emulator.keys import default_keyring
from shotmill.emulator.options import EmulatorOptions, read_options
from shotmill.errors import ShotmillError
from shotmill.secrets import REDACTOR, Secret
from shotmill.settings.keys import Key

START_S = 30.0


@dataclass(slots=True)
class Emulated:
    """A running emulator: its address and the keys that it knows, in memory only."""

    base_url: str
    keys: tuple[Key, ...]
    _process: asyncio.subprocess.Process

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def end(self) -> None:
        """End the child; its standard input closing is enough even when this process is killed."""
        if self.alive:
            self._process.terminate()
            await self._process.wait()


async def start_emulator(dot: Path) -> Emulated:
    """Start the emulator with the options in the project's folder `dot`. Raises `ShotmillError` for bad ones,
    or a script of faults that can't be used."""
    options = await asyncio.to_thread(read_options, dot)
    if options.faults:
        await asyncio.to_thread(read_script, dot / options.faults)  # the emulator's own words would be lost
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shotmill.emulator",
        "--with-parent",
        *_arguments(options, dot),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=None,
    )
    try:
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline() if process.stdout else b""
        ready: dict[str, Any] = json.loads(line)
    except (TimeoutError, ValueError):
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise ShotmillError(
            "the built-in emulator did not start", cure="see why with: shotmill emulator", code="emulator"
        ) from None
    return Emulated(str(ready["base_url"]), tuple(_key(entry) for entry in ready["keys"]), process)


def expected_keys(dot: Path) -> tuple[Key, ...]:
    """The keys that an emulator with these options will have, for who looks before it is started."""
    try:
        speed = read_options(dot).speed
    except ShotmillError:
        return ()  # its start will say what is wrong with the file
    return tuple(_key(entry) for entry in default_keyring().faster(speed).listed())


def _arguments(options: EmulatorOptions, dot: Path) -> list[str]:
    arguments = [f"--speed={options.speed}", f"--seed={options.seed}", f"--latency={options.latency}"]
    arguments.append(f"--format={options.format}")
    if not options.drafts:
        arguments.append("--no-drafts")
    if options.faults:
        arguments.append(f"--faults={dot / options.faults}")
    return arguments


def _key(entry: dict[str, Any]) -> Key:
    secret = Secret(str(entry["api_key"]))
    REDACTOR.learn(secret)
    project = str(entry["quota_project"])
    return Key(str(entry["name"]), secret, project, project, _whole(entry.get("rpm")), _whole(entry.get("rpd")))


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) else None
