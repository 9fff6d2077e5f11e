"""Whole screens: each in each layout, in every theme, without colour and in plain marks. Layout and colours that no
assertion names; `make snapshots` takes them anew."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from shotmill_tui import screens
from shotmill_tui.screens.mill import MillScreen
from tui.at_work import a_workplace
from tui.posing import SIZES, Size, an_app, as_name, posed, press, resized
from tui.sample import many_styles, night_train
from tui.sample_keys import fresh_project
from tui.scripted import ScriptedConnection, playing
from tui.still import TextPicture, cells, in_every_theme, plainly, without_colour

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
    "jump": ("slash", "c", "l"),
}
MANY: dict[str, tuple[Callable[[], dict[str, Any]], tuple[str, ...]]] = {
    "table": (lambda: many_styles(12, 400), ()),
    "shot": (lambda: many_styles(2), ("1", "right", "enter")),
}
RENAME = ("backspace",) * 5
FIRST_RUN: dict[str, tuple[str, ...]] = {
    "nothing yet": (),
    "name": ("paste AIzaSyA-picture-of-anna-9fKe", "enter"),
    "keys": (*RENAME, "paste anna", "enter", "paste AIzaSyA-picture-of-finn-x7Qp", "enter",
             *RENAME, "paste finn", "enter"),
    "sharing": ("enter", "down", "2"),
    "limit": ("enter",),
    "offer": ("enter",),
}  # fmt: skip
"""From page to page: each goes on from the one before."""


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextPicture)


@pytest.mark.parametrize("size", SIZES, ids=as_name)
@pytest.mark.parametrize("screen", [*SCREENS, *MANY])
async def test_screen(picture: SnapshotAssertion, screen: str, size: Size) -> None:
    source, keys = MANY.get(screen) or (night_train, SCREENS[screen])
    app = an_app(ScriptedConnection(source()))
    async with posed(app, size, keys):
        assert in_every_theme(app) == picture


async def test_first_run(picture: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the last page names the file that was written
    app = an_app(ScriptedConnection(fresh_project()), workplace=a_workplace(Path("film")), first_run=True)
    async with posed(app, SIZES[0]) as pilot:
        for page, keys in FIRST_RUN.items():
            await press(app, pilot, keys)
            for size in SIZES:
                await resized(app, pilot, size)
                assert in_every_theme(app) == picture(name=f"{page} {as_name(size)}")


def test_every_screen_has_its_picture() -> None:
    modules = [import_module(f"{screens.__name__}.{one.name}") for one in iter_modules(screens.__path__)]
    found = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    kinds = {one.kind for one in found if issubclass(one, MillScreen) and one.kind}
    assert kinds - {"first"} <= SCREENS.keys() | MANY.keys()


@pytest.mark.parametrize("theme", THEMES)
async def test_a_theme_that_is_worn_from_the_start_is_the_one_of_the_pictures(theme: str) -> None:
    app = an_app(playing(), theme=theme)
    async with posed(app, SIZES[0], SCREENS["floor"]):
        from_the_start = cells(app)
    app = an_app(playing())
    async with posed(app, SIZES[0], SCREENS["floor"]):
        assert set(app.palettes) == set(THEMES)
        app.show_theme(theme)
        assert cells(app) == from_the_start


@pytest.mark.parametrize("plain", [False, True], ids=["drawn", "plain"])
@pytest.mark.parametrize("screen", ["floor", "keys"])
async def test_no_color_is_the_one_of_the_pictures(monkeypatch: pytest.MonkeyPatch, screen: str, plain: bool) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("NO_COLOR", "1")
        app = an_app(playing(), plain=plain)
    async with posed(app, SIZES[0], SCREENS[screen]):
        from_the_start = cells(app)
    app = an_app(playing())
    async with posed(app, SIZES[0], SCREENS[screen]):
        with without_colour(app), plainly(app) if plain else nullcontext():
            assert cells(app) == from_the_start
