import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from shotmill.settings.folders import LONGEST_SOCKET_PATH, Folders


def test_one_home_holds_everything() -> None:
    folders = Folders.of({"SHOTMILL_HOME": "/srv/mill", "XDG_CONFIG_HOME": "/elsewhere"})
    assert folders == Folders(Path("/srv/mill/config"), Path("/srv/mill/state"), Path("/srv/mill/cache"))
    assert folders.keys_file == Path("/srv/mill/config/keys.toml")
    assert folders.config_file == Path("/srv/mill/config/config.toml")
    assert folders.socket == Path("/srv/mill/state/run/d.sock")
    assert folders.database == Path("/srv/mill/state/shotmill.db")
    assert folders.spool == Path("/srv/mill/state/spool")
    assert folders.daemon_log == Path("/srv/mill/state/daemon.log")
    assert folders.client_log == Path("/srv/mill/state/client.log")


def test_a_relative_home_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Folders.of({"SHOTMILL_HOME": "mill"}).config == tmp_path / "mill" / "config"


@pytest.mark.skipif(sys.platform == "darwin", reason="the folders of Linux")
def test_the_usual_folders() -> None:
    folders = Folders.of({"HOME": "/home/ada"})
    assert folders.config == Path("/home/ada/.config/shotmill")
    assert folders.state == Path("/home/ada/.local/state/shotmill")
    assert folders.cache == Path("/home/ada/.cache/shotmill")


@pytest.mark.skipif(sys.platform == "darwin", reason="the folders of Linux")
def test_only_an_absolute_xdg_folder_counts() -> None:
    folders = Folders.of({"HOME": "/home/ada", "XDG_STATE_HOME": "/var/ada", "XDG_CONFIG_HOME": "conf"})
    assert folders.state == Path("/var/ada/shotmill")
    assert folders.config == Path("/home/ada/.config/shotmill")


@pytest.mark.parametrize("length", range(LONGEST_SOCKET_PATH - 30, LONGEST_SOCKET_PATH + 10))
def test_a_socket_path_always_fits(length: int) -> None:
    folders = Folders.of({"SHOTMILL_HOME": "/" + "é" * (length // 2)})
    assert len(os.fsencode(folders.socket)) <= LONGEST_SOCKET_PATH
    usual = folders.run / "d.sock"
    assert (folders.socket == usual) == (len(os.fsencode(usual)) <= LONGEST_SOCKET_PATH)


def test_two_long_homes_have_two_sockets() -> None:
    one, other = (Folders.of({"SHOTMILL_HOME": f"/{'x' * 120}{end}"}).socket for end in "ab")
    assert one != other
    assert one.parent.name.startswith(f"shotmill-{os.getuid()}-")


def test_folders_are_frozen_and_can_travel() -> None:
    folders = Folders.of({"SHOTMILL_HOME": "/srv/mill"})
    with pytest.raises(AttributeError):
        folders.config = Path("/")
    assert pickle.loads(pickle.dumps(folders)) == folders  # noqa: S301
    assert hash(folders) == hash(Folders.of({"SHOTMILL_HOME": "/srv/mill"}))


def test_asking_for_folders_imports_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import shotmill.settings.folders as f;"
        "f.Folders.of({'SHOTMILL_HOME': '/x'}).socket;"
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    new = set(done.stdout.split())
    assert not new & {"typing", "dataclasses", "inspect", "platformdirs", "hashlib", "tomllib", "asyncio", "json"}
