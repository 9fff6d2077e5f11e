"""Decisions about the machine: the unit's text, what install does with a service manager, which disks are refused."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from daemon.home import Home
from life.unwaited import launched
from shotmill.daemon import state_disk, unit
from shotmill.daemon.service import Service
from shotmill.daemon.socket_place import AlreadyRunning, DaemonLock
from shotmill.errors import ShotmillError, UnreachableError, UsageError
from shotmill.takes.mounts import Mount, mount_of

MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/ann/local rw - xfs /dev/vdb rw
32 27 0:42 / /mnt/win\\040share rw - cifs //server/share rw
33 27 0:43 / /mnt/ssh rw - fuse.sshfs ann@host: rw
34 27 0:44 / /mnt/vault rw - fuse.gocryptfs /home/.vault rw
35 27 0:45 / /mnt/c rw - 9p drvfs rw
36 27 0:46 / /var rw - ext4 /dev/vdc rw
37 36 0:47 / /var rw - nfs server:/var rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/state", ""),
        ("/home", "nfs4"),
        ("/home/ann/state", "nfs4"),
        ("/home/ann/local/state", ""),
        ("/home/ann/localities", "nfs4"),
        ("/mnt/win share/state", "cifs"),
        ("/mnt/ssh/state", "fuse.sshfs"),
        ("/mnt/vault/state", ""),
        ("/mnt/c/state", "9p"),
        ("/var/state", "nfs"),  # the later mount hides the one below it
    ],
)
def test_network_disks_are_told_from_local_ones(folder: str, kind: str) -> None:
    mount = mount_of(folder, MOUNTS)
    assert mount is not None and (mount.kind if mount.is_network else "") == kind


def test_a_network_disk_is_refused_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_disk, "mount_at", lambda folder: Mount("/home", "nfs4", read_only=False))
    with pytest.raises(UnreachableError) as caught:
        state_disk.check_disk(tmp_path / "not" / "yet", {})
    assert "SHOTMILL_HOME=" in caught.value.cure
    assert state_disk.check_disk(tmp_path, {state_disk.ANYWHERE: "1"})


def test_on_a_network_disk_another_hosts_record_counts(tmp_path: Path) -> None:
    run = tmp_path / "run"
    first = DaemonLock(run, across_hosts=True)
    first.take()
    assert os.uname().nodename in first.path.read_text()
    first.release()
    again = DaemonLock(run, across_hosts=True)
    again.take()  # it ended in order
    again.release()
    first.path.write_text("4121 another-host 1234\n")
    with pytest.raises(ShotmillError, match="another-host") as caught:
        DaemonLock(run, across_hosts=True).take()
    assert str(first.path) in caught.value.cure
    local = DaemonLock(run)
    local.take()  # a local disk's lock is proof enough
    local.release()


def test_a_lock_that_survives_its_daemon_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    """A program that the daemon was starting when it was killed holds the lock until it runs."""
    first = DaemonLock(tmp_path / "run")
    first.take()
    with pytest.raises(AlreadyRunning):
        DaemonLock(tmp_path / "run").take()
    gone = subprocess.Popen(["true"])
    gone.wait()
    first.path.write_text(f"{gone.pid}\n")
    threading.Timer(0.05, first.release).start()
    second = DaemonLock(tmp_path / "run")
    second.take()
    assert second.path.read_text() == f"{os.getpid()}\n"
    second.release()


@pytest.mark.parametrize("across_hosts", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_whoever_looks_at_the_lock_does_not_keep_a_daemon_from_starting(
    tmp_path: Path, named: bool, across_hosts: bool
) -> None:
    """Clients look whether it is held by taking it for an instant, shared; the number in it may be another's by now."""
    lock = DaemonLock(tmp_path / "run", across_hosts=across_hosts)
    lock.path.parent.mkdir(mode=0o700)
    lock.path.write_text(f"{os.getpid() if named else ''}\n")
    looking = os.open(lock.path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.05, os.close, [looking]).start()
    lock.take()
    assert lock.path.read_text().startswith(str(os.getpid()))
    lock.release()


def test_a_lock_that_was_given_back_is_free_though_a_child_has_it_open(tmp_path: Path) -> None:
    first = DaemonLock(tmp_path / "run")
    first.take()
    child = os.fork()
    if not child:
        signal.pause()
        os._exit(0)
    try:
        first.release()
        second = DaemonLock(tmp_path / "run")
        second.take()
        second.release()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_the_unit_says_what_a_daemon_needs() -> None:
    lines = unit.unit_text("/opt/my venv/bin/python3").splitlines()
    assert 'ExecStart="/opt/my venv/bin/python3" -P -m shotmill.daemon run' in lines
    wanted = (
        "Type=notify",
        "Restart=on-failure",
        "KillMode=mixed",
        "LimitCORE=0",
        "UMask=0077",
        "NoNewPrivileges=yes",
        f"TimeoutStopSec={unit.DRAIN_S}",
        "Environment=SHOTMILL_LOGOUT=unit",
    )
    for line in wanted:
        assert line in lines


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not there")
def test_systemd_understands_every_line_of_it(tmp_path: Path) -> None:
    path = tmp_path / "shotmill.service"
    path.write_text(unit.unit_text(sys.executable))
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    command = ["systemd-analyze", "--user", "verify", "--man=no", str(path)]
    told = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout + told.stderr) == (0, "")


class Machine:
    """A user's folder with a service manager that may answer."""

    def __init__(self, folder: Path, *, answers: bool) -> None:
        self.asked: list[Sequence[str]] = []
        self.works = True
        binaries = folder / "bin"
        binaries.mkdir(parents=True)
        self.environ = {"HOME": str(folder), "PATH": str(binaries), "USER": "nobody-there"}
        if answers:
            (binaries / "systemctl").write_text("#!/bin/sh\n")
            (binaries / "systemctl").chmod(0o755)
            self.environ["XDG_RUNTIME_DIR"] = str(folder / "rt")
            (folder / "rt").mkdir()
            with socket.socket(socket.AF_UNIX) as bus:
                bus.bind(str(folder / "rt" / "bus"))

    def run(self, words: Sequence[str]) -> bool:
        self.asked.append(words)
        return self.works


def test_install_enables_it_where_a_service_manager_answers(mill: Home) -> None:
    machine = Machine(mill.path / "m", answers=True)
    said = unit.install(machine.environ, machine.run)
    path = unit.unit_path(machine.environ)
    assert path.read_text().startswith("[Unit]")
    assert [words[2] for words in machine.asked] == ["daemon-reload", "enable"]
    assert "Enabled" in " ".join(said)
    removed = unit.uninstall(machine.environ, machine.run)
    assert not path.exists()
    assert [words[2] for words in machine.asked[2:]] == ["disable", "daemon-reload"]
    assert "Removed" in " ".join(removed)
    assert unit.uninstall(machine.environ, machine.run) == ["No unit is installed."]


def test_install_says_what_is_left_to_do_where_none_answers(mill: Home) -> None:
    machine = Machine(mill.path / "m", answers=False)
    said = " ".join(unit.install(machine.environ, machine.run))
    assert "systemctl --user enable" in said
    assert machine.asked == []
    broken = Machine(mill.path / "b", answers=True)
    broken.works = False
    assert "could not be enabled" in " ".join(unit.install(broken.environ, broken.run))
    with pytest.raises(UsageError, match="SHOTMILL_HOME"):
        unit.install({**machine.environ, "SHOTMILL_HOME": "/x"}, machine.run)


def test_a_service_manager_is_known_from_what_it_says() -> None:
    mine = str(os.getpid())
    assert Service({"NOTIFY_SOCKET": "/run/x"}).manages
    assert Service({"INVOCATION_ID": "a"}).manages
    assert Service({"INVOCATION_ID": "a", "SYSTEMD_EXEC_PID": mine}).manages
    assert not Service({"INVOCATION_ID": "a", "SYSTEMD_EXEC_PID": "1"}).manages, "a terminal's, handed down"
    assert not Service({}).manages
    assert Service({"WATCHDOG_USEC": "30000000"}).watchdog_s == 15.0
    assert Service({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}).watchdog_s == 0.0
    assert Service({"WATCHDOG_USEC": "-x"}).watchdog_s == 0.0
    Service({"NOTIFY_SOCKET": "/nowhere/at/all"}).tell("READY=1")  # costs nothing


def test_an_abstract_notify_socket_is_heard() -> None:
    name = f"shotmill-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{name}")
        line.settimeout(60)
        Service({"NOTIFY_SOCKET": f"@{name}"}).tell("READY=1", "STATUS=ready")
        assert line.recv(100) == b"READY=1\nSTATUS=ready"


def test_an_uninstalled_daemon_command_answers_in_words(mill: Home) -> None:
    told = mill.command("daemon", "uninstall")
    assert told.returncode == 0
    assert "No unit" in told.stderr
    refused = mill.command("daemon", "install")
    assert refused.returncode == 2
    assert "SHOTMILL_HOME" in refused.stderr


def test_a_socket_folder_of_somebody_else_is_refused(mill: Home) -> None:
    mill.folders.run.mkdir(parents=True)
    mill.folders.run.chmod(0o777)
    with launched(mill) as (process,):
        assert process.wait(30) == 74
