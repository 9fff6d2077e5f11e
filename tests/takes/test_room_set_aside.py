"""Room for what was paid for: kept while there is plenty, given back when the disk is full."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from shotmill.daemon import crashes
from shotmill.daemon.crashes import Crashes
from shotmill.takes import reserve
from shotmill.takes.place import place_error
from shotmill.takes.reserve import RESERVE_BYTES, Reserve


def room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


def test_room_is_set_aside_given_back_and_set_aside_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reserve"
    kept = Reserve(path)
    assert not kept.relieve(), "there is nothing to give"
    room(monkeypatch, 100 * RESERVE_BYTES)
    kept.make()
    assert path.stat().st_blocks * 512 >= RESERVE_BYTES, "not only its length"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not kept.relieve(), "the disk has room"
    room(monkeypatch, reserve.FULL_BYTES - 1)
    assert kept.relieve()
    assert not path.exists()
    assert not kept.relieve()
    kept.make()
    assert not path.exists(), "a disk that is nearly full keeps its room"
    room(monkeypatch, 100 * RESERVE_BYTES)
    kept.make()
    assert path.exists()


def test_where_no_room_can_be_had_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room(monkeypatch, 100 * RESERVE_BYTES)
    (tmp_path / "reserve").symlink_to(tmp_path / "elsewhere")
    Reserve(tmp_path / "reserve").make()
    assert not (tmp_path / "elsewhere").exists()
    Reserve(tmp_path / "gone" / "reserve").make()


def test_a_start_on_a_full_disk_is_no_error_for_its_count_of_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Crashes(tmp_path).begin(1000.0) == 0

    def full(path: Path, *_: object) -> None:
        raise place_error(path, OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(crashes, "write_atomically", full)
    assert Crashes(tmp_path).begin(1001.0) == 1
