"""The built-in emulator as a child of the daemon: one for each project that asks for it, gone when its run is."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shotmill.emulator.keys import default_keyring
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


async def start_emulator(options: Path) -> Emulated:
    """Start the emulator with the project's `.shotmill/emulator.json` (`speed`, `seed`, `faults`), if there is one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shotmill.emulator",
        "--with-parent",
        *_arguments(options),
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


def expected_keys(options: Path) -> tuple[Key, ...]:
    """The keys that an emulator with these options will have, for who looks before it is started."""
    try:
        speed = float(_read(options).get("speed", 1.0))
    except (ShotmillError, ValueError, TypeError):
        return ()  # its start will say what is wrong with the file
    return tuple(_key(entry) for entry in default_keyring().faster(speed).listed())


def _read(options: Path) -> dict[str, Any]:
    try:
        found = json.loads(options.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ShotmillError(f"{options} can't be read: {error}", cure=f"remove it: rm {options}") from error
    if not isinstance(found, dict):
        raise ShotmillError(f"{options} is not an object", cure=f"remove it: rm {options}")
    return found


def _arguments(options: Path) -> list[str]:
    found = _read(options)
    allowed = {"speed": float, "seed": int, "latency": float, "format": str}
    arguments = []
    for name, kind in allowed.items():
        if name in found:
            arguments += [f"--{name}", str(kind(found[name]))]
    if "faults" in found:
        arguments += ["--faults", str(options.with_name(str(found["faults"])))]
    return arguments


def _key(entry: dict[str, Any]) -> Key:
    secret = Secret(str(entry["api_key"]))
    REDACTOR.learn(secret)
    project = str(entry["quota_project"])
    return Key(str(entry["name"]), secret, project, project, _whole(entry.get("rpm")), _whole(entry.get("rpd")))


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) else None
