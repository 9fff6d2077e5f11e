"""Themes are read strictly; every fault is named with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from shotmill_tui.app import ShotmillApp
from shotmill_tui.themes import DEFAULT, LEAST_CONTRAST, contrast, load_themes, own_folder, read_theme
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
        ("[marks]", "[marks", 15, "is not TOML"),
    ],
)
def test_a_fault_has_file_line_and_reason(tmp_path: Path, before: str, after: str, line: int, words: str) -> None:
    assert before in DARKROOM
    file = written(tmp_path, DARKROOM.replace(before, after))
    palette, faults = read_theme(file)
    assert palette is None
    assert (faults[0].file, faults[0].line) == (file, line), faults
    assert words in str(faults[0]) and str(file) in str(faults[0])


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
