"""The log is read without a daemon: all its files, only what is wanted, and on while it is written and rotated."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from cli.command_line import WITHIN, Home, paper_terminal
from shotmill_tui.cli import log_files, main
from shotmill_tui.cli.log_words import in_words

Captured = pytest.CaptureFixture[str]


def line(number: int, **fields: Any) -> str:
    usual = {"n": number, "at": 1_795_432_809.2 + number, "level": "info", "style": "clear", "beat": f"1.{number}"}
    return json.dumps({**usual, "event": "done", "key": "anna", "seconds": 8.1, "bytes": 1_400_000, **fields}) + "\n"


@pytest.fixture
def log(here: Home) -> Path:
    (here.work / "prompts").mkdir()
    (here.work / ".shotmill").mkdir()
    return here.work / ".shotmill" / "log.jsonl"


def test_a_line_has_all_that_the_screens_show() -> None:
    said = in_words(json.loads(line(3, text="take 2")), "2026-11-23", paper_terminal())
    for fact in ("✓", "clear", "1.3", "8.1 s", "1.4 MB", "anna", "take 2"):
        assert fact in said


def test_older_files_come_first(log: Path, capsys: Captured) -> None:
    log.with_name("log.2.jsonl").write_text(line(1))
    log.with_name("log.1.jsonl").write_text(line(2))
    log.write_text(line(3) + '{"torn')
    assert main(["logs"]) == 0
    said = capsys.readouterr().out
    assert [word for word in said.split() if word.startswith("1.") and word != "1.4"] == ["1.1", "1.2", "1.3"]


def test_style_level_and_count_choose(log: Path, capsys: Captured) -> None:
    log.write_text(
        line(1) + line(2, style="other") + line(3, level="debug") + line(4, level="warning", event="again") + line(5)
    )
    assert main(["logs", "--style", "clear", "--level", "debug", "--json"]) == 0
    assert [json.loads(each)["n"] for each in capsys.readouterr().out.splitlines()] == [1, 3, 4, 5]
    assert main(["logs", "-n", "2", "--json"]) == 0
    assert [json.loads(each)["n"] for each in capsys.readouterr().out.splitlines()] == [4, 5]
    assert main(["logs", "--level", "warning", "--json"]) == 0
    assert [json.loads(each)["n"] for each in capsys.readouterr().out.splitlines()] == [4]


def test_an_empty_project_says_so(log: Path, capsys: Captured) -> None:
    assert main(["logs"]) == 0
    assert "Nothing was logged" in capsys.readouterr().err


def test_rubbish_lines_are_passed_over_and_controls_shown(log: Path, capsys: Captured) -> None:
    log.write_text("[1]\nnull\n\n" + line(1, text="\x1b[2Jx") + '{"at": "x"}\n')
    assert main(["logs"]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "␛[2Jx" in said


def test_news_are_whole_lines_across_a_rotation(log: Path) -> None:
    folder = log.parent
    log.write_text(line(1))
    _, place = log_files.existing(folder)
    with log.open("a") as file:
        file.write(line(2) + line(3)[:20])
        file.flush()
        lines, place = log_files.news(folder, place)
        assert [json.loads(each)["n"] for each in lines] == [2]
        file.write(line(3)[20:] + line(4))
    log.rename(folder / "log.1.jsonl")
    log.write_text(line(5))
    lines, place = log_files.news(folder, place)
    assert [json.loads(each)["n"] for each in lines] == [3, 4, 5]
    assert log_files.news(folder, place) == ([], place)


def test_a_log_that_is_not_there_yet_is_waited_for(log: Path) -> None:
    lines, place = log_files.existing(log.parent)
    assert (lines, place) == ([], log_files.NOWHERE)
    log.write_text(line(1))
    lines, _ = log_files.news(log.parent, place)
    assert len(lines) == 1


def test_following_ends_with_ctrl_c(home: Home) -> None:
    (home.work / ".shotmill").mkdir()
    (home.work / "prompts").mkdir()
    log = home.work / ".shotmill" / "log.jsonl"
    log.write_text(line(1))
    process = home.start("logs", "-f")
    assert process.stdout is not None
    assert "1.1" in process.stdout.readline()
    with log.open("a") as file:
        file.write(line(2))
    assert "1.2" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=WITHIN)
    assert (process.returncode, out, err) == (130, "", "")
