"""The state folder's disk is full, then it is not: runs hold and go on, nothing is bought without its record."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import Witness
from life.unwaited import launched

BEATS = ("1.1", "1.2", "1.3", "1.4")


@pytest.fixture
def small_disk(mill: Home) -> Iterator[Path]:
    """The state folder on a disk of its own, of 128 MB."""
    mill.folders.state.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=128m,mode=0700", "tmpfs", str(mill.folders.state)]
    if os.getuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk takes root")
    yield mill.folders.state
    mill.close()
    subprocess.run(["umount", "-l", str(mill.folders.state)], check=True)


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    path = disk / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return path


def test_a_full_disk_holds_the_run_and_room_lets_it_go_on(
    mill: Home, small_disk: Path, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    daemon = mill.start_daemon()
    project = mill.open(film.root)
    ballast = fill(small_disk)
    assert shutil.disk_usage(small_disk).free == 0
    mill.start(project)
    status = mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "waiting")
    assert "style" not in status["run"]["reason"]
    assert provider.requests() == 0, "nothing is bought that can't be written down"
    assert any(entry["kind"] == "disk" for entry in status["for_you"])
    ballast.unlink()
    status = mill.wait_for_end(project)
    assert (status["run"]["state"], status["styles"]["ink"]["done"]) == ("finished", 4)
    assert set(provider.asked("ink").values()) == {1}
    mill.ask("POST", "/v1/daemon/stop")
    assert daemon.ended() == 0


@pytest.mark.faults
def test_a_start_on_a_full_disk_says_what_to_do_and_room_is_enough(mill: Home, small_disk: Path) -> None:
    """Nothing is set aside here yet: where a daemon was before, its reserve is room enough for a start."""
    ballast = fill(small_disk)
    refused = mill.command("daemon", "start")
    assert refused.returncode == 5
    assert f"can't be written: {mill.folders.database}" in refused.stderr and "disk is full" in refused.stderr
    assert "Make room on that disk" in refused.stderr
    with launched(mill) as (process,):
        assert process.wait(60) == 74
    ballast.unlink()
    mill.start_daemon()
    assert mill.ask("GET", "/v1/daemon")["state"] == "ready"
