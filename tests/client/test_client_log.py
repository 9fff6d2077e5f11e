"""What kept a screen or a command from the daemon is written down, whatever lies at the log's place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shotmill.client import client_log
from shotmill.errors import NothingRunsError, UnreachableError, UsageError
from shotmill.settings.folders import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    found = Folders.of({"SHOTMILL_HOME": str(tmp_path)})
    found.state.mkdir()
    return found


def test_a_line_is_for_its_user_and_holds_no_key(folders: Folders) -> None:
    client_log.tell(folders, "gone\x1b[2J AIzaSyCANARY0123456789")
    client_log.tell(folders, "still gone")
    said = folders.client_log.read_text()
    assert len(said.splitlines()) == 2
    assert "CANARY01" not in said and "\x1b" not in said
    assert folders.client_log.stat().st_mode & 0o777 == 0o600


def test_neither_a_link_nor_a_pipe_is_written_through(folders: Folders) -> None:
    target = folders.state / "target"
    target.write_text("")
    folders.client_log.symlink_to(target)
    client_log.tell(folders, "gone")
    assert target.read_text() == ""
    folders.client_log.unlink()
    os.mkfifo(folders.client_log)
    client_log.tell(folders, "gone")  # nobody reads: it must not wait


def test_a_long_file_is_set_aside(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_log, "MOST_BYTES", 100)
    client_log.tell(folders, "first " + "x" * 100)
    client_log.tell(folders, "second")
    assert "first" in folders.client_log.with_suffix(".1.log").read_text()
    assert "second" in folders.client_log.read_text()


def test_a_state_folder_that_is_not_there_stays_so(tmp_path: Path) -> None:
    client_log.tell(Folders.of({"SHOTMILL_HOME": str(tmp_path)}), "gone")
    assert not list(tmp_path.iterdir())


def test_only_faults_of_the_line_are_its() -> None:
    assert client_log.is_of_the_line(UnreachableError("gone"))
    assert client_log.is_of_the_line(UsageError("0.0.9 runs", code="other_version"))
    assert not client_log.is_of_the_line(NothingRunsError("no keys"))
