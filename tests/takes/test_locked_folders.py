"""A folder that its owner may write by its mode, and the system does not let them: chmod is no cure for it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from shotmill.doctor import files
from shotmill.doctor.check import Surroundings
from shotmill.settings.folders import Folders
from shotmill.takes.mounts import Mount
from shotmill.takes.place import cure_at, place_error

FILM = Path("/films/night train")


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.EACCES, "chmod u+rwx '/films/night train'   (or, where it is another user's: sudo chown -R"),
        (errno.EPERM, "sudo chattr -ia '/films/night train'   (where lsattr -d"),
        (errno.ENOSPC, "Free some space on that disk"),
        (errno.EROFS, "sudo mount -o remount,rw /films   (or copy"),
    ],
)
def test_the_cure_fits_what_the_system_refused(number: int, cure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shotmill.takes.place.mount_at", lambda path: Mount("/films", "ext4", read_only=True))
    refused = place_error(FILM, OSError(number, "refused"))
    assert cure_at(refused, FILM).startswith(cure)
    assert ("chmod" in f"{refused.cure} {cure_at(refused, FILM)}") == (number == errno.EACCES)


def test_a_locked_folder_waits_under_the_word_of_any_that_is_not_writable() -> None:
    refused = place_error(FILM, OSError(errno.EPERM, "Operation not permitted"))
    assert refused.code == "not_writable"
    assert "lsattr" in refused.cure


def test_the_doctor_names_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = place_error(tmp_path, OSError(errno.EPERM, "Operation not permitted"))
    monkeypatch.setattr(files, "refusal", lambda _: locked)
    check = files.check_writable(Surroundings(Folders.of({"SHOTMILL_HOME": str(tmp_path)}), {}, tmp_path))[0]
    assert "Operation not permitted" in check.fact
    assert "chattr" in check.cure and "chmod" not in check.cure
