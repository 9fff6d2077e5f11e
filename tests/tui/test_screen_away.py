"""What happened while nobody looked is said once, whether the screen was closed or only out of sight."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

from textual import events

from shotmill.client.link import SnapshotArrived
from shotmill_tui.actions import USUAL
from shotmill_tui.model.away import AWAY_S, standing, while_away
from shotmill_tui.session import Session
from tui.driving import Driven, driven
from tui.sample import LOG, NOW, STATES, at, log, night_train, shots, status

KEYS = [{"name": "finn", "masked": "…x", "quota_project": "finn", "state": "ready"}]


def session(**parts: Any) -> Session:
    made = Session()
    made.apply(SnapshotArrived(night_train(**parts)))
    return made


def told(then: Session, now: Session, away_s: float = AWAY_S) -> str:
    assert then.view is not None and now.view is not None
    kept = standing(then.view, NOW - away_s)
    return while_away(now.view, kept, now.log.all, NOW, UTC, USUAL)


def changed(marks: str, **run: Any) -> Session:
    """Illustration with these marks for the first of what was to do."""
    beats = STATES["illustration"]
    for mark in marks:
        beats = beats.replace(".", mark, 1)
    found = night_train(keys=[{**KEYS[0], "state": "invalid"}], log=[*LOG, log(99, "02:14:09", "clear", "", "again",
                        "finn")], status=status(**run))  # fmt: skip
    found["styles"][0]["shots"] = shots(beats)
    made = Session()
    made.apply(SnapshotArrived(found))
    return made


def test_everything_that_a_person_wants_to_know_is_told_with_its_moment() -> None:
    then = session(keys=KEYS, status=status(spent_usd=1.0))
    now = changed("vvvv##x?", state="waiting", waiting_since=at("11:58:00"), spent_usd=2.5)
    assert told(then, now) == (
        "While you were away: 4 drawn, 2 blocked, 1 failed, 1 in doubt, $1.50 spent, finn not valid since 02:14, "
        "waiting since 11:58.  n shows them"
    )


def test_the_end_of_a_run_is_told_with_its_moment() -> None:
    then = session(keys=KEYS)
    for state, reason, said in (("finished", "", "finished 12:01"), ("stopped", "asked", "stopped 12:01"),
                                ("stopped", "budget", "stopped at the budget 12:01")):  # fmt: skip
        assert f"{said}." in told(then, changed("v", state=state, reason=reason, ended_at=at("12:01:00")))


def test_what_was_so_before_is_no_news() -> None:
    waits = changed("", state="waiting", waiting_since=at("02:31:00"))
    assert told(waits, waits) == ""
    ended = changed("", state="finished", ended_at=at("02:31:00"))
    assert told(ended, ended) == ""
    assert told(session(), changed("v"), AWAY_S - 1) == "", "less than ten minutes is not away"


async def test_a_terminal_that_lost_its_focus_for_ten_minutes_is_told_once() -> None:
    async with driven() as driver:
        await _look(driver, events.AppBlur())
        driver.connection.change(beats=[["illustration", 6, 0, "v"], ["illustration", 6, 1, "#"]])
        driver.clock[0] += AWAY_S + 60
        await driver.settle()
        assert "away" not in driver.text
        await _look(driver, events.AppFocus())
        assert "While you were away: 1 drawn, 1 blocked." in driver.second
        await driver.press("right")
        await _look(driver, events.AppBlur())
        driver.clock[0] += AWAY_S - 60
        await _look(driver, events.AppFocus())
        assert "away" not in driver.second


async def test_who_lost_a_screen_out_of_sight_is_told_from_when_it_was_left(tmp_path: Path) -> None:
    memory = tmp_path / "seen.json"
    async with driven(remember=memory) as driver:
        await _look(driver, events.AppBlur())
        driver.connection.change(beats=[["illustration", 6, 0, "v"]])
        driver.clock[0] += AWAY_S
        await driver.settle()
        driver.app.leave()
    assert '"done": 93' in memory.read_text()


async def _look(driver: Driven, event: events.Event) -> None:
    driver.app.post_message(event)
    await driver.settle()
