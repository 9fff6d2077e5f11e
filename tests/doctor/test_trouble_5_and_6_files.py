"""Trouble 5, progress is not kept, and 6, complete but no images: folders, disks, images deleted or damaged."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from doctor.patient import doctor, for_you
from shotmill.doctor import files
from shotmill.doctor.check import Verdict
from shotmill.takes.mounts import mount_of


def test_a_file_stands_where_a_folder_has_to_be(mill: Home, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "")
    blocked = film.root / "generated_images"
    blocked.write_text("not a folder")
    check = doctor(mill, film.root)["folder"]
    assert check["verdict"] == "broken"
    assert check["cure"] == f"mv {blocked} {blocked}.old"
    mill.start_daemon()
    refused = mill.command("start", str(film.root))
    assert refused.returncode == 5
    assert "generated_images" in refused.stderr
    subprocess.run(check["cure"].split(" "), check=True)
    assert doctor(mill, film.root)["folder"]["verdict"] == "fine"


def test_a_state_folder_that_is_none(mill: Home) -> None:
    mill.folders.state.write_text("not a folder")
    check = doctor(mill, None)["state"]
    assert check["verdict"] == "broken"
    assert check["cure"].startswith("mv ")
    assert mill.command("daemon", "start").returncode == 6
    mill.folders.state.unlink()


def test_a_disk_that_is_mounted_read_only(mill: Home, small_disk: Path) -> None:
    film = make_film(small_disk / "film", "")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    checks = doctor(mill, film.root)
    assert checks["folder"]["verdict"] == checks["mount"]["verdict"] == "broken"
    assert "read-only" in checks["mount"]["fact"]
    assert "remount,rw" in checks["mount"]["cure"]
    mill.start_daemon()
    assert mill.command("start", str(film.root)).returncode == 5
    assert "not opened" in mill.folders.daemon_log.read_text()  # the project's own log can't be written


def test_images_that_were_deleted_or_damaged(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1", "1.2"])
    mill.start_daemon()
    mill.run_through(film.root)
    assert doctor(mill, film.root)["missing"]["fact"] == "all 2 are where the record says"
    film.image("ink", "1.1").unlink()
    film.image("ink", "1.2").write_bytes(film.image("ink", "1.2").read_bytes()[:500])
    checks = doctor(mill, film.root)
    assert "1 of 2" in checks["missing"]["fact"]
    assert "[ink] Beat 1.1: generated_images/ink/Shot_1/Beat_1.1.png" in checks["missing"]["fact"]
    assert checks["missing"]["cure"].startswith("shotmill start")
    assert "Beat_1.2.png" in checks["images"]["fact"]
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["done"] == 2
    assert doctor(mill, film.root)["images"]["fact"] == "2 on disk, all whole"
    assert for_you(mill, film.root) == []


def test_a_project_that_was_moved_goes_on(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    mill.start_daemon()
    mill.run_through(film.root)
    until(lambda: film.journal("run")[-1]["state"] == "finished", "the end of the run in the journal")
    moved = film.root.rename(tmp_path / "moved")
    checks = doctor(mill, moved)
    assert checks["missing"]["fact"] == "all 1 are where the record says"
    assert checks["run"]["fact"].startswith("finished, 1 of 1")
    relative = mill.command("status", "--json", "moved", cwd=tmp_path)
    assert json.loads(relative.stdout)["project"]["path"] == str(moved)


TABLE = r"""
26 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 26 0:41 / /mnt/my\040nas rw,relatime - nfs4 nas:/films rw,vers=4.2
32 26 8:17 / /mnt/old rw,relatime - ext4 /dev/sdb1 ro
33 26 8:18 / /mnt/bound ro,relatime - ext4 /dev/sdb2 rw
"""


@pytest.mark.parametrize(
    ("path", "verdict", "said"),
    [
        ("/home/me/film", "fine", "ext4"),
        ("/mnt/my nas/film", "look", "network share"),
        ("/mnt/old/film", "broken", "read-only"),
        ("/mnt/bound/film", "broken", "read-only"),
        ("/mnt/older/film", "fine", "ext4"),
    ],
)
def test_the_disk_that_a_project_is_on(path: str, verdict: str, said: str) -> None:
    check = files.judged_mount(Path(path), mount_of(path, TABLE))[0]
    assert check.verdict.value == verdict
    assert said in check.fact
    assert check.cure or check.verdict is Verdict.FINE
