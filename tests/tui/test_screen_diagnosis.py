"""Checks of this machine and of the daemon on one screen; a project that can't be opened; the bundle."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shotmill.doctor.check import Check, Surroundings, Test, Verdict
from shotmill.errors import NothingRunsError, UsageError
from shotmill.settings.folders import Folders
from shotmill_tui.preferences import Preferences
from tui.at_work import a_workplace
from tui.driving import Driven, driven
from tui.sample import night_train
from tui.sample_keys import fresh_project
from tui.scripted import ScriptedConnection, playing

BROKEN = UsageError(
    "prompts/prompts-clear.json, line 12: a comma is missing\nprompts/prompts-clear.json, line 40: no beat_number",
    cure="Mend these lines",
)


class Slow:
    """Two local checks, of which one waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.fact = "the clock is 40 s off"
        tests = [
            Test("clock", "Clock", self._clock, "stuck", "the clock"),
            Test("folder", "Folder", self._folder, "progress", "the folder"),
        ]
        monkeypatch.setattr("shotmill_tui.screens.diagnostics.fitting", lambda around: tests)

    def _clock(self, around: Surroundings) -> list[Check]:
        return [Check("clock", "Clock", Verdict.LOOK, self.fact, "timedatectl set-ntp true")]

    def _folder(self, around: Surroundings) -> list[Check]:
        self.go.wait(60)
        return [Check("folder", "Folder", Verdict.BROKEN, f"{around.project.name} can't be written", "chmod u+w .")]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setattr("tui.resting.threads_work", lambda loop: False)  # the one that is held is not waited for
    made = Slow(monkeypatch)
    yield made
    made.go.set()


def report_in(folder: Path) -> str:
    (path,) = folder.glob("shotmill-bundle-*.zip")
    with zipfile.ZipFile(path) as bundle:
        return bundle.read("report.txt").decode()


async def until(driver: Driven, words: str) -> None:
    deadline = time.monotonic() + 60
    while words not in driver.text and words not in " ".join(driver.text.split()):  # long paths break lines anywhere
        assert time.monotonic() < deadline, f"{words!r} did not come:\n{driver.text}"
        await driver.pilot.pause(0.02)


async def test_checks_appear_as_they_finish_broken_ones_first(slow: Slow, tmp_path: Path) -> None:
    connection = playing()
    async with driven(connection, workplace=a_workplace(tmp_path, connection)) as driver:
        await driver.pilot.press("i")
        await until(driver, "40 s off")
        assert "1 still checking" in driver.rows()[0] and "can't be written" not in driver.text
        assert "Key finn" in driver.text, "what the daemon found stands there already"
        slow.go.set()
        await until(driver, "night-train can't be written")
        rows = driver.rows()
        assert "2 broken   3 to look at   4 fine" in rows[0] and "checking" not in rows[0]
        firsts = [row[:6].strip() for row in rows[3:] if row[:6].strip() in ("✗", "look")]
        assert firsts.count("✗") == 2
        assert firsts == sorted(firsts, key=["✗", "look"].index)
        slow.fact = "the clock is right by now"
        await driver.pilot.press("t")
        await until(driver, "right by now")


async def test_start_that_is_refused_opens_at_the_line_that_is_wrong() -> None:
    connection = ScriptedConnection(fresh_project())
    connection.answers["start"] = NothingRunsError("there is no key on this machine", cure="shotmill keys add NAME")
    async with driven(connection) as driver:
        await driver.press("s", "enter")
        rows = driver.rows()
        assert rows[0].startswith(" Diagnostics") and "Start" in rows[3] and "no key on this machine" in rows[3]
        assert "→ shotmill keys add NAME" in rows[4]
        await driver.press("t")
        assert "no key on this machine" not in "\n".join(driver.rows()[2:])
        await driver.press("escape", "i")
        assert "Start" not in driver.rows()[3]


async def test_broken_prompts_open_the_screen_and_it_goes_on_when_they_are_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill_tui.screens.diagnostics.fitting", lambda around: [])
    monkeypatch.setattr("shotmill_tui.screens.diagnostics.LOOK_AGAIN_S", 0.05)
    broken, mended = ScriptedConnection(), ScriptedConnection(night_train())
    broken.answers["projects"] = BROKEN
    broken.answers["doctor?project={id}"] = BROKEN
    async with driven(broken, workplace=a_workplace(tmp_path, mended), trouble=BROKEN) as driver:
        rows = driver.rows()
        assert rows[0].startswith(" Diagnostics    1 broken") and "can't be opened" in rows[1]
        assert "Project" in rows[3] and "line 12: a comma is missing" in rows[3]
        assert "line 40: no beat_number" in rows[4] and "→ Mend these lines" in rows[5]
        broken.answers["projects"] = UsageError("prompts-clear.json, line 40: no beat_number", cure="Mend it")
        await until(driver, "→ Mend it")
        assert "line 12" not in driver.text
        await driver.press("escape")
        assert "■ can't be opened" in driver.rows()[0]
        await driver.press("i")
        broken.answers["projects"] = {"id": "p1"}
        await until(driver, "╭ 1 illustration")
        assert "Mended: the project is open" in driver.second


async def test_mending_leads_to_the_first_run_where_that_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill_tui.screens.diagnostics.fitting", lambda around: [])
    monkeypatch.setattr("shotmill_tui.screens.diagnostics.LOOK_AGAIN_S", 0.05)
    broken = ScriptedConnection()
    place = a_workplace(tmp_path, ScriptedConnection(fresh_project()))
    async with driven(broken, workplace=place, trouble=BROKEN, first_run=True) as driver:
        await until(driver, "1 of 3")
        assert "no key on this machine" in " ".join(driver.text.split())


async def test_the_bundle_is_written_where_the_screen_was_opened(
    slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    slow.go.set()
    connection = playing()
    async with driven(connection, workplace=a_workplace(tmp_path / "work", connection)) as driver:
        await driver.pilot.press("i")
        await until(driver, "can't be written")
        await driver.press("b")
        await until(driver, "Look into it before you send it")
        await driver.press("b")
        await until(driver, "is there already")
    assert "Key finn" in report_in(tmp_path)


async def test_a_bundle_says_which_checks_it_lacks(slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    connection = playing()
    async with driven(connection, workplace=a_workplace(tmp_path / "work", connection)) as driver:
        await driver.pilot.press("i")
        await until(driver, "40 s off")
        await driver.pilot.press("b")
        await until(driver, "without Folder: still checking")
        slow.go.set()


async def test_the_provider_is_asked_on_a_key_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def fitting(around: Surroundings) -> list[Test]:
        asked.append(around.online)
        return []

    monkeypatch.setattr("shotmill_tui.screens.diagnostics.fitting", fitting)
    connection = playing()
    async with driven(connection, workplace=a_workplace(tmp_path, connection)) as driver:
        await driver.press("i", "O", "t")
        assert asked == [False, True, True]
        assert "O ask provider" in driver.rows()[-1]


async def test_a_check_says_more_when_unfolded() -> None:
    connection = playing()
    checks = [{"id": "disk", "title": "Disk", "verdict": "look", "fact": "3 GB free", "cure": "make room",
               "more": "on /dev/vda1", "page": "progress"}]  # fmt: skip
    connection.answers["doctor?project={id}"] = {"checks": checks}
    async with driven(connection, size=(80, 24)) as driver:
        await driver.press("i")
        assert "/dev/vda1" not in driver.text
        await driver.press("enter")
        assert "on /dev/vda1" in driver.text and "more: shotmill help progress" in driver.text


async def test_the_report_can_be_copied_whole(slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what is folded into one line, and what a small terminal has no room for."""
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    slow.go.set()
    connection, folders = playing(), Folders.of({"SHOTMILL_HOME": str(tmp_path)})
    place = a_workplace(tmp_path, connection)
    async with driven(connection, (60, 10), workplace=place, preferences=Preferences(folders=folders)) as driver:
        await driver.pilot.press("i")
        await until(driver, "2 broken   3 to look at")
        assert "41 GB free" not in driver.text
        await driver.press("c")
        assert "Copied" in driver.text
    report = (folders.cache / "clipboard.txt").read_text()
    for words in ("night-train can't be written", "→ chmod u+w .", "40 s off", "Key finn", "41 GB free"):
        assert words in report, words
