"""One program of the user's, run to its end: no shell, few variables, little time, its words kept within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LIMIT_S = 30.0
"""A hook that takes longer is killed with all that it started."""
KEPT_BYTES = 4096
"""Of what a hook writes; the rest is read and thrown away, so that it never waits for a reader."""

_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SHOTMILL_HOME",
)
_PASSED_ON_PREFIXES = ("LC_", "XDG_")


@dataclass(frozen=True, slots=True)
class HookEnd:
    """How a hook ended. `trouble` is empty when it ended with 0; `output` is what it wrote, raw."""

    trouble: str
    output: str = ""


def hook_environment(environ: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    """What a hook gets of the daemon's own variables, and what is told to it.

    NUL ends a variable and would be refused by the system, so it is left out of what is told.
    """
    kept = {
        name: value for name, value in environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return kept | {name: value.replace("\x00", "") for name, value in said.items()}


async def run_hook(argv: Sequence[str], environ: Mapping[str, str], limit_s: float = LIMIT_S) -> HookEnd:
    """Run it in the user's home, never in a project: a program found there would be the project's, not the user's.

    Never raises for what the program does. When it has to go (time, or a cancelled caller), its whole group goes.
    """
    reader, writer = os.pipe()
    output = _Output(reader)
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=_home(environ),
                env=dict(environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return HookEnd(_not_started(argv[0], error))
        finally:
            os.close(writer)
        return HookEnd(await _ended(process, limit_s), output.text())
    finally:
        output.close()


class _Output:
    """What is written into a pipe, up to `KEPT_BYTES`. Not asyncio's own pipe: that waits for whoever still holds it,
    also for what the hook left running in the background."""

    def __init__(self, reader: int) -> None:
        self._reader = reader
        self._kept = bytearray()
        self._loop = asyncio.get_running_loop()
        os.set_blocking(reader, False)
        self._loop.add_reader(reader, self._read)

    def text(self) -> str:
        while self._read():
            pass
        return self._kept.decode("utf-8", "replace")

    def close(self) -> None:
        self._loop.remove_reader(self._reader)
        os.close(self._reader)

    def _read(self) -> bool:
        """Whether there may be more to keep."""
        try:
            part = os.read(self._reader, 65536)
        except BlockingIOError:
            return False
        if not part:
            self._loop.remove_reader(self._reader)
        self._kept += part[: KEPT_BYTES - len(self._kept)]
        return bool(part) and len(self._kept) < KEPT_BYTES


async def _ended(process: asyncio.subprocess.Process, limit_s: float) -> str:
    """Wait for the end; what was wrong with it in words."""
    try:
        async with asyncio.timeout(limit_s):
            code = await process.wait()
    except TimeoutError:
        await _kill(process)
        return f"did not end within {limit_s:.0f} s and was killed"
    except asyncio.CancelledError:
        await _kill(process)
        raise
    if code < 0:
        return f"was ended by signal {-code}"
    return f"ended with {code}" if code else ""


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its own session, so the group bears its number
    await process.wait()


def _not_started(program: str, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"can't be found: {program}"
    if isinstance(error, PermissionError):
        return f"may not be run: {program}"
    return f"can't be run: {error.strerror if isinstance(error, OSError) else error}"


def _home(environ: Mapping[str, str]) -> str:
    home = environ.get("HOME", "")
    return home if home and os.path.isdir(home) else "/"  # noqa: PTH112 - a question, no path to work with
