"""One project on a network disk and two machines: the stamp on its lock counts where locks may not reach that far."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import Witness
from shotmill.daemon import project_lock
from shotmill.daemon.project_lock import ProjectLock, ProjectLocked
from shotmill.daemon.state_disk import OtherHost, record_of_host
from shotmill.errors import ShotmillError

FOREIGN = "4121 another-host 5f3c0000-0000-0000-0000-000000000000\n"


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_lock, "network_kind_of", lambda folder: "nfs4")


def test_the_lock_names_process_machine_and_boot_and_nobody_after_an_orderly_end(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = ProjectLock(path)
    first.take()
    assert path.read_text() == f"{os.getpid()} {record_of_host()}\n"
    with pytest.raises(ProjectLocked, match=f"process {os.getpid()}"):
        ProjectLock(path).take()
    first.release()
    assert path.read_text() == ""
    ProjectLock(path).take()


@pytest.mark.usefixtures("network")
def test_another_machines_stamp_on_a_network_disk_is_refused_with_its_cure(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(FOREIGN)
    with pytest.raises(OtherHost, match="another-host") as caught:
        ProjectLock(path).take()
    assert str(path) in caught.value.cure
    assert path.read_text() == FOREIGN, "its stamp stands until a person takes it away"
    path.write_text("")  # the cure
    lock = ProjectLock(path)
    lock.take()
    lock.release()


@pytest.mark.usefixtures("network")
def test_this_machines_own_stamp_of_a_death_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(f"4121 {os.uname().nodename} of-an-earlier-boot\n")
    ProjectLock(path).take()


def test_on_a_local_disk_the_lock_is_proof_enough(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(FOREIGN)
    ProjectLock(path).take()


def test_a_project_with_another_machines_stamp_is_shown_and_not_drawn(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    (film.root / ".shotmill").mkdir()
    (film.root / ".shotmill" / "lock").write_text(FOREIGN)
    (tmp_path / "sitecustomize.py").write_text(
        "from shotmill.daemon import state_disk\n"
        "from shotmill.takes.mounts import Mount\n"
        "real = state_disk.mount_at\n"
        "share = Mount('/share', 'nfs4', read_only=False)\n"
        "state_disk.mount_at = lambda folder: share if 'film' in folder.parts else real(folder)\n"
    )
    rest = mill.environ.get("PYTHONPATH", "")
    mill.spawn_daemon(PYTHONPATH=os.pathsep.join([str(tmp_path), *([rest] if rest else [])]))
    project = mill.open(film.root)
    with pytest.raises(ShotmillError, match="another-host") as refused:
        mill.start(project)
    assert (refused.value.code, int(refused.value.exit_code)) == ("other_host", 5)
    assert not provider.requests()
    (film.root / ".shotmill" / "lock").write_text("")
    assert mill.run_through(film.root)["styles"]["ink"]["done"] == 1
