"""Finding the daemon and starting it: one at a time, with what it needs of the environment and not a key more."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from client.fake_daemon import FakeDaemon
from shotmill.client import host, lock, place, spawn, surroundings
from shotmill.errors import ExitCode, ShotmillError, UnreachableError
from shotmill.settings.folders import Folders

STAND_IN = """
import json, os, sys
descriptor = int(sys.argv[sys.argv.index("--ready-fd") + 1])
{body}
"""


@pytest.fixture
def folders(home: Path) -> Folders:
    return Folders.of({"SHOTMILL_HOME": str(home)})


def stand_in(home: Path, body: str) -> dict[str, str]:
    """An environment in which `python -m shotmill.daemon` is a few lines of a test."""
    package = home / "stand_in" / "shotmill" / "daemon"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(STAND_IN.format(body=body))
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(home / "stand_in"), "SHOTMILL_HOME": str(home)}


def test_a_running_daemon_is_found_and_not_started(daemon: FakeDaemon) -> None:
    daemon.answers["/v1/environment"] = lambda question, line: daemon.json(line, {"keys": 0})
    info = spawn.ensure_daemon(daemon.folders, {})
    assert (info.pid, info.version, info.started) == (os.getpid(), daemon.version, False)


def test_keys_of_the_environment_travel_over_the_socket(daemon: FakeDaemon) -> None:
    daemon.answers["/v1/environment"] = lambda question, line: daemon.json(line, {"keys": 1})
    spawn.ensure_daemon(daemon.folders, {"GEMINI_API_KEY": "AIza-one", "HOME": "/root", "OTHER_KEY": "no"})
    assert daemon.asked[-1].method == "PUT"
    assert daemon.asked[-1].body == {"keys": {"GEMINI_API_KEY": "AIza-one", "GOOGLE_API_KEY": ""}}


def test_the_true_reason_comes_through_the_pipe(folders: Folders, home: Path) -> None:
    said = '{"code": "state", "message": "made by 1.8", "cure": "update", "exit_code": 2}'
    environ = stand_in(home, f"os.write(descriptor, {said!r}.encode() + b'\\n')")
    with pytest.raises(ShotmillError, match=r"made by 1\.8") as caught:
        spawn.ensure_daemon(folders, environ)
    assert str(folders.daemon_log) in caught.value.cure
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_daemon_that_dies_without_a_word_leaves_its_last_line(folders: Folders, home: Path) -> None:
    with pytest.raises(UnreachableError, match="no module named unicorn"):
        spawn.ensure_daemon(folders, stand_in(home, 'raise SystemExit("no module named unicorn")'))


def test_a_daemon_that_is_never_ready_is_given_up(
    folders: Folders, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawn, "READY_WITHIN", 0.3)
    environ = stand_in(home, f"import time\nwhile os.path.exists({str(home)!r}): time.sleep(0.05)")
    with pytest.raises(UnreachableError, match="not ready"):
        spawn.ensure_daemon(folders, environ)


def test_the_daemon_starts_apart_from_us_and_knows_no_key(folders: Folders, home: Path) -> None:
    body = """
facts = {"cwd": os.getcwd(), "session": os.getsid(0) == os.getpid(), "environ": dict(os.environ), "path": sys.path[0],
         "stdin": os.readlink("/proc/self/fd/0"), "argv": sys.argv[1:]}
home = os.environ["SHOTMILL_HOME"]
open(home + "/facts.json", "w").write(json.dumps(facts))
os.write(descriptor, b'{"message": "seen"}\\n')
"""
    environ = {
        **stand_in(home, body),
        "GEMINI_API_KEY": "AIza-canary",
        "LS_COLORS": "x",
        "SHOTMILL_TEST_KEY": "AIza-no",
    }
    with pytest.raises(ShotmillError, match="seen"):
        spawn.ensure_daemon(folders, environ, home / "film é")
    facts = (home / "facts.json").read_text()
    assert "AIza" not in facts
    assert "LS_COLORS" not in facts
    assert '"cwd": "/"' in facts
    assert '"session": true' in facts
    assert '"stdin": "/dev/null"' in facts
    assert "film" not in str(json.loads(facts)["argv"]), "everybody may read that"
    assert json.loads(facts)["environ"]["SHOTMILL_OPENS"] == str(home / "film é")


def test_a_holder_of_the_lock_without_a_socket_is_not_doubled(daemon: FakeDaemon) -> None:
    daemon.close_socket()
    with pytest.raises(UnreachableError) as caught:
        spawn.find_daemon(daemon.folders, timeout=0.3)
    assert caught.value.code == "no_answer"


def test_a_starting_holder_is_waited_for(daemon: FakeDaemon) -> None:
    daemon.close_socket()
    later = threading.Timer(0.3, daemon.start)
    later.start()
    info = spawn.find_daemon(daemon.folders, timeout=10)
    later.join()
    assert info is not None
    assert info.version == daemon.version


def test_without_lock_and_socket_there_is_none(folders: Folders) -> None:
    assert spawn.find_daemon(folders) is None
    assert not folders.run.exists()


def test_way_to_start_prefers_what_lives_longest() -> None:
    all_there = host.Host(unit_installed=True, user_bus=True, systemd_run=True, systemctl=True, own_home=False)
    assert host.way_to_start(all_there) == "unit"
    assert host.way_to_start(all_there._replace(unit_installed=False)) == "scope"
    assert host.way_to_start(all_there._replace(own_home=True)) == "scope"
    assert host.way_to_start(all_there._replace(user_bus=False)) == "plain"
    assert host.way_to_start(all_there._replace(unit_installed=False, systemd_run=False)) == "plain"


def test_a_scope_that_gives_up_falls_back_to_plain(folders: Folders, home: Path) -> None:
    environ = stand_in(
        home, "os.write(descriptor, b'{\"message\": \"' + os.environ['SHOTMILL_LOGOUT'].encode() + b'\"}\\n')"
    )
    binaries = home / "bin"
    binaries.mkdir()
    (binaries / "systemd-run").write_text(f"#!/bin/sh\ntouch {home}/tried\nexit 1\n")
    (binaries / "systemd-run").chmod(0o755)
    runtime = home / "runtime"
    runtime.mkdir()
    import socket

    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(runtime / "bus"))
        environ |= {"PATH": f"{binaries}:{environ['PATH']}", "XDG_RUNTIME_DIR": str(runtime)}
        with pytest.raises(ShotmillError, match="plain"):
            spawn.ensure_daemon(folders, environ)
    assert (home / "tried").exists()


def test_the_environment_is_a_list_of_what_is_needed() -> None:
    environ = {"PATH": "/bin", "LC_ALL": "C", "https_proxy": "p", "NO_PROXY": "q", "SHOTMILL_HOME": "/h", "XDG_X": "1"}
    environ |= {"LD_LIBRARY_PATH": "/opt/lib", "PYTHONHOME": "/opt"}  # else its interpreter may not start
    strange = {"GEMINI_API_KEY": "k", "SHOTMILL_API_KEY": "k", "LD_PRELOAD": "x", "AWS_SECRET": "s", "EDITOR": "vi"}
    assert surroundings.for_daemon(environ | strange) == environ


def test_the_folder_is_made_private(home: Path) -> None:
    folder = home / "state" / "run"
    place.make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    place.make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_folders_that_are_not_ours_alone_are_refused(home: Path) -> None:
    folder = home / "run"
    folder.mkdir()
    folder.chmod(0o770)
    with pytest.raises(UnreachableError) as caught:
        place.make_private(folder)
    assert f"chmod 700 {folder}" in caught.value.cure
    found = folder.stat()
    assert place.trouble_with(found, os.getuid() + 1) == (
        "belongs to another user",
        "Set SHOTMILL_HOME to a folder of your own",
    )
    link = home / "link"
    link.symlink_to(folder)
    trouble = place.trouble_with(link.lstat(), os.getuid())
    assert trouble is not None
    assert "not a folder" in trouble[0]


def test_a_lock_is_seen_without_being_made_or_taken(home: Path) -> None:
    path = home / "daemon.lock"
    assert not lock.is_held(path)
    assert not path.exists()
    with lock.held(path, timeout=1):
        assert lock.is_held(path)
        assert lock.is_held(path)
        with pytest.raises(UnreachableError, match="Another command"), lock.held(path, timeout=0.1):
            pass
    assert not lock.is_held(path)
