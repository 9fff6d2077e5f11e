"""Trouble 5, progress is not kept: a disk that is full or read-only, a network share, a folder that was moved: each
seen in the screen's data, in `doctor --json` and in the log."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home, run_with_out
from daemon.stream import stream
from daemon.waiting import until
from daemon.witness import Witness
from doctor.patient import doctor
from doctor.ward import log_lines, seen_of
from shotmill.doctor import files
from shotmill.errors import ShotmillError
from shotmill.takes.mounts import Mount


def test_a_full_disk_holds_the_run_and_is_told_everywhere(mill: Home, provider: Witness, small_disk: Path) -> None:
    film = make_film(small_disk / "film", provider.base_url, beats=["1.1"])
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a wait for room")
    seen = seen_of(mill, film.root, project)
    assert seen.told is not None and seen.told.word == "waiting for disk space"
    assert "Goes on by itself when there is room" in seen.told.long
    assert seen.checks["disk"]["verdict"] == "broken"
    assert "room" in seen.checks["disk"]["cure"].lower()
    assert "disk" in seen.checks["run"]["fact"]
    assert seen.checks["run"]["cure"].startswith("Make room")
    assert "waiting: too little room on the disk" in seen.log
    subprocess.run(["mount", "-o", "remount,size=2000m", str(small_disk)], check=True)
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 1


def test_a_disk_that_is_read_only(mill: Home, small_disk: Path) -> None:
    film = make_film(small_disk / "film", "")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    mill.start_daemon()
    with pytest.raises(ShotmillError) as refused:
        mill.start(mill.open(film.root))
    seen = seen_of(mill, film.root, None)
    assert "read-only" in str(refused.value)
    cure = f"sudo mount -o remount,rw {small_disk}   (or copy what is on it to another disk)"
    assert refused.value.cure == cure
    assert seen.checks["mount"]["verdict"] == "broken"
    assert f"{small_disk} is mounted read-only" in seen.checks["mount"]["fact"]
    assert seen.checks["mount"]["cure"] == cure
    assert "read-only" in seen.daemon_log.lower() and cure in seen.daemon_log  # the project's own can't be written


def test_a_disk_that_turns_read_only_during_a_run(mill: Home, provider: Witness, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=2000m", str(small_disk)], check=True)
    film = make_film(small_disk / "film", provider.base_url, beats=["1.1"])
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 1)
    for how in (["--bind", str(small_disk)], ["-o", "remount,bind,ro"]):
        subprocess.run(["mount", *how, str(small_disk)], check=True)
    try:
        provider.release()
        mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a wait for the disk")
        seen = seen_of(mill, film.root, project)
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)
    cure = f"sudo mount -o remount,rw {small_disk}   (or copy what is on it to another disk)"
    assert seen.told is not None and seen.told.word == "waiting for the disk"
    assert "the disk is read-only" in seen.told.long and cure in seen.told.long
    assert seen.checks["mount"]["cure"] == seen.checks["run"]["cure"] == cure
    assert seen.checks["disk"]["cure"] == f"{cure}. A run goes on by itself."
    mill.start(project)  # looks at once
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 1
    until(lambda: "finished, 1 of 1 drawn" in log_lines(film.root), "the end of the run in the log")
    assert "the disk is read-only" in log_lines(film.root) and cure in log_lines(film.root)


def test_a_network_share_that_vanishes_during_a_run(
    mill: Home, provider: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    monkeypatch.setattr(files, "mount_at", lambda path: Mount(str(tmp_path), "nfs4", read_only=False))
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 1)
    away = film.root.rename(tmp_path / "away")
    provider.release()
    mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a wait for the folder")
    seen = seen_of(mill, away, project)
    assert seen.told is not None and seen.told.word == "waiting for the disk"
    assert seen.told.long.startswith(f"{film.root}: it is not there any more. Put the folder back")
    assert seen.told.long.endswith("Goes on by itself then.")
    assert seen.checks["mount"]["verdict"] == "look"
    assert seen.checks["mount"]["fact"].startswith(f"{away} is on a network share (nfs4): it may vanish")
    assert f"cp -a {away} ~/" in seen.checks["mount"]["cure"]
    assert seen.checks["lock"]["fact"].startswith("held by your daemon")
    with stream(mill.folders.socket, f"?project={project}") as events:
        lines = [line["text"] for line in events.until("snapshot")[-1].data["log"]]
    waits = f"waiting: {film.root}: it is not there any more"
    assert any(waits in line for line in lines), lines
    there = doctor(mill, film.root)
    run = mill.status(project)["run"]["id"]
    assert there["project"]["fact"].startswith(f"{film.root}: it is not there any more; run {run} waits for it since ")
    assert there["project"]["cure"].startswith(f"Put the folder back to {film.root}: the run goes on by itself.")
    assert there["run"]["fact"].startswith("waiting: ") and not {"prompts", "folder", "mount"} & there.keys()
    away.rename(film.root)
    mill.start(project)  # looks at once
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 1
    until(lambda: "finished, 1 of 1 drawn" in log_lines(film.root), "the end of the run in the log")
    assert waits in log_lines(film.root)


@pytest.fixture
def dead_share(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Puts a network share whose server is gone over `tmp_path / "share"`, where this user may mount one."""
    place = tmp_path / "share"
    place.mkdir()
    mounted: list[Path] = []

    def cut_off() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            line = os.open("/dev/fuse", os.O_RDWR)
        except OSError:
            pytest.skip("there is no FUSE here")
        options = f"fd={line},rootmode=40000,user_id=0,group_id=0".encode()
        failed = libc.mount(b"nas:/films", bytes(place), b"fuse.sshfs", 0, options)
        os.close(line)  # nobody answers any more
        if failed:
            pytest.skip("this user may not mount a share")
        mounted.append(place)

    yield cut_off
    for one in mounted:
        subprocess.run(["umount", "-l", str(one)], check=False)


def test_a_network_share_that_is_cut_off_during_a_run(
    mill: Home, provider: Witness, tmp_path: Path, dead_share: Callable[[], None]
) -> None:
    film = make_film(tmp_path / "share" / "film", provider.base_url, beats=["1.1"])
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 1)
    dead_share()
    provider.release()
    mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a wait for the share")
    seen = seen_of(mill, film.root, project)
    said = f"{film.root}: the network share that it is on does not answer"
    cure = f"Mount the share again: sudo umount -l {tmp_path / 'share'}, then as it was mounted before"
    assert seen.told is not None and seen.told.word == "waiting for the disk"
    assert seen.told.long.startswith(f"{said}. {cure}")
    there = seen.checks["project"]
    assert there["fact"].startswith(f"{said} (fuse.sshfs at {tmp_path / 'share'}); run ")
    assert there["cure"].startswith(f"{cure}: the run goes on by itself.")
    assert seen.checks["run"]["cure"] == cure
    assert mill.command("status", str(film.root)).returncode == 0
    assert mill.command("estimate", str(film.root)).returncode == 5
    subprocess.run(["umount", "-l", str(tmp_path / "share")], check=True)
    mill.start(project)  # looks at once
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 1
    until(lambda: "finished, 1 of 1 drawn" in log_lines(film.root), "the end of the run in the log")
    assert f"waiting: {said}  → {cure}" in log_lines(film.root)


def test_a_folder_that_was_moved(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"])
    mill.start_daemon()
    mill.run_through(film.root)
    until(lambda: film.journal("run")[-1]["state"] == "finished", "the end of the run in the journal")
    until(lambda: "finished, 1 of 1 drawn" in log_lines(film.root), "the end of the run in the log")
    moved = film.root.rename(tmp_path / "moved")
    seen = seen_of(mill, moved, mill.open(moved))
    assert seen.view is not None and seen.told is not None
    assert seen.view.path == str(moved)
    assert seen.told.word.startswith("finished") and seen.told.long == "Its one image is there."
    assert seen.checks["missing"]["fact"] == "all 1 are where the record says"
    assert seen.checks["run"]["fact"].startswith("finished, 1 of 1")
    assert "finished, 1 of 1 drawn" in seen.log
