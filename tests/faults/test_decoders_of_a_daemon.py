"""The processes in which a daemon decodes: they are replaced, and end with their daemon."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from faults.invariants import Canary

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def decoders_of(parent: int) -> list[int]:
    """A process's decoders, dead ones that only wait to be counted left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, its_parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
            is_decoder = b"shotmill.takes.decoder" in (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(its_parent) == parent and state != "Z" and is_decoder:
            found.append(int(stat.parent.name))
    return found


def test_decoders_that_are_killed_are_replaced_and_end_with_their_daemon(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1", "1.2"))
    daemon = mill.spawn_daemon()
    first = until(lambda: decoders_of(daemon.pid), "a decoder that is ready")
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 2
    film.all_whole("ink", ("1.1", "1.2"))
    later = decoders_of(daemon.pid)
    assert later
    assert not set(first) & set(later)
    daemon.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in later), "the end of its decoders")
