"""Whole screens: each in each layout, the floor in each theme, and each state. Layout and colours that no assertion
names; `pytest tests/tui/test_screen_pictures.py --snapshot-update` takes them anew."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual import events

from shotmill.client.link import DaemonGone, LinkState, OtherVersion, Reconnecting, Stale
from shotmill_tui.app import ShotmillApp
from tui.at_work import a_workplace
from tui.sample import NOW, STATES, many_styles, night_train, shots, status
from tui.sample_keys import fresh_project
from tui.scripted import ScriptedConnection
from tui.still import TextPicture, settled, still

Json = dict[str, Any]
SIZES = ((80, 24), (120, 36), (200, 50))
THEMES = ("cyanotype", "darkroom", "lightbox", "noir", "terminal")
SCREENS: dict[str, tuple[str, ...]] = {
    "floor": ("n",),
    "beat": ("n", "n", "enter"),
    "log": ("l", "up"),
    "keys": ("k", "down"),
    "diagnostics": ("i",),
    "projects": ("o", "down"),
    "themes": ("v",),
    "help": ("question_mark",),
    "palette": ("colon", "s"),
    "question": ("X",),
    "entry": ("ampersand", "e", "v", "a"),
}


def all_as(mark: str) -> tuple[dict[str, str], list[Json]]:
    """Every beat of the sample with one mark."""
    states = {name: "".join(mark if one != " " else " " for one in line) for name, line in STATES.items()}
    return states, [{"name": name, "quota": ["film-1"], "shots": shots(line)} for name, line in states.items()]


def everywhere(mark: str, **run: Any) -> Json:
    states, styles = all_as(mark)
    return night_train(status=status(states, **run), styles=styles)


def limit(name: str, **more: Any) -> Json:
    return {"limit": name, "style": "", "beats": 0, "seconds_each": 0, "per_minute": 0, "quota_projects": 4, **more}


TUESDAY = NOW + 75_347
STATE_PICTURES: dict[str, tuple[Json, LinkState | None]] = {
    "stale": (night_train(), Stale(NOW - 14)),
    "reconnecting": (night_train(), Reconnecting(NOW - 40, NOW + 2)),
    "gone": (night_train(), DaemonGone(NOW - 600)),
    "other version": (night_train(), OtherVersion("0.2", "0.3")),
    "ready": (night_train(status=status(state="idle", ends_at=None)), None),
    "stopping": (night_train(status=status(state="stopping", eta_s=6.0, ends_at=None)), None),
    "waiting": (night_train(status=status(state="waiting", waiting_until=TUESDAY), pace=limit("day_quota")), None),
    "network": (
        night_train(status=status(state="waiting", waiting_until=NOW + 32), pace=limit("network", since=NOW - 7000)),
        None,
    ),
    "disk": (
        night_train(status=status(state="waiting"), pace=limit("disk", free_bytes=412e6, needed_bytes=3.1e9)),
        None,
    ),
    "paused": (night_train(status=status(styles={"clear": {"state": "paused", "reason": "API not enabled"}})), None),
    "budget": (night_train(status=status(state="stopped", reason="budget", spent_usd=9.98, ends_at=None)), None),
    "interrupted": (
        night_train(
            status=status(state="stopped", reason="interrupted", interrupted={"saved": 3, "in_doubt": 1}, ends_at=None)
        ),
        None,
    ),
    "all done": (everywhere("v", state="finished", ended_at=NOW - 60, cost_left_usd=0.0), None),
    "all failed": (everywhere("x", state="finished", ended_at=NOW - 60, cost_left_usd=0.0), None),
    "all waiting": (
        night_train(
            status=status(
                state="waiting", waiting_until=TUESDAY,
                styles={name: {"state": "waiting", "reason": "day quota spent", "waiting_until": TUESDAY}
                        for name in STATES},
            ),
            pace=limit("day_quota"),
        ),
        None,
    ),
    "empty": (
        night_train(
            styles=[], quota=[], keys=[],
            status={**status(state="idle", ends_at=None, spent_usd=0.0), "styles": {}, "for_you": []},
        ),
        None,
    ),
}  # fmt: skip


async def taken(app: ShotmillApp, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        for key in keys:
            if key.startswith("paste "):
                app.post_message(events.Paste(key.removeprefix("paste ")))
            else:
                await pilot.press(key)
            await settled(app, pilot)
        return still(app)


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextPicture)


def an_app(snapshot: Json, link: LinkState | None = None, **options: Any) -> ShotmillApp:
    return ShotmillApp(ScriptedConnection(snapshot, link), timezone=UTC, now=lambda: NOW, **options)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", SCREENS)
async def test_screen(picture: SnapshotAssertion, screen: str, size: tuple[int, int]) -> None:
    assert await taken(an_app(night_train()), size, SCREENS[screen]) == picture


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_many_styles_and_a_shot(picture: SnapshotAssertion, size: tuple[int, int]) -> None:
    many = many_styles(12, 400)
    assert await taken(an_app(many), size, ()) == picture(name=f"table {size[0]}x{size[1]}")
    assert await taken(an_app(many), size, ("1", "right", "enter")) == picture(name=f"shot {size[0]}x{size[1]}")


@pytest.mark.parametrize("theme", THEMES)
async def test_theme(picture: SnapshotAssertion, theme: str) -> None:
    assert await taken(an_app(night_train(), theme=theme), (120, 36), ("n", "right")) == picture


@pytest.mark.parametrize("state", STATE_PICTURES)
async def test_state(picture: SnapshotAssertion, state: str) -> None:
    source, link = STATE_PICTURES[state]
    assert await taken(an_app(source, link), (80, 24), ()) == picture


@pytest.mark.parametrize("plain", [False, True], ids=["drawn", "plain"])
@pytest.mark.parametrize("screen", ["floor", "beat", "keys", "diagnostics"])
async def test_without_colour(
    picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch, screen: str, plain: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert await taken(an_app(night_train(), plain=plain), (80, 24), SCREENS[screen]) == picture


@pytest.mark.parametrize(("page", "more"), [("keys", ()), ("sharing", ("enter", "down", "2"))])
async def test_first_run(picture: SnapshotAssertion, tmp_path: Path, page: str, more: tuple[str, ...]) -> None:
    connection = ScriptedConnection(fresh_project())
    place = a_workplace(tmp_path, connection)
    app = ShotmillApp(connection, timezone=UTC, now=lambda: NOW, workplace=place, first_run=True)
    rename = ["backspace"] * 5
    keys = ("paste AIzaSyA-picture-of-anna-9fKe", "enter", *rename, "paste anna", "enter",
            "paste AIzaSyA-picture-of-finn-x7Qp", "enter", *rename, "paste finn", "enter", *more)  # fmt: skip
    assert await taken(app, (80, 24), keys) == picture
