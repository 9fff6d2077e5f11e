"""The keys screen: what each key may do, the plots, and each change of the key file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.errors import UnreachableError
from shotmill.secrets import Secret
from shotmill.settings.keys import KeyRing, load_keys
from shotmill.settings.keystore import add, move
from shotmill_tui.model.pieces import plain_text, width
from shotmill_tui.model.plot import cells_for, plot
from tui.at_work import a_workplace
from tui.driving import Driven, driven
from tui.sample import NOW, night_train, quota
from tui.sample_keys import KEYS, key
from tui.scripted import ScriptedConnection, playing

SECRET = "AIzaSyA-a-secret-of-the-test-9876-wXyZ"


def row_of(driver: Driven, name: str) -> str:
    return next(row for row in driver.rows() if re.search(rf"[✗◇✓◦↻xv.] {name} ", row))


async def test_every_key_says_what_it_may_do_broken_ones_first() -> None:
    async with driven() as driver:
        rows = await driver.press("k")
        assert "1 broken   1 resting   4 draw   1 not tried yet" in rows[0]
        names = [found[1] for row in rows if (found := re.match(r" [▸ ] [✗◇✓◦] (\w+)", row))]
        assert names == ["finn", "dora", "anna", "ben", "carl", "eva", "gus"]
        assert "✗ finn  …x7Qp  finn" in row_of(driver, "finn") and "not valid" in row_of(driver, "finn")
        assert "consistent" in row_of(driver, "finn")
        assert "→ Enter, and paste another" in driver.text and "shotmill keys add finn --replace" in driver.text
        assert "day spent until Tue 09:00" in row_of(driver, "dora")
        assert "draws" in row_of(driver, "anna") and "film-1" in row_of(driver, "anna")
        assert "known to the provider" in row_of(driver, "gus")


async def test_states_that_only_show_in_a_run() -> None:
    keys = [
        key("anna", "…9fKe", "film-1", "cooling", until=NOW + 42),
        key("dora", "…u81c", "dora", "no_quota", cure="link billing in AI Studio"),
        key("gina", "…u9zz", "gina", "no_quota", code="prepay_depleted", cure="add credit in AI Studio"),
        key("hal", "…i2oo", "hal", "invalid", code="service_disabled", reason="Not used before", cure="Enable the API"),
        key("ida", "…p0ll", "ida", "invalid", code="key_leaked", reason="It leaked", cure="make a new one"),
        key("jon", "…w31t", "jon", "cooling", code="spend_cap", until=NOW + 75_347),
        key("env", "…77aB", "env", "untested", origin="environment"),
    ]
    connection = playing(keys=[], quota=[])
    connection.answers["keys?project={id}"] = {**KEYS, "keys": keys}
    async with driven(connection) as driver:
        await driver.press("k")
        assert "balance is empty" in row_of(driver, "gina")
        assert "cooling, 42 s" in row_of(driver, "anna")
        assert "spending cap reached, back Tue 09:00" in row_of(driver, "jon")
        assert "API not enabled" in row_of(driver, "hal") and "leaked" in row_of(driver, "ida")
        assert "→ Enable the API    or: shotmill keys remove hal" in driver.text, "another secret would not do"
        assert "shotmill keys add ida --replace" in driver.text and "shotmill keys add hal" not in driver.text
        assert "may draw 0 images" in row_of(driver, "dora")
        assert "link billing in AI Studio    or: shotmill keys remove dora" in driver.text
        assert "not tried yet" in row_of(driver, "env") and "from the environment" in row_of(driver, "env")
        await driver.press(*["down"] * 6, "D")
        assert "change it where you start Shotmill" in driver.second


async def test_the_minute_has_its_whole_name_over_small_limits() -> None:
    connection = playing(keys=[], quota=[quota("film-1", ["anna"], 3, 9, ["clear"], rpm={"used": 3, "limit": 3})])
    one = {**KEYS["quota"][0], "rpm": {"used": 3, "limit": 3}}
    connection.answers["keys?project={id}"] = {
        **KEYS,
        "keys": [key("anna", "…9fKe", "film-1", "draws")],
        "quota": [one],
    }
    async with driven(connection) as driver:
        await driver.press("k")
        assert "this minute " in driver.text


async def test_each_quota_project_has_meters_and_plots() -> None:
    async with driven() as driver:
        rows = await driver.press("k")
        head = next(row for row in rows if "this minute" in row)
        assert "last hour, a cell 2 min" in head and "day so far, a cell 1 h" in head
        film = next(row for row in rows if row.startswith(" film-1"))
        assert "▮▮▮▮▮▮▮▮▮ 9/9" in film and "212/500" in film and "▁▁▁" in film and "▇▇▇" in film
        assert film.count("·") == 24 - 5, "the hours that are still to come"
        assert "anna and ben share it" in driver.text
        assert all(width(((row, ""),)) <= 120 for row in rows)


async def test_without_utf8_the_screen_is_ascii() -> None:
    async with driven(plain=True, size=(80, 24)) as driver:
        rows = await driver.press("k")
        assert "\n".join(rows).isascii() and "_____" in driver.text and "x finn" in driver.text
        rows = await driver.press("o")
        assert "\n".join(rows[:-3]).replace("’", "").isascii() and "on this screen" in driver.text


@given(
    st.lists(st.integers(0, 30), max_size=60), st.integers(0, 40), st.floats(0, 40), st.integers(0, 24), st.booleans()
)
def test_a_plot_is_as_wide_as_asked_and_hides_no_request(
    figures: list[int], room: int, full: float, ahead: int, plain: bool
) -> None:
    line = plot(figures, room, full, ahead=ahead, plain=plain)
    assert width(line) == (min(room, len(figures) + ahead) if figures or ahead else 0)
    assert not plain or plain_text(line).isascii()
    if figures and room >= len(figures) + ahead:
        drawn = plain_text(line)[: len(figures)]
        assert [one not in "▁_" for one in drawn] == [figure > 0 for figure in figures]


def test_cells_share_the_hour_evenly() -> None:
    assert [cells_for(60, room) for room in (60, 59, 25, 7, 1, 0)] == [60, 30, 20, 6, 1, 0]


# ---- changes


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A workplace's folder whose key file has anna and finn of the sample."""
    place = a_workplace(tmp_path)
    add(place.folders, "anna", Secret("AIzaSyA-secret-of-anna-0000-9fKe"))
    move(place.folders, "anna", "film-1")
    add(place.folders, "finn", Secret("AIzaSyA-secret-of-finn-0000-x7Qp"))
    return tmp_path


def ring(folder: Path) -> KeyRing:
    return load_keys(a_workplace(folder).folders, {})


def at_work(folder: Path, connection: ScriptedConnection | None = None) -> dict[str, Any]:
    connection = connection or playing()
    return {"connection": connection, "workplace": a_workplace(folder, connection)}


async def test_add_asks_a_name_then_the_key_which_is_never_shown(
    stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with driven(**at_work(stored)) as driver:
        await driver.press("k", "a")
        assert "name of the new key: key-1" in driver.text
        await driver.press(*["backspace"] * 5, *"gina", "enter")
        assert "key gina, it stays hidden:" in driver.text
        shown = ""
        for part in (SECRET[:20], SECRET[20:-1]):
            await driver.paste(part)
            shown += driver.text + repr(driver.app.screen.asked)  # type: ignore[attr-defined]
        await driver.press(SECRET[-1])
        await driver.press("enter")
        found = ring(stored).find("gina")
        assert found is not None and found.secret == Secret(SECRET)
        assert SECRET[:12] not in shown + driver.text + "".join(capsys.readouterr())
        assert "************" in shown
        sent = driver.connection.asked
        assert ("PUT", "/v1/environment", {"keys": {}}) in sent, "the daemon looks at the file at once"
        root = str(a_workplace(stored).root)
        assert ("POST", "/v1/keys/test", {"name": "gina", "path": root}) in sent
        assert SECRET not in repr(sent)


async def test_a_name_that_can_not_be_is_told_before_the_key_is_pasted(stored: Path) -> None:
    async with driven(**at_work(stored)) as driver:
        for name, said in (("env", "choose another"), ("a b", "name must be"), ("finn", "Enter on it replaces it")):
            await driver.press("k", "a", *["backspace"] * 5)
            await driver.paste(name)
            await driver.press("enter")
            assert said in driver.text, name
            await driver.press("k")
    assert len(ring(stored).keys) == 2


async def test_replace_keeps_what_else_is_said_of_the_key(stored: Path) -> None:
    async with driven(**at_work(stored)) as driver:
        await driver.press("k", *["down"] * 2)
        assert "▸ ✓ anna" in driver.text
        await driver.press("enter")
        await driver.paste(SECRET + "\n")
        await driver.press("enter")
        found = ring(stored).find("anna")
        assert found is not None and found.secret == Secret(SECRET) and found.quota_project == "film-1"
        await driver.press("enter", *"abc", "enter")
        assert "too short for a key" in driver.text and "abc" not in driver.text
        await driver.press("enter", "enter")
        assert "Nothing was stored" in driver.text
        assert found == ring(stored).find("anna")


async def test_rename_move_and_remove(stored: Path) -> None:
    async with driven(**at_work(stored)) as driver:
        await driver.press("k", "R", *["backspace"] * 4, *"fred", "enter")
        assert "finn is called fred" in driver.second
        assert [one.name for one in ring(stored).keys] == ["anna", "fred"]
        await driver.press("down", "down", "M")
        assert "cloud project of anna" in driver.text and "film-1" in driver.foot
        await driver.press(*["backspace"] * 6, *"studio", "enter")
        found = ring(stored).find("anna")
        assert found is not None and found.quota_project == "studio"
        await driver.press("D")
        assert "Remove anna …9fKe from this machine? It draws illustration." in driver.text
        await driver.press("enter")
        assert ring(stored).find("anna") is not None, "Enter means no"
        await driver.press("D", "y")
        assert ring(stored).find("anna") is None and "anna is removed" in driver.second


async def test_all_keys_are_tested_and_what_is_wrong_is_named(stored: Path) -> None:
    async with driven(**at_work(stored)) as driver:
        await driver.press("k", "t")
        assert "2 known to the provider; finn: the provider says it is not valid" in driver.second
        driver.connection.answers["test"] = UnreachableError("no daemon answers", cure="shotmill daemon start")
        await driver.press("t")
        assert "no daemon answers" in driver.second


async def test_without_a_daemon_the_names_come_from_the_file(stored: Path) -> None:
    connection = playing()
    connection.answers["keys?project={id}"] = UnreachableError("no daemon answers", cure="shotmill daemon start")
    async with driven(**at_work(stored, connection)) as driver:
        await driver.press("k")
        assert "no daemon answers" in driver.text and "anna" in driver.text and "…x7Qp" in driver.text


async def test_keys_of_the_emulator_can_not_be_changed(tmp_path: Path) -> None:
    options = at_work(tmp_path)
    (options["workplace"].root / "shotmill.toml").write_text('[gemini]\nbase_url = "emulator"\n')
    async with driven(**options) as driver:
        await driver.press("k")
        assert "yours are never touched" in driver.text
        await driver.press("D")
        assert "a key of the emulator's own" in driver.second


async def test_a_machine_without_a_key_says_how_to_get_one() -> None:
    connection = ScriptedConnection(night_train(keys=[], quota=[]))
    connection.answers["keys?project={id}"] = {"keys": [], "quota": []}
    async with driven(connection) as driver:
        await driver.press("k")
        assert "aistudio.google.com/apikey" in driver.text and "a stores one" in driver.text
        await driver.press("R")
        assert "There is no key here yet" in driver.second


async def test_many_keys_scroll_with_the_cursor() -> None:
    connection = playing(keys=[], quota=[])
    many = [key(f"key-{number:02}", "…9fKe", f"film-{number}", "draws") for number in range(25)]
    connection.answers["keys?project={id}"] = {**KEYS, "keys": many}
    async with driven(connection, size=(80, 24)) as driver:
        await driver.press("k", *["down"] * 24)
        assert "▸ ✓ key-24" in driver.text
        await driver.press("end")
        assert "anna and ben share it" in driver.text
        await driver.press("up")
        assert "▸ ✓ key-23" in driver.text


async def test_the_floor_leads_to_the_key_that_is_broken() -> None:
    async with driven() as driver:
        assert "k to mend" in driver.text
        await driver.press("n", "n", "n")
        assert "finn: the provider says it is not valid  k to mend" in driver.second
        await driver.press("k")
        assert "▸ ✗ finn" in driver.text
