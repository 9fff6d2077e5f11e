"""A few whole screens as pictures: layout and colours that no assertion names."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Protocol

import pytest
from textual.pilot import Pilot

from shotmill_tui.app import ShotmillApp
from tui.sample import NOW, many_styles, night_train
from tui.scripted import ScriptedConnection


class Compare(Protocol):
    def __call__(self, app: ShotmillApp, *, terminal_size: tuple[int, int], run_before: Any) -> bool: ...


PICTURES: list[tuple[str, tuple[int, int], str, list[str]]] = [
    ("80x24", (80, 24), "darkroom", []),
    ("120x36", (120, 36), "darkroom", []),
    ("200x50", (200, 50), "darkroom", []),
    ("lightbox", (120, 36), "lightbox", []),
    ("cyanotype", (80, 24), "cyanotype", []),
    ("terminal", (80, 24), "terminal", []),
    ("noir_cursor", (80, 24), "noir", ["n", "right"]),
    ("diagnostics", (80, 24), "darkroom", ["i"]),
    ("beat", (80, 24), "darkroom", ["n", "n", "enter"]),
    ("stop_now", (80, 24), "darkroom", ["X"]),
    ("help", (120, 45), "darkroom", ["question_mark"]),
]


@pytest.mark.parametrize(("name", "size", "theme", "keys"), PICTURES, ids=[one[0] for one in PICTURES])
def test_picture(snap_compare: Compare, name: str, size: tuple[int, int], theme: str, keys: list[str]) -> None:
    app = ShotmillApp(ScriptedConnection(night_train()), theme=theme, timezone=UTC, now=lambda: NOW)
    assert snap_compare(app, terminal_size=size, run_before=_press(app, keys))


def test_picture_of_many_styles(snap_compare: Compare) -> None:
    app = ShotmillApp(ScriptedConnection(many_styles(12)), timezone=UTC, now=lambda: NOW)
    assert snap_compare(app, terminal_size=(120, 24), run_before=_press(app, []))


@pytest.mark.parametrize("plain", [False, True], ids=["drawn", "plain"])
def test_picture_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ShotmillApp(ScriptedConnection(night_train()), plain=plain, timezone=UTC, now=lambda: NOW)
    assert snap_compare(app, terminal_size=(80, 24), run_before=_press(app, ["n"]))


def _press(app: ShotmillApp, keys: list[str]) -> Any:
    async def before(pilot: Pilot[str]) -> None:
        await _settle(app, pilot)
        for key in keys:
            await pilot.press(key)
            await _settle(app, pilot)

    return before


async def _settle(app: ShotmillApp, pilot: Pilot[str]) -> None:
    for _ in range(3):
        await pilot.pause()
    if busy := [one for one in app.workers if one.name != "news"]:
        await app.workers.wait_for_complete(busy)
    app.flush()
    await pilot.pause()
