"""The newer screens as whole pictures: layout and colours that no assertion names."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any, Protocol

import pytest
from textual import events
from textual.pilot import Pilot

from shotmill_tui.app import ShotmillApp
from tui.at_work import a_workplace
from tui.sample import NOW, night_train
from tui.sample_keys import fresh_project
from tui.scripted import ScriptedConnection


class Compare(Protocol):
    def __call__(self, app: ShotmillApp, *, terminal_size: tuple[int, int], run_before: Any) -> bool: ...


@pytest.mark.parametrize(
    ("name", "size", "theme", "keys"),
    [
        ("keys_80x24", (80, 24), "darkroom", ["k"]),
        ("keys_120x36", (120, 36), "lightbox", ["k", "down"]),
        ("projects_80x24", (80, 24), "darkroom", ["o"]),
        ("projects_120x36", (120, 36), "darkroom", ["o", "down"]),
    ],
)
def test_picture(snap_compare: Compare, name: str, size: tuple[int, int], theme: str, keys: list[str]) -> None:
    app = ShotmillApp(ScriptedConnection(night_train()), theme=theme, timezone=UTC, now=lambda: NOW)
    assert snap_compare(app, terminal_size=size, run_before=_doing(app, keys))


def test_picture_of_keys_without_colour_and_utf8(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ShotmillApp(ScriptedConnection(night_train()), plain=True, timezone=UTC, now=lambda: NOW)
    assert snap_compare(app, terminal_size=(80, 24), run_before=_doing(app, ["k"]))


@pytest.mark.parametrize(("name", "more"), [("keys", []), ("sharing", ["enter", "down", "2"])])
def test_picture_of_the_first_run(snap_compare: Compare, tmp_path: Path, name: str, more: list[str]) -> None:
    connection = ScriptedConnection(fresh_project())
    place = a_workplace(tmp_path, connection)
    app = ShotmillApp(connection, timezone=UTC, now=lambda: NOW, workplace=place, first_run=True)
    rename = ["backspace"] * 5
    keys = ["paste AIzaSyA-picture-of-anna-9fKe", "enter", *rename, "paste anna", "enter",
            "paste AIzaSyA-picture-of-finn-x7Qp", "enter", *rename, "paste finn", "enter", *more]  # fmt: skip
    assert snap_compare(app, terminal_size=(80, 24), run_before=_doing(app, keys))


def _doing(app: ShotmillApp, keys: list[str]) -> Any:
    async def before(pilot: Pilot[str]) -> None:
        await _settle(app, pilot)
        for key in keys:
            if key.startswith("paste "):
                app.post_message(events.Paste(key.removeprefix("paste ")))
            else:
                await pilot.press(key)
            await _settle(app, pilot)

    return before


async def _settle(app: ShotmillApp, pilot: Pilot[str]) -> None:
    await pilot.pause()
    if busy := [one for one in app.workers if one.name != "news"]:
        await app.workers.wait_for_complete(busy)
    app.flush()
    await pilot.pause()
