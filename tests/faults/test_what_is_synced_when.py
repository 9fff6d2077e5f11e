"""The order of a daemon's system calls: each thing is on the medium before the next one relies on it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness

CALLS = "fsync,fdatasync,linkat,link,unlinkat,unlink,sendto,sendmsg,write,writev"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not there")
def test_each_step_is_on_the_medium_before_the_next_relies_on_it(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-y", "-q", "-e", f"trace={CALLS}", "-s", "24", "-o", str(trace)]
    mill.spawn_daemon(*command)
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 1
    until(lambda: not list(mill.folders.spool.glob("*.part")), "the spool's copy is gone")
    pid = mill.daemon_pid()
    os.kill(pid, 15)
    until(lambda: not mill.daemon_pid(), "the end")
    lines = [re.sub(r"^\d+\s+", "", line) for line in trace.read_text(errors="replace").splitlines()]

    def first(pattern: str, after: int = 0) -> int:
        found = next((at for at, line in enumerate(lines) if at > after and re.search(pattern, line)), None)
        assert found is not None, f"{pattern} after line {after}"
        return found

    sent = first(r'^(sendto|sendmsg|write|writev)\(\d+<(TCP|socket)[^"]*"POST /')
    database = r"^(fdatasync|fsync)\(\d+<[^>]*shotmill\.db(-wal)?>"
    assert first(database) < sent, "the intent is committed before a byte leaves"
    spooled = first(r"^fsync\(\d+<[^>]*\.part>", sent)
    spool_folder = first(r"^fsync\(\d+<[^>]*/spool>", spooled)
    received = first(database, spool_folder)
    image = first(r"^fsync\(\d+<[^>]*generated_images[^>]*\.tmp>", received)
    published = first(r"^link(at)?\(.*Beat_1\.1\.png", image)
    folder = first(r"^fsync\(\d+<[^>]*generated_images/ink/Shot_1>", published)
    journal = first(r"^fsync\(\d+<[^>]*journal\.jsonl>", folder)
    kept = first(database, journal)
    dropped = first(r"^unlink(at)?\(.*\.part", kept)
    assert sent < spooled < spool_folder < received < image < published < folder < journal < kept < dropped
