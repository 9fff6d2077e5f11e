"""Disks that break, turn read-only, close a folder or cut a write short, under a daemon at work."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness
from faults.invariants import Canary
from shotmill.errors import ShotmillError
from shotmill.takes import spool_writer, trailer
from shotmill.takes.spool import Spool
from shotmill.takes.spool_header import SpoolHeader
from shotmill.takes.sync import write_all

BEATS = ("1.1", "1.2", "1.3")
HEADER = SpoolHeader("a" * 22, "p", "/film", "ink", "1.1", 1, "", "m", "anna", 0.03, 0.0)
BROKEN_SYNC = """
import errno, os
real, told, seen = os.fsync, [0], set()
def fsync(fd):
    path = os.readlink(f"/proc/self/fd/{fd}")
    key = (os.fstat(fd).st_dev, os.fstat(fd).st_ino)
    if "/spool" in path and path.endswith(".part"):
        with open(os.environ["SYNCS"], "a") as log, open(os.environ["JOURNAL"]) as journal:
            log.write(f"{journal.read().count('intent')} {key in seen}\\n")
        if told[0] < 2:
            told[0] += 1
            seen.add(key)
            os.dup(fd)  # so that its number is not given to another file
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
    return real(fd)
os.fsync = fsync
"""


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


@pytest.mark.faults
def test_a_sync_that_fails_is_written_anew_and_never_called_a_success(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, beats=(*BEATS, "1.4"), limits="rpm = 100000\nrpd = 100000\nin_flight = 3"
    )
    (tmp_path / "sitecustomize.py").write_text(BROKEN_SYNC)
    syncs = tmp_path / "syncs"
    # What this home has in PYTHONPATH already (a checkout's own) comes after.
    rest = mill.environ.get("PYTHONPATH", "")
    paths = os.pathsep.join([str(tmp_path), *([rest] if rest else [])])
    mill.spawn_daemon(PYTHONPATH=paths, SYNCS=str(syncs), JOURNAL=str(film.root / ".shotmill" / "journal.jsonl"))
    status = mill.run_through(film.root)
    assert status["styles"]["ink"] | {"done": 4, "in_doubt": 0} == status["styles"]["ink"]
    film.all_whole("ink", (*BEATS, "1.4"))
    lines = syncs.read_text().splitlines()
    assert len(lines) == 6, "two that failed, and four that are true"
    sent = [int(line.split()[0]) for line in lines]
    assert sent == [3] * 5 + [4], "nothing is bought while an answer is not safe"
    assert not any(line.endswith("True") for line in lines), "a file was synced again after its sync had failed"


@pytest.mark.faults
def test_a_disk_that_turns_read_only_under_a_run(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    images = film.root / "generated_images"
    images.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "--bind", str(images), str(images)], check=False).returncode:
        pytest.skip("mounting takes root")
    try:
        mill.start_daemon()
        project = run_with_out(mill, provider, film.root, 3)
        mount("-o", "remount,bind,ro", str(images))
        provider.release()
        until(lambda: provider.requests() == 3, "three answers")
        status = mill.wait_for(
            project, lambda status: any(entry["kind"] == "disk" for entry in status["for_you"]), "a disk that refuses"
        )
        assert "ead-only" in str(status["for_you"])
        assert status["styles"]["ink"]["failed"] == status["styles"]["ink"]["in_doubt"] == 0
        mount("-o", "remount,bind,rw", str(images))
        status = mill.wait_for_end(project)
        assert status["styles"]["ink"] | {"done": 3, "in_doubt": 0} == status["styles"]["ink"]
        assert set(provider.asked().values()) == {1}
    finally:
        mill.close()
        subprocess.run(["umount", "-l", str(images)], check=False)


@pytest.mark.faults
def test_a_folder_that_closes_under_a_run(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    """chmod 0555; root is held to it by leaving its right to pass over modes behind."""
    film = make_film(tmp_path / "film", provider.base_url, beats=BEATS)
    without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
    if os.getuid() != 0 or subprocess.run([*without, "true"], check=False, capture_output=True).returncode:
        pytest.skip("setpriv is not there, or may not drop a right")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid != 0:
            pytest.skip("the folder above is another user's")
    daemon = mill.spawn_daemon(*without)
    project = run_with_out(mill, provider, film.root, 3)
    images = film.root / "generated_images"
    images.mkdir(exist_ok=True)
    images.chmod(0o555)
    provider.release()
    status = mill.wait_for(
        project, lambda status: any(entry["kind"] == "disk" for entry in status["for_you"]), "a folder that refuses"
    )
    assert "ermission" in str(status["for_you"])
    images.chmod(0o755)
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 3
    assert set(provider.asked().values()) == {1}
    assert daemon.pid == mill.daemon_pid()


def test_a_seal_after_a_failed_sync_is_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures, synced = [OSError(errno.EIO, "I/O error")] * 2, []

    def fsync(fd: int) -> None:
        synced.append(os.dup(fd))
        if failures:
            raise failures.pop()

    monkeypatch.setattr(spool_writer, "fsync", fsync)
    writer = Spool(tmp_path / "spool").open(HEADER)
    writer.write(b'{"a": 1}')
    for _ in range(2):
        with pytest.raises(ShotmillError, match="I/O"):
            writer.seal()
    assert trailer.verified_body(writer.seal().read_bytes()) == b'{"a": 1}'
    assert len({os.fstat(fd).st_ino for fd in synced}) == 3
    for fd in synced:
        os.close(fd)
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [f"{HEADER.attempt}.part"]


def short(folder: str) -> None:
    """In a process whose files may have 10,000 bytes: what is spooled and what becomes of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    fd = os.open(f"{folder}/plain", os.O_WRONLY | os.O_CREAT)
    try:
        write_all(fd, b"x" * 50_000)
        raise SystemExit("all of it was taken")
    except OSError as error:
        assert (error.errno, os.fstat(fd).st_size) == (errno.EFBIG, 10_000)
    writer = Spool(Path(folder) / "spool").open(HEADER)
    writer.write(b"{" + b" " * 5_000)
    try:
        writer.write(b" " * 50_000)
        raise SystemExit("all of it was taken")
    except ShotmillError:
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    writer.write(b" " * 50_000 + b"}")
    assert trailer.verified_body(writer.seal().read_bytes()) == b"{" + b" " * 55_000 + b"}"


def test_a_write_that_is_cut_short_is_seen_and_given_again(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
    code += "from faults.test_disks_that_fail import short\nshort(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
