"""The processes in which a daemon decodes: what kills one costs an image at most, and they end with their daemon."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from faults.invariants import Canary
from faults.raw_provider import image_body, raw_provider, whole
from faults.test_bodies_through_the_daemon import giant

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")


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


ONE_AT_A_TIME = "in_flight = 1\nrpm = 100000"
"""Else a second decoder, whose memory nobody limited, may get the large one."""


def test_an_image_that_takes_all_memory_costs_that_image(mill: Home, tmp_path: Path, canary: Canary) -> None:
    with raw_provider() as provider:
        provider.usual = whole(image_body(picture((200, 60, 60))))
        provider.answers["Beat 1.1."] = whole(image_body(giant(8000)))
        film = make_film(tmp_path / "film", provider.base_url, beats=("1.1", "1.2"), limits=ONE_AT_A_TIME)
        daemon = mill.start_daemon()
        (decoder,) = until(lambda: decoders_of(daemon.pid), "a decoder that is ready")
        resource.prlimit(decoder, resource.RLIMIT_AS, (128 << 20, 128 << 20))
        status = mill.run_through(film.root)
        assert (status["styles"]["ink"]["done"], status["styles"]["ink"]["failed"]) == (1, 1)
        attempts = mill.beat(mill.open(film.root), "ink", "1.1")["attempts"]
        assert {attempt["code"] for attempt in attempts} == {"damaged_image"}
        assert all("memory" in attempt["message"] for attempt in attempts)
        kept = {path.stem for path in mill.folders.spool.glob("*.part")}
        assert {attempt["attempt"] for attempt in attempts} <= kept, "its bytes are kept"
        assert decoders_of(daemon.pid)[:1] == [decoder], "only forks of it died"
        assert mill.daemon_pid() == daemon.pid


def test_decoders_that_are_killed_are_replaced_and_end_with_their_daemon(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1", "1.2"))
    daemon = mill.start_daemon()
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
