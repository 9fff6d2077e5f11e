from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.home import Home, home
from daemon.witness import Witness, witness


@pytest.fixture
def mill() -> Iterator[Home]:
    """A user's home; its daemons end with the test."""
    with home() as made:
        yield made


@pytest.fixture
def provider(mill: Home, tmp_path: Path) -> Iterator[Witness]:
    """The provider that counts."""
    with witness(tmp_path) as found:
        yield found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 60 MB of its own, where this user may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    done = subprocess.run([str(mount), "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("this user may not mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
