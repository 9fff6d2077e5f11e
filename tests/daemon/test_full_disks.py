"""Disks that are full: the run waits, nothing that was paid for is lost, and it goes on when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.film import Film, make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness

MB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(place)], capture_output=True)
    except OSError:
        pytest.skip("nothing can be mounted here")
    if done.returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(disk: Path, leave: int) -> Path:
    """Take all room but `leave` bytes; returns the file to remove for more."""
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(4096, free - leave))
    return ballast


def test_a_project_on_a_full_disk_waits_before_anything_is_sent(
    mill: Home, provider: Witness, small_disk: Path
) -> None:
    film = make_film(small_disk / "film", provider.base_url)
    mill.start_daemon()
    project = mill.open(film.root)
    ballast = _fill(small_disk, 30 * MB)
    mill.start(project)
    status = mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a run that waits")
    assert "disk" in status["run"]["reason"]
    assert provider.requests() == 0
    ballast.unlink()
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 3
    assert set(provider.asked().values()) == {1}


def _tells_of_a_disk(status: dict[str, Any]) -> bool:
    return any(entry["kind"] == "disk" for entry in status["for_you"])


def _published_when_there_is_room(mill: Home, provider: Witness, film: Film, disk: Path) -> None:
    """Fill the disk while three images are out; make room when the provider has answered."""
    project = run_with_out(mill, provider, film.root, 3)
    ballast = _fill(disk, 0)
    provider.release()
    until(lambda: provider.requests() == 3, "three answers")
    mill.wait_for(project, _tells_of_a_disk, "a disk that refuses")
    assert not film.journal("end")
    ballast.unlink()
    status = mill.wait_for_end(project)
    assert status["styles"]["ink"] | {"done": 3, "in_doubt": 0} == status["styles"]["ink"]
    film.all_whole("ink", ("1.1", "1.2", "1.3"))
    assert set(provider.asked().values()) == {1}


def test_images_that_came_while_the_projects_disk_was_full(mill: Home, provider: Witness, small_disk: Path) -> None:
    film = make_film(small_disk / "film", provider.base_url)
    mill.start_daemon()
    _published_when_there_is_room(mill, provider, film, small_disk)


def test_images_that_came_while_the_state_folders_disk_was_full(
    mill: Home, provider: Witness, small_disk: Path, tmp_path: Path
) -> None:
    """They take the room that was set aside for them, and nothing more is sent."""
    (small_disk / "state").mkdir(mode=0o700)
    mill.folders.state.symlink_to(small_disk / "state")
    film = make_film(
        tmp_path / "film", provider.base_url, beats=("1.1", "1.2", "1.3", "1.4"),
        limits="rpm = 100000\nrpd = 100000\nin_flight = 3",
    )  # fmt: skip
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 3)
    ballast = _fill(small_disk, 0)
    mill.wait_for(project, _tells_of_a_disk, "a run that has seen it")
    provider.release()
    mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 3, "three images on a full disk")
    film.all_whole("ink", [take["beat"] for take in film.journal("take")])
    ballast.unlink()
    status = mill.wait_for_end(project)
    assert status["styles"]["ink"] | {"done": 4, "in_doubt": 0} == status["styles"]["ink"]
    assert set(provider.asked().values()) == {1}


def test_a_kill_on_a_full_disk_loses_nothing(mill: Home, provider: Witness, small_disk: Path) -> None:
    film = make_film(small_disk / "film", provider.base_url)
    daemon = mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 3)
    ballast = _fill(small_disk, 0)
    provider.release()
    until(lambda: provider.requests() == 3, "three answers")
    until(lambda: len(list(mill.folders.spool.glob("*.part"))) == 3, "three answers in the spool")
    mill.wait_for(project, _tells_of_a_disk, "a disk that refuses")
    daemon.kill()
    ballast.unlink()
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["done"] == 3
    assert set(provider.asked().values()) == {1}
