"""What somebody meets who has never seen these screens: prices, ways out, keys that hold everywhere."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual import events

from shotmill.client.link import DaemonGone, LinkChanged, SnapshotArrived
from shotmill_tui.cli.place import named_from
from shotmill_tui.drawing.footer import footer
from shotmill_tui.drawing.look import Look
from shotmill_tui.drawing.quota import quota_lines
from shotmill_tui.model.pieces import plain_text, wrap_text
from shotmill_tui.model.view import Quota, Window
from shotmill_tui.reasons import UNTIL_THE_PICTURE
from tui.driving import driven
from tui.sample import NOW, STATES, night_train, shots, status
from tui.scripted import ScriptedConnection, playing


def styles(**marks: str) -> ScriptedConnection:
    named: dict[str, str] = {**STATES, **marks}
    grids: list[dict[str, Any]] = [{"name": name, "quota": [], "shots": shots(line)} for name, line in named.items()]
    return ScriptedConnection(night_train(status=status(named), styles=grids))


@pytest.mark.parametrize("opens", ["l", "k", "i", "question_mark", "v"])
async def test_stop_and_stop_now_hold_on_every_screen(opens: str) -> None:
    async with driven() as driver:
        await driver.press(opens, "X")
        assert "Stop now? 4 images out" in driver.text and "perhaps paid: $0.14" in driver.text
        await driver.press("enter", "x")
        assert driver.connection.sent() == [("/v1/projects/{id}/stop", {"now": False})]


async def test_stop_holds_in_a_beat_and_the_list_of_actions_agrees() -> None:
    async with driven() as driver:
        await driver.press("n", "enter", "colon", *"stop after")
        assert "has no use" not in driver.text
        await driver.press("enter")
        assert driver.connection.sent() == [("/v1/projects/{id}/stop", {"now": False})]


@pytest.mark.parametrize("opens", ["", "l"])
async def test_what_is_typed_in_one_go_is_typed(opens: str) -> None:
    """A terminal may hand over several keys at once; those behind `/` and `:` are no actions any more."""
    async with driven() as driver:
        await driver.press(*opens)
        for key in ("/", "z", "z", "0", "enter"):
            driver.app.post_message(events.Key({"/": "slash"}.get(key, key), key if len(key) == 1 else None))
        await driver.settle()
        assert (
            "has zz0" in driver.text and "╭ 2 clear" in driver.text if not opens else "No line has zz0" in driver.second
        )
        for key in (":", "a", "l", "l", " ", "s", "enter"):
            driver.app.post_message(
                events.Key({":": "colon", " ": "space"}.get(key, key), key if len(key) == 1 else None)
            )
        await driver.settle()
        assert driver.app.session.desk.shown == ("" if opens else "all")


async def test_the_arrows_go_from_beat_to_beat() -> None:
    async with driven() as driver:
        await driver.press("n", "enter", "right")
        assert driver.rows()[0].startswith(" Beat 2.5   illustration")
        await driver.press("left", "left")
        assert driver.rows()[0].startswith(" Beat 2.3")
        assert driver.connection.asked[-1][1] == "/v1/projects/{id}/beats/illustration/2.3"
        await driver.press("escape")
        assert driver.app.session.beat == ("illustration", "2.3")


async def test_a_beat_that_arrived_is_not_drawn_again_as_in_doubt() -> None:
    async with driven() as driver:
        await driver.press("n", "n", "enter", "t")
        assert "perhaps paid twice?" in driver.text
        driver.connection.change(beats=[["consistent", 2, 2, "v"]])
        await driver.settle()
        await driver.press("y")
        assert "3.3 is no longer in doubt" in driver.text
        await driver.press("t")
        assert "this beat is not in doubt" in driver.text and not driver.connection.sent()


async def test_a_notice_stays_on_its_own_screen() -> None:
    async with driven() as driver:
        await driver.press("n")
        assert "1 of 3" in driver.second
        await driver.press("l")
        assert "1 of 3" not in driver.text
        await driver.press("escape")
        assert "1 of 3" not in driver.second


async def test_what_is_for_you_names_the_keys_that_mend_it() -> None:
    async with driven(size=(200, 50)) as driver:
        await driver.press("n")
        assert "reword its prompt, then r" in driver.second
        await driver.press("n")
        assert "t draws it again (perhaps pays twice), u leaves it out" in driver.second


async def test_it_opens_on_the_first_style_that_is_not_done_and_stays() -> None:
    done = "".join("v" if mark != " " else " " for mark in STATES["illustration"])
    async with driven(styles(illustration=done), size=(100, 30)) as driver:
        assert "[2 clear" in driver.text
        await driver.press("1")
        assert "[1 illustration 100%]" in driver.text


async def test_zoom_says_that_there_is_only_one_panel() -> None:
    async with driven(size=(100, 30)) as driver:
        await driver.press("z")
        assert "One panel has the whole screen already" in driver.second and "z zoom" not in driver.foot


async def test_leaving_promises_no_run_where_none_goes_on() -> None:
    async with driven(playing(status=status(state="idle", ends_at=None))) as driver:
        assert "d leave  " in driver.foot and "run goes on" not in driver.foot
    async with driven(ScriptedConnection(night_train(), DaemonGone(NOW - 5))) as driver:
        assert "d leave  " in driver.foot


async def test_the_trial_has_its_number_and_price_at_80_columns() -> None:
    async with driven(playing(status=status(state="idle", ends_at=None, agreed_usd=0.0)), size=(80, 24)) as driver:
        await driver.press("s")
        assert "3 three of each style first (9, $0.31)   Esc no" in driver.foot


@pytest.mark.parametrize("opens", [("s",), ("X",), ("r",)])
async def test_what_is_asked_of_a_run_goes_with_the_daemon(opens: tuple[str, ...]) -> None:
    asked = status(state="idle" if opens != ("X",) else "running", ends_at=None, agreed_usd=0.0)
    async with driven(playing(status=asked)) as driver:
        await driver.press(*opens)
        assert driver.app.screen.asked is not None  # type: ignore[attr-defined]
        driver.connection.say(LinkChanged(DaemonGone(NOW)))
        await driver.settle()
        assert "s starts it again" in driver.second and "?" not in driver.second
        await driver.press("s")
        if opens == ("X",):  # a run that was agreed to goes on
            assert driver.connection.sent() == [("/v1/projects/{id}/start", {})]
        else:  # nothing is paid for that nobody agreed to
            assert driver.connection.sent() == [] and "Draw 81 images, about $2.92" in driver.text
            await driver.press("y")
            assert [path for path, _ in driver.connection.sent()] == [
                "/v1/projects/{id}/agree",
                "/v1/projects/{id}/start",
            ]


async def test_words_that_are_typed_stay_when_the_daemon_goes() -> None:
    async with driven() as driver:
        await driver.press("ampersand", "e", "v")
        driver.connection.say(LinkChanged(DaemonGone(NOW)))
        await driver.settle()
        assert "ev" in driver.foot


async def test_a_notice_gives_way_to_the_state() -> None:
    async with driven() as driver:
        await driver.press("n")
        assert "1 of 3" in driver.second
        driver.connection.change(status=status(state="stopping", ends_at=None))
        await driver.settle()
        assert "1 of 3" in driver.second, "what came with it"
        driver.clock[0] += 3
        driver.connection.change(status=status(state="finished", ends_at=None))
        await driver.settle()
        assert "1 of 3" not in driver.second
        await driver.press("n")
        driver.connection.say(LinkChanged(DaemonGone(NOW)))
        await driver.settle()
        assert "s starts it again" in driver.second


async def test_a_key_that_is_for_another_screen_says_for_which() -> None:
    async with driven() as driver:
        await driver.press("a")
        assert "Not here: a (add) is for the keys (k)" in driver.second
        await driver.press("o", "s")
        assert "Not here: s (start) is for the mill floor" in driver.second
        await driver.press("escape", "colon", *"whole scr")
        assert "Give a panel the whole screen" in driver.text
    async with driven(size=(80, 24)) as driver:
        await driver.press("colon", *"provider")
        assert "…" not in driver.text and "only for the diagnostics (i)" in driver.text
        await driver.press(*["backspace"] * 8, "Y", "o", "u")
        assert "Back to the floor; away with a question or a" not in driver.text


def test_a_project_is_named_from_where_the_shell_stands() -> None:
    root = Path("/home/mia/films/night train")
    assert named_from(root, root) == ""
    assert named_from(root.parent, root) == "'./night train'"
    assert named_from(Path("/tmp"), root) == "'/home/mia/films/night train'"  # noqa: S108
    assert "\x1b" not in named_from(Path("/"), Path("/a\x1b[2J"))


async def test_two_demos_are_told_apart_by_their_folders() -> None:
    connection = playing()
    connection.answers["status"] = {"projects": [
        {"project": {"id": one, "path": f"/home/mia/{one}", "title": "Night train"}, "run": {}, "styles": {}}
        for one in ("demo1", "demo2")
    ]}  # fmt: skip
    async with driven(connection, size=(80, 24)) as driver:
        await driver.press("o")
        assert "Night train (demo1)" in driver.text and "Night train (demo2)" in driver.text


async def test_every_size_says_how_to_leave() -> None:
    async with driven(size=(30, 8)) as driver:
        assert "d detach" in driver.foot and "Too small" in driver.text and "40x10 will do." in driver.text
    async with driven(size=(60, 18)) as driver:
        for opens in ("k", "l", "i"):
            await driver.press(opens)
            assert "Esc back" in driver.foot and driver.foot.rstrip().endswith(": all  ? help")


def test_the_hint_that_is_kept_keeps_its_place() -> None:
    hints = [("a", "one", "one"), ("b", "two words", "two words"), ("Esc", "back", "back")]
    assert plain_text(footer(hints, 40, keep="Esc")).split("  ")[:2] == [" a one", "Esc back"]


def test_a_path_breaks_behind_its_signs() -> None:
    assert wrap_text("/home/mia/night_train/style_reference.png", 26) == [
        "/home/mia/night_train/",
        "style_reference.png",
    ]


@pytest.mark.parametrize("room", [34, 50, 76, 120])
def test_a_long_reason_never_costs_the_bar_or_the_time(room: int) -> None:
    reason = "You exceeded your current quota, please check your plan and billing details. " * 3
    window = Window(3, 9)
    one = Quota("film-1", ("film-1",), (), "cooling", reason, 1042.0, window, Window(10, 500), None)
    (line,) = (plain_text(line) for line in quota_lines([one], Look(1000.0, None, False), room))
    assert len(line) == room and "▮" in line and "3/9" in line and line.rstrip().endswith(", 42 s") and "…" in line


@pytest.mark.parametrize("room", [34, 50, 76, 120])
def test_a_meter_says_what_is_wrong_with_its_keys_and_till_when_a_long_rest_is(room: int) -> None:
    def drawn(state: str, reason: str, until: float | None) -> str:
        one = Quota("film-1", ("film-1",), (), state, reason, until, Window(3, 9), Window(10, 500), None)
        return " ".join(plain_text(line) for line in quota_lines([one], Look(NOW, UTC, False), room))

    assert "API not enabled" in drawn("invalid", "API not enabled", None)
    assert "key not valid" in drawn("invalid", "", None)
    assert ", back Tue 09:00" in drawn("cooling", "spending cap reached", NOW + 75_347)


@pytest.mark.parametrize("room", [34, 50, 76, 120])
def test_a_meter_says_whose_limit_it_is_when_a_refusal_named_it(room: int) -> None:
    def drawn(minute: Window) -> str:
        one = Quota("film-1", ("anna", "ben"), (), "ready", "", None, minute, Window(10, 500), None)
        return " ".join(" ".join(plain_text(line) for line in quota_lines([one], Look(0.0, None, False), room)).split())

    assert drawn(Window(3, 9, named=True)).endswith("anna and ben share it, the provider's limit")
    assert drawn(Window(3, 9)).endswith("anna and ben share it")


@pytest.mark.parametrize("key", ["z", "1", "x"])
async def test_why_a_key_did_nothing_goes_with_the_first_picture(key: str) -> None:
    connection = ScriptedConnection()
    async with driven(connection) as driver:
        await driver.press(key)
        assert driver.second.split("  ")[0].strip() in UNTIL_THE_PICTURE
        connection.say(SnapshotArrived(night_train()))
        await driver.settle()
        assert "yet" not in driver.second and "ends about" in driver.text
