"""A daemon that nobody waits for: what it does in its first moments is what is looked at."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from daemon.home import Home
from shotmill.errors import UnreachableError


@contextmanager
def launched(mill: Home, count: int = 1, **environ: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many daemons at once; those that live end with the block."""
    command = [sys.executable, "-P", "-m", "shotmill.daemon", "run"]
    around: Mapping[str, str] = {**mill.environ, **environ}
    null = subprocess.DEVNULL
    processes = [subprocess.Popen(command, env=around, cwd="/", stdout=null, stderr=null) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def state_of(mill: Home) -> str:
    """What the daemon says of itself; empty while none answers."""
    try:
        return str(mill.ask("GET", "/v1/daemon")["state"])
    except UnreachableError:
        return ""
