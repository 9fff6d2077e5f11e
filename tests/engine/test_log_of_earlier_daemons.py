"""A project's log goes on over the lives of daemons."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from daemon.waiting import until
from shotmill.engine.log import KEPT_LINES, LogLine, ProjectLog


def told_before(path: Path) -> tuple[ProjectLog, list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []
    log = ProjectLog(path, lambda: None, heard.append)
    log.recall()
    return log, heard


def test_a_new_daemon_has_the_last_lines_and_counts_on(tmp_path: Path) -> None:
    path = tmp_path / "film" / ".shotmill" / "log.jsonl"
    path.parent.mkdir(parents=True)
    first, _ = told_before(path)
    for number in range(KEPT_LINES + 5):
        first.add(LogLine(100.0 + number, "info", "done", "", "ink", f"1.{number}", "anna", 2.5, 1400))
    first.add(LogLine(900.0, "warning", "note", "for the whole project"))
    first.close()

    log, heard = told_before(path)
    assert log.recent() == first.recent() and heard == []
    log.add(LogLine(901.0, "info", "sent", style="ink", beat="2.1"))
    assert heard[0]["n"] == KEPT_LINES + 7
    log.close()


def test_what_is_no_line_of_ours_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "film" / ".shotmill" / "log.jsonl"
    path.parent.mkdir(parents=True)
    good = {"n": 7, "at": 5.0, "level": "info", "event": "note", "style": "", "beat": "", "key": "", "text": "\x1b[2J"}
    odd: list[Any] = [3, [], {}, {**good, "n": 2**60}, {**good, "n": 8, "level": "loud"}, {**good, "n": 9, "at": "x"},
                      {**good, "n": 10, "bytes": "many"}, {"level": "warning", "text": "lines were lost"}]  # fmt: skip
    path.write_text("\n".join([json.dumps(good), *(json.dumps(one) for one in odd), '{"n": 11, "at"']))
    log, _ = told_before(path)
    assert [line["n"] for line in log.recent()] == [7] and "\x1b" not in log.recent()[0]["text"]
    log.close()


def test_a_disk_that_takes_nothing_fills_no_memory_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shotmill.engine.log.MOST_WAITING", 10)
    path = tmp_path / "film" / ".shotmill" / "log.jsonl"
    path.parent.mkdir(parents=True)
    stuck, heard = threading.Semaphore(0), threading.Semaphore(0)

    def at_home() -> None:
        heard.release()
        stuck.acquire()

    log = ProjectLog(path, at_home, lambda _: None)
    log.add(LogLine(100.0, "info", "note", "first"))
    heard.acquire()  # the thread has it in hand and waits for the disk
    for number in range(50):
        log.add(LogLine(101.0 + number, "info", "note", str(number)))
    assert len(log.recent()) == 51
    stuck.release(10)
    log.close()
    told = texts(path)
    assert told[:11] == ["first", *map(str, range(10))]
    since = time.strftime("%a %H:%M:%S", time.localtime(111.0))
    assert told[11:] == [f"40 log lines could not be written from {since} on"]


def test_what_is_told_while_the_folder_is_away_is_written_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill.engine.log.MOST_WAITING", 4)
    monkeypatch.setattr("shotmill.engine.log.AGAIN_S", 0.01)
    dot = tmp_path / "film" / ".shotmill"
    path = dot / "log.jsonl"
    log = ProjectLog(path, lambda: None, lambda _: None)
    for number in range(6):
        log.add(LogLine(100.0 + number, "info", "note", str(number)))
        until(lambda: len(log._kept) + log._lost > number, "a line that is refused, since there is no such folder")  # noqa: B023
    dot.mkdir(parents=True)
    until(path.exists, "what was kept")  # without another line
    log.add(LogLine(200.0, "info", "note", "goes on"))
    log.close()
    since = time.strftime("%a %H:%M:%S", time.localtime(104.0))
    assert texts(path) == ["0", "1", "2", "3", f"2 log lines could not be written from {since} on", "goes on"]


def test_a_disk_that_takes_half_a_line_is_given_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film" / ".shotmill" / "log.jsonl"
    path.parent.mkdir(parents=True)
    write, full = os.write, [True]

    def half(descriptor: int, data: bytes) -> int:
        is_the_log = os.path.samestat(os.fstat(descriptor), path.stat())
        return write(descriptor, data[: len(data) // 2] if is_the_log and full and full.pop() else data)

    monkeypatch.setattr("shotmill.engine.log.os.write", half)
    log, _ = told_before(path)
    log.add(LogLine(100.0, "info", "note", "first"))
    until(lambda: not full, "a disk that is full")
    log.add(LogLine(101.0, "info", "note", "second"))
    log.close()
    assert texts(path) == ["first", "second"]


def test_a_file_that_can_not_be_moved_is_written_on_and_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill.engine.log.ROTATE_BYTES", 1)
    monkeypatch.setattr("shotmill.engine.log.AGAIN_S", 0.01)
    path = tmp_path / "film" / ".shotmill" / "log.jsonl"
    (path.parent / "log.4.jsonl").mkdir(parents=True)
    (path.parent / "log.3.jsonl").touch()  # can't take the place of a folder
    log, _ = told_before(path)
    log.add(LogLine(100.0, "info", "note", "first"))
    until(path.exists, "the first line")
    log.add(LogLine(101.0, "info", "note", "second"))
    log.close()
    assert texts(path) == ["first", "second"]


def texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]
