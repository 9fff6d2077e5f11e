"""Log, diagnostics, beat, shot, help, themes and the palette in use."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from shotmill.errors import UnreachableError
from shotmill_tui import screens
from shotmill_tui.screens.mill import MillScreen
from tui.at_work import a_workplace
from tui.driving import Driven, driven
from tui.sample import log, many_styles, night_train
from tui.sample_keys import fresh_project
from tui.scripted import ScriptedConnection, playing


async def test_the_log_filters_holds_and_shows_one_style() -> None:
    async with driven(size=(100, 20)) as driver:
        rows = await driver.press("l")
        assert rows[0].startswith(" Log   all styles") and "22 lines   follows" in rows[0]
        assert "illustration 6.5" in driver.text and "overloaded, in 2 s" in driver.text
        await driver.press("2")
        assert "illustration" not in driver.text and "5 lines" in driver.rows()[0]
        await driver.press("0", "ampersand", *"eva")
        assert "with eva" in driver.rows()[0] and "ben" not in driver.text
        await driver.press("enter", "escape")
        assert "22 lines" in driver.rows()[0]
        await driver.press("up", "up")
        assert "held" in driver.rows()[0] and "illustration 6.5" not in driver.text
        await driver.press("f")
        assert "follows" in driver.rows()[0]
        await driver.press("escape")
        assert "╭" in driver.text


async def test_the_log_wraps() -> None:
    text = " ".join(f"word{n}" for n in range(40))
    async with driven(playing(log=[log(1, "12:00:00", "clear", "1.1", "failed", text=text)]), size=(80, 20)) as driver:
        await driver.press("l")
        assert "word39" not in driver.text
        await driver.press("w")
        assert "word39" in driver.text


async def test_diagnostics_show_broken_first_and_fold_what_is_fine() -> None:
    async with driven(size=(100, 24)) as driver:
        rows = await driver.press("i")
        assert "1 broken   2 to look at   4 fine" in rows[0]
        assert "✗    Key finn" in rows[3] and "→ shotmill keys add finn --replace" in rows[4]
        assert "4 fine: daemon, prompts, disk, messages" in driver.text and "41 GB free" not in driver.text
        await driver.press("enter")
        assert "41 GB free" in driver.text
        await driver.press("t")
        assert [path for _, path, _ in driver.connection.asked].count("/v1/doctor?project={id}") == 2
        await driver.press("i")
        assert "╭" in driver.text


async def test_diagnostics_without_a_daemon_say_so() -> None:
    connection = playing()
    connection.answers["doctor?project={id}"] = UnreachableError("no daemon answers", cure="shotmill daemon start")
    async with driven(connection) as driver:
        await driver.press("i")
        assert "no daemon answers" in driver.text and "→ shotmill daemon start" in driver.text


async def test_a_beat_in_doubt_tells_what_happened_and_what_can_be_done() -> None:
    async with driven() as driver:
        await driver.press("n", "n", "enter")
        assert driver.rows()[0].startswith(" Beat 3.3   consistent   ? in doubt")
        assert "Sent 12:02:07, the line broke before an answer. Perhaps paid: $0.03." in driver.text
        assert "t try again (perhaps pay twice)   u leave it out" in driver.text
        assert "Sodium light" in driver.text and "continues 3.2" in driver.text
        await driver.press("u")
        assert "Leave consistent 3.3 out?" in driver.text
        await driver.press("enter")
        assert driver.connection.sent()[0][1] == {"do": "skip", "style": "consistent", "beat": "3.3"}


async def test_a_cell_that_stands_for_a_shot_opens_its_beats() -> None:
    async with driven(ScriptedConnection(many_styles(12))) as driver:
        await driver.press("1", "right", "enter")
        assert driver.rows()[0].startswith(" Shot 1   illustration") and "40 beats" in driver.rows()[0]
        await driver.press("down", "enter")
        assert ("GET", "/v1/projects/{id}/beats/illustration/1.2", None) in driver.connection.asked


async def test_help_shows_every_key_and_the_marks() -> None:
    async with driven(size=(120, 45)) as driver:
        await driver.press("question_mark")
        assert "…" not in driver.text and "The panel before" in driver.text
        for words in ("✓  v   done", "⊘  #   blocked", "★  *   picked", "Stop after the images in flight"):
            assert words in driver.text
    async with driven(size=(80, 24)) as driver:
        await driver.press("question_mark", "end")
        assert "The panel before" in driver.text
        await driver.press("escape")
        assert "╭" in driver.text


async def test_themes_are_shown_while_choosing_and_esc_takes_it_back() -> None:
    async with driven() as driver:
        await driver.press("v", "down")
        assert driver.app.theme == "cyanotype"
        await driver.press("escape")
        assert driver.app.theme == "darkroom"
        await driver.press("v", "down", "down", "enter")
        assert driver.app.theme == "lightbox" and "╭" in driver.text


async def test_the_palette_finds_an_action_and_does_it() -> None:
    async with driven() as driver:
        await driver.press("colon")
        assert "It is running: x stops after the images in flight" in driver.text
        await driver.press(*"stop now", "enter")
        assert "Stop now? 4 images out" in driver.text
        await driver.press("escape", "colon", "escape")
        assert "╭" in driver.text and not driver.connection.sent()


async def test_the_mouse_can_be_switched_off() -> None:
    async with driven() as driver:
        await driver.press("m")
        assert "Mouse off" in driver.second and not driver.app.mouse_on


async def test_plain_marks_need_no_utf8() -> None:
    async with driven(plain=True) as driver:
        for key in ("l", "escape", "i", "escape", "n", "n", "0", "0"):
            await driver.press(key)
            body = "\n".join(driver.rows()[2:-1])
            assert body.isascii(), [one for one in body if not one.isascii()]


WAYS = {
    "floor": (),
    "shot": ("down", "enter"),
    "beat": ("down", "enter"),
    "log": ("l",),
    "keys": ("k",),
    "diagnostics": ("i",),
    "themes": ("v",),
    "projects": ("o",),
    "palette": ("colon",),
    "help": ("question_mark", "colon"),
    "first": (),
}
"""The keys that lead from the floor to each kind of screen (help: to the palette over it, since a second `?` closes
it); the first run comes by itself."""


def test_every_kind_of_screen_has_a_way() -> None:
    kinds = {one.kind for one in every_screen(MillScreen)} - {""}
    assert kinds == set(WAYS)


def kind_of(driver: Driven) -> str:
    assert isinstance(driver.app.screen, MillScreen)
    return driver.app.screen.kind


def every_screen(kind: type[MillScreen]) -> Iterator[type[MillScreen]]:
    for module in iter_modules(screens.__path__, f"{screens.__name__}."):
        import_module(module.name)
    for below in kind.__subclasses__():
        yield below
        yield from every_screen(below)


@pytest.mark.parametrize("kind", WAYS)
async def test_help_opens_everywhere_and_leads_back(kind: str, tmp_path: Path) -> None:
    pictures = {"first": fresh_project(), "shot": many_styles(3)}
    connection = ScriptedConnection(pictures.get(kind, night_train()))
    place = a_workplace(tmp_path, connection)
    (place.root / "prompts").mkdir()
    async with driven(connection, workplace=place, first_run=kind == "first") as driver:
        await driver.press(*WAYS[kind])
        assert kind_of(driver) == ("palette" if kind == "help" else kind)
        rows = await driver.press("question_mark")
        assert rows[0].startswith(" Keys and marks")
        await driver.press("escape")
        assert kind_of(driver) == ("first" if kind == "first" else "floor")


async def test_a_second_that_passes_while_it_ends_is_nothing() -> None:
    async with driven() as driver:
        app = driver.app
    assert not app.screen_stack
    app._tick()
