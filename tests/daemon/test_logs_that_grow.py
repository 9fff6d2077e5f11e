"""Logs are rotated by their size, whole line by whole line, and what is rotated is its user's only."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from shotmill.daemon import daemon_log
from shotmill.engine import log as project_log
from shotmill.engine.log import LogLine, ProjectLog

LINES = 200


def test_a_projects_log_keeps_its_last_lines_in_a_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_log, "ROTATE_BYTES", 2000)
    told: list[object] = []
    path = tmp_path / "film" / ".shotmill" / "log.jsonl"
    path.parent.mkdir(parents=True)
    for number in range(LINES):  # a log each, so that its thread writes line by line
        log = ProjectLog(path, lambda: None, told.append)
        log._number = number
        log.add(LogLine(1000.0, "info", "note", f"line {number}"))
        log.close()
    files = [path, *(path.with_name(f"log.{number}.jsonl") for number in range(1, project_log.ROTATED_FILES + 1))]
    assert sorted(path.parent.iterdir()) == sorted(files)
    assert all(file.stat().st_size < 2200 for file in files)
    kept = [json.loads(line)["n"] for file in reversed(files) for line in file.read_text().splitlines()]
    assert kept == list(range(LINES - len(kept) + 1, LINES + 1)), "the last ones, none lost and none torn"
    assert len(told) == LINES


def test_the_daemons_log_is_rotated_and_made_again(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    handler = daemon_log._Private(path, maxBytes=1000, backupCount=2)

    def say(text: str) -> None:
        handler.emit(logging.LogRecord("shotmill", logging.INFO, "", 0, text, None, None))

    for number in range(1000):
        say(f"line {number}")
    files = [tmp_path / name for name in ("daemon.log", "daemon.log.1", "daemon.log.2")]
    assert sorted(tmp_path.iterdir()) == files
    assert all(file.stat().st_size <= 1000 and file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert path.read_text().endswith("line 999\n")
    path.unlink()
    say("after it was deleted")
    assert path.read_text() == "after it was deleted\n" and path.stat().st_mode & 0o777 == 0o600
    handler.close()
