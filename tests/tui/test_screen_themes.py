"""Themes are read strictly; every fault is named with its file and line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.color import ColorSystem
from textual.color import Color

from shotmill.settings.config import load_config
from shotmill.settings.folders import Folders
from shotmill_tui.app import ShotmillApp
from shotmill_tui.preferences import Preferences
from shotmill_tui.themes import DEFAULT, LEAST_CONTRAST, contrast, load_themes, own_folder, read_theme
from tui.driving import Driven, driven
from tui.scripted import playing

DARKROOM = (own_folder() / "darkroom.toml").read_text("utf-8")


def written(folder: Path, text: str, name: str = "mine") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_themes_that_come_along_are_without_fault() -> None:
    themes, faults = load_themes([own_folder()])
    assert not faults
    assert next(iter(themes)) == DEFAULT
    assert set(themes) == {"darkroom", "lightbox", "noir", "cyanotype", "terminal"}
    assert themes["terminal"].ansi and not themes["lightbox"].dark


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ('text = "#e4dbd1"', 'text = "#e4dbdx"', 9, "is no colour"),
        ('text = "#e4dbd1"', "text = 7", 9, "is no colour"),
        ('dim = "#978b80"', 'dim = "#3a3530"', 10, "4.5:1"),
        ('quota = "#b8aa9a"', 'quota = "#b8aa9a"\nshiny = "#ffffff"', 14, "unknown key 'shiny'"),
        ('again = "#d8bf62"\n', "", 15, "'again' is missing"),
        ("dark = true", 'dark = "yes"', 4, "true or false"),
        ("dark = true", "dark = true\nfont = 3", 5, "unknown key 'font'"),
        ("[marks]", "[marks", 15, "expected ']'"),
    ],
)
def test_a_fault_has_file_line_and_reason(tmp_path: Path, before: str, after: str, line: int, words: str) -> None:
    assert before in DARKROOM
    file = written(tmp_path, DARKROOM.replace(before, after))
    palette, faults = read_theme(file)
    assert palette is None
    assert (faults[0].file, faults[0].line) == (file, line), faults
    assert words in str(faults[0]) and str(file) in str(faults[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = " + "[" * 5000, "nested too deep"),
        ("a = " + "9" * 5000, "too long"),
        (".".join(["a"] * 100) + " = 1", "parts"),
        ("# " + "x" * 1_000_000, "larger than 1 MB"),
        ('[colours]\nground = "\\u001b]52;c;x\\u0007"', "is no colour"),
        ('"\\u001b]52;c;x\\u0007" = 1', "unknown key"),
    ],
    ids=lambda value: value[:12],
)
def test_what_is_hostile_is_a_fault_in_plain_signs(tmp_path: Path, text: str, words: str) -> None:
    palette, faults = read_theme(written(tmp_path, text))
    assert palette is None and any(words in str(fault) for fault in faults)
    assert all(str(fault).isprintable() and len(str(fault)) <= 500 for fault in faults)


@pytest.mark.timeout(60)
def test_what_is_no_plain_file_is_a_fault(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe\x1b[2J.toml")
    themes, faults = load_themes([own_folder(), tmp_path])
    assert DEFAULT in themes and [str(fault).endswith("is not a regular file") for fault in faults] == [True]
    assert str(faults[0]).isprintable()


def test_a_users_theme_wins_and_a_broken_one_is_left_out(tmp_path: Path) -> None:
    written(tmp_path, DARKROOM.replace('accent = "#82bcd8"', 'accent = "#aabbcc"'), "darkroom")
    written(tmp_path, "nonsense", "broken")
    themes, faults = load_themes([own_folder(), tmp_path])
    assert themes[DEFAULT].colours["accent"] == "#aabbcc"
    assert len(faults) == 1 and "broken.toml" in str(faults[0])


def test_without_any_file_there_is_a_default(tmp_path: Path) -> None:
    themes, faults = load_themes([tmp_path / "nowhere"])
    assert list(themes) == [DEFAULT] and themes[DEFAULT].ansi and not faults


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("ansi_red", "#ffffff") is None
    assert LEAST_CONTRAST == 4.5


@pytest.mark.parametrize("name", ["darkroom", "lightbox", "noir", "cyanotype", "terminal", "no such theme"])
async def test_every_theme_draws(name: str) -> None:
    app = ShotmillApp(playing(), theme=name)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.2)
        assert app.theme == (name if name in app.palettes else DEFAULT)
        assert (app.notice_text != "") == (name not in app.palettes)


def test_the_theme_of_high_contrast_has_wcags_better_grade() -> None:
    colours = load_themes([own_folder()])[0]["noir"].colours
    for role, value in colours.items():
        for ground in ("ground", "panel"):
            least = 3.0 if role == "line" else 7.0  # lines carry no text
            if role not in ("ground", "panel"):
                assert (contrast(value, colours[ground]) or 0) >= least, (role, ground)


@pytest.mark.parametrize("name", ["darkroom", "lightbox", "noir", "cyanotype"])
def test_256_colours_are_near_enough(name: str) -> None:
    colours = load_themes([own_folder()])[0][name].colours
    near = {role: _in_256(value) for role, value in colours.items()}
    for role, value in near.items():
        if role not in ("ground", "panel", "line"):
            for ground in ("ground", "panel"):
                assert (contrast(value, near[ground]) or 0) >= LEAST_CONTRAST, (role, ground)


def _in_256(value: str) -> str:
    found = Color.parse(value).rich_color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor()
    return f"#{found.red:02x}{found.green:02x}{found.blue:02x}"


async def test_a_changed_file_is_seen_at_once_and_a_fault_named(tmp_path: Path) -> None:
    folders = Folders.of({"SHOTMILL_HOME": str(tmp_path)})
    own = folders.config / "themes"
    own.mkdir(parents=True)
    written(own, DARKROOM.replace('name = "darkroom"', 'name = "mine"'))
    async with driven(theme="mine", preferences=Preferences(folders=folders)) as driver:
        assert driver.app.theme == "mine"
        await driver.press("v")
        for accent in ("#aabbcc", "#bbccaa"):
            text = DARKROOM.replace('accent = "#82bcd8"', f'accent = "{accent}"').replace('"darkroom"', '"mine"')
            written(own, text)
            await look(driver)
            assert driver.app.painter.palette.colours["accent"] == accent
            assert driver.app.current_theme.accent == accent
        assert [one for one in driver.app.available_themes if one.startswith("mine")] == ["mine@3"]
        written(own, text.replace(f'accent = "{accent}"', 'accent = "blau"'))
        await look(driver)
        assert "mine.toml:" in driver.text and "is no colour" in driver.text
        assert driver.app.painter.palette.colours["accent"] == accent, "it stays as it was"
        (own / "mine.toml").unlink()
        await look(driver)
        assert not driver.app.theme_faults and "mine" in driver.app.palettes, "worn until another one is chosen"
        await driver.press("down", "up", "enter")
        assert driver.app.painter.palette.name in driver.app.palettes


async def look(driver: Driven) -> None:
    driver.app._looked_at = 0.0
    driver.app.look_at_themes(often=True)
    await driver.settle()


async def test_the_chosen_theme_is_kept(tmp_path: Path) -> None:
    folders = Folders.of({"SHOTMILL_HOME": str(tmp_path)})
    async with driven(preferences=Preferences(folders=folders)) as driver:
        await driver.press("v", "down", "enter")
        assert "cyanotype is kept in" in driver.text
    assert load_config(folders).theme == "cyanotype"
