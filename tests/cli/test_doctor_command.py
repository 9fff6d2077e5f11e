"""`shotmill doctor` on a terminal: what is found shows at once; and its report does not hang on the bundle."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cli.command_line import Home, paper_terminal
from shotmill.doctor.check import Check, Surroundings, Test, fine, look
from shotmill_tui.cli import doctor, main


def test_what_is_not_fine_is_shown_while_others_are_checked(here: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = paper_terminal(tty=True)
    shown = threading.Event()
    said: list[str] = []

    def slow(around: Surroundings) -> list[Check]:
        while not shown.wait(0.01):
            text = terminal.err.getvalue()  # type: ignore[attr-defined]
            if "40 s off" in text and "checking: folder" in text:
                said.append(text)
                shown.set()
        return fine("folder", "Folder", "can be written")

    tests = [
        Test("clock", "Clock", lambda _: look("clock", "Clock", "40 s off", "mend it"), "stuck", "the clock"),
        Test("folder", "Folder", slow, "stuck", "the folder", seconds=20),
    ]
    monkeypatch.setattr("shotmill.doctor.examine.fitting", lambda around: tests)
    made = doctor._made(Surroundings(here.folders, {}), terminal)
    assert [check.id for check in made] == ["clock", "folder"]
    assert said, "nothing was shown before the last check was made"
    rest = terminal.err.getvalue()[len(said[0]) :]  # type: ignore[attr-defined]
    assert "\x1b[2A\x1b[J" in rest, "the lines are taken back: the report has them"


def test_the_report_comes_before_a_bundle_that_can_not_be_written(
    here: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill.doctor.examine.fitting", lambda around: [])
    taken: Path = here.work / "taken.zip"
    taken.touch()
    assert main(["doctor", "--bundle", str(taken)]) == 2
    said = capsys.readouterr()
    assert "Diagnostics   0 broken" in said.out
    assert "there already" in said.err
