"""Keys of the user's own: what fits is bound and shown everywhere, the rest is told."""

from __future__ import annotations

import pytest
from textual.keys import _character_to_key

from shotmill_tui.actions import ACTIONS, Action
from shotmill_tui.keymap import rebound, shown_key
from shotmill_tui.preferences import Preferences
from tui.driving import driven

PRINTABLE = [chr(code) for code in range(33, 127)]


def by_id(bindings: dict[str, tuple[str, ...]]) -> dict[str, Action]:
    return {one.id: one for one in rebound(bindings).actions}


def test_without_bindings_nothing_changes() -> None:
    keyboard = rebound({})
    assert keyboard.actions == ACTIONS and not keyboard.faults and not keyboard.moved


def test_every_action_can_have_another_key() -> None:
    for one in ACTIONS:
        found = by_id({one.id.replace("_", "-"): ("ctrl+y",)})[one.id]
        assert (found.keys, found.shown) == (("ctrl+y",), "Ctrl-Y")


@pytest.mark.parametrize("character", [one for one in PRINTABLE if one not in "123456789"])
def test_every_character_can_be_a_key(character: str) -> None:
    keyboard = rebound({"stop": (character,)})
    assert by_id({"stop": (character,)})["stop"].keys == (_character_to_key(character),)
    assert keyboard["stop"].shown == character and shown_key(_character_to_key(character)) == character
    others = [key for one in keyboard.actions if one.id != "stop" for key in one.keys]
    assert character not in others and _character_to_key(character) not in others


@pytest.mark.parametrize(
    ("bindings", "words"),
    [
        ({"strat": ("a",)}, 'keys.strat: there is no such action; did you mean "start"?'),
        ({"stop": ("left",)}, "left is fixed"),
        ({"stop": ("3",)}, "3 is fixed"),
        ({"detach": ("ctrl+c",)}, "ctrl+c is fixed"),
        ({"stop": ("spce",)}, 'no key is called spce; did you mean "space"?'),
        ({"stop": ("Q",), "zoom": ("Q",)}, "keys.zoom: Q is the key of stop already"),
        ({"zoom": ("l",)}, "keys.zoom: takes l from log, which has no key now"),
    ],
)
def test_what_does_not_fit_is_told(bindings: dict[str, tuple[str, ...]], words: str) -> None:
    faults = [str(one) for one in rebound(bindings).faults]
    assert len(faults) == 1 and words in faults[0], faults


def test_a_line_that_is_wrong_takes_no_key_away() -> None:
    assert by_id({"stop": ("spce",)})["stop"].keys == ("x",)
    assert by_id({"mouse": ()})["mouse"].keys == () and by_id({"mouse": ()})["mouse"].shown == ""


async def test_footer_help_and_palette_follow() -> None:
    bindings = {"zoom": ("Z",), "stop": ("Q",), "palette": ("space",), "mouse": ()}
    async with driven(size=(120, 45), preferences=Preferences(bindings=bindings)) as driver:
        assert "Q stop" in driver.foot and "Space all" in driver.foot
        await driver.press("x")
        assert "Stop is Q here" in driver.second and not driver.connection.sent()
        await driver.press("Q")
        assert driver.connection.sent()[0][0].endswith("/stop")
        await driver.press("question_mark")
        assert "Q      Stop after the images" in driver.text
        await driver.press("escape", "space")
        assert any(" Q " in row and "stop" in row for row in driver.rows())
        assert any("mouse" in row and " m " not in row for row in driver.rows())
        await driver.press("escape", "Z")
        assert driver.app.session.desk.shown == "one"


async def test_what_is_wrong_stands_on_the_diagnostics() -> None:
    async with driven(size=(120, 36), preferences=Preferences(bindings={"strat": ("a",)})) as driver:
        await driver.press("i")
        assert "Screen" in driver.text and "keys.strat: there is no such action" in driver.text
