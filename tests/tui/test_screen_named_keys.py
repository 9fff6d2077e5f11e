"""Keys that sentences name: they do what is said, on every screen that says it, however they are bound."""

from __future__ import annotations

from typing import Any

import pytest

from shotmill.client.link import DaemonGone, LinkChanged, LinkState
from shotmill_tui.preferences import Preferences
from shotmill_tui.screens.mill import MillScreen
from tui.driving import Driven, driven
from tui.sample import NOW, status
from tui.scripted import ScriptedConnection, playing

SCREENS: dict[str, tuple[str, ...]] = {
    "floor": (),
    "beat": ("n", "enter"),
    "beat in doubt": ("n", "n", "enter"),
    "log": ("l",),
    "keys": ("k",),
    "diagnostics": ("i",),
    "projects": ("o",),
    "themes": ("v",),
    "help": ("question_mark",),
    "palette": ("colon",),
}
PAUSED = {"clear": {"state": "paused", "reason": "20 times the same answer"}}
DAY_SPENT = {
    "clear": {"state": "waiting", "code": "day_quota", "reason": "day quota spent", "waiting_until": NOW + 75_347}
}
STATES: dict[str, dict[str, Any]] = {
    "ready": status(state="idle"),
    "running": status(),
    "part waits": status(styles=DAY_SPENT),
    "paused": status(styles=PAUSED),
    "stopping": status(state="stopping"),
    "budget": status(state="stopped", reason="budget"),
    "interrupted": status(state="stopped", reason="interrupted"),
    "finished": status(state="finished"),
}


def named_keys(driver: Driven) -> list[str]:
    """The keys in the second line."""
    screen = driver.app.screen
    assert isinstance(screen, MillScreen)
    return [text for text, role in screen.head_lines(200)[1] if role == "key"]


async def look_everywhere(driver: Driven) -> dict[str, list[str]]:
    """What each screen's second line names; every one of them can be used there."""
    found = {}
    for name, keys in SCREENS.items():
        await driver.press(*keys)
        driver.app.notices.clear()
        screen = driver.app.screen
        assert isinstance(screen, MillScreen)
        found[name] = named_keys(driver)
        for key in found[name]:
            action = next(one for one in driver.app.keyboard.actions if one.shown == key)
            assert not action.reason(screen.context()), f"{key} on {name}"
        driver.app.to_floor()
        await driver.settle()
        driver.app.session.put(type(driver.app.session.place)())
        driver.app.for_you_at = None
    return found


@pytest.mark.parametrize("state", STATES)
async def test_every_key_that_the_second_line_names_can_be_used_where_it_stands(state: str) -> None:
    async with driven(playing(status=STATES[state])) as driver:
        found = await look_everywhere(driver)
    assert all("n" in keys for name, keys in found.items() if name != "palette")
    assert not found["palette"], "what is pressed there is typed"
    if state == "paused":
        tries = {name for name, keys in found.items() if "t" in keys}
        assert tries == {"floor", "beat", "log", "themes", "help"}, "elsewhere t does something else"
    if state in ("ready", "stopping", "budget", "interrupted"):
        assert {name for name, keys in found.items() if "s" not in keys} == {"projects", "palette"}
    if state == "part waits":
        assert "k" in found["floor"] and "k" not in found["keys"], "there it would close the keys"


async def test_a_gone_daemon_is_started_from_every_screen_that_says_so() -> None:
    connection = playing()
    gone: LinkState = DaemonGone(NOW - 60)
    async with driven(connection) as driver:
        connection.say(LinkChanged(gone))
        await driver.settle()
        found = await look_everywhere(driver)
    assert {name for name, keys in found.items() if "s" not in keys} == {"projects", "palette"}


async def test_n_goes_to_the_floor_from_every_screen() -> None:
    async with driven() as driver:
        for keys in (("l",), ("k",), ("i",), ("o",), ("question_mark",)):
            await driver.press(*keys, "n")
            assert "1 of 3: illustration 2.4" in driver.second and driver.app.session.beat == ("illustration", "2.4")
            driver.app.for_you_at = None
        await driver.press("n", "enter", "N")
        assert "3 of 3" in driver.text and "╭" in driver.text


async def test_t_tries_a_paused_style_again_from_screens_that_have_nothing_of_their_own() -> None:
    for keys in (("l",), ("question_mark",), ("n", "enter")):
        async with driven(playing(status=status(styles=PAUSED))) as driver:
            await driver.press(*keys, "t")
            assert driver.connection.sent() == [("/v1/projects/{id}/resume-style", {"style": "clear"})]
    async with driven(playing(status=status(styles=PAUSED))) as driver:
        await driver.press("i", "t")
        assert "try again" not in driver.second and not driver.connection.sent()


async def test_several_paused_styles_are_told_and_tried_together() -> None:
    alike = {name: {"state": "paused", "reason": "API not enabled"} for name in ("clear", "consistent")}
    async with driven(playing(status=status(styles=alike))) as driver:
        assert "running, 2 styles paused" in driver.rows()[0]
        assert "clear and consistent: API not enabled.  t try again" in driver.second
        await driver.press("t")
        sent = [body for _, body in driver.connection.sent()]
        assert sent == [{"style": "clear"}, {"style": "consistent"}]
        assert "clear and consistent try again" in driver.second
    other = {**alike, "clear": {"state": "paused", "reason": "billing is off"}}
    async with driven(playing(status=status(styles=other))) as driver:
        assert "clear: billing is off; consistent: API not enabled." in driver.second


BOUND = {"start": ("S",), "next": ("j",), "stop": ("Q",), "leave_out": ("y",), "keys": ("K",), "all": ("A",),
         "detach": ("Z",), "open": ("space",), "add_key": ("P",), "retry": ("T",)}  # fmt: skip


async def test_sentences_and_reasons_name_keys_as_they_are_bound() -> None:
    async with driven(size=(200, 36), preferences=Preferences(bindings=BOUND)) as driver:
        assert "3 for you: j" in driver.second and "K to mend" in driver.text
        await driver.press("S")
        assert "It is running: Q stops" in driver.second
        await driver.press("escape")
        assert "mill floor: Z leaves it" in driver.second
        await driver.press("j", "j")
        assert "y leaves it out" in driver.second and "Space opens it" in driver.text
        await driver.press("space")
        assert "y leave it out" in driver.text
        await driver.press("question_mark")
        assert "Space goes to one" in driver.text and "(also Ctrl-C)" in driver.text
        await driver.press("escape", "z")
        assert "A all" in driver.text
    async with driven(playing(status=status(state="idle")), preferences=Preferences(bindings=BOUND)) as driver:
        assert "S starts" in driver.second


async def test_a_key_that_is_taken_away_is_named_nowhere() -> None:
    async with driven(playing(status=status(state="idle")), preferences=Preferences(bindings={"start": ()})) as driver:
        assert driver.second.rstrip().startswith(" 81 images") and "starts" not in driver.second
    connection = ScriptedConnection(None, DaemonGone(NOW))
    async with driven(connection, size=(36, 8)) as driver:
        assert driver.foot.strip() == "s start   d leave"
