"""The first run: one question a page, what it writes, and the ways on from its last page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shotmill.errors import UnreachableError
from shotmill.secrets import Secret
from shotmill.settings.folders import Folders
from shotmill.settings.keys import load_keys
from shotmill.settings.project import load_project_settings
from shotmill_tui.cli.attach import _is_first_run
from tui.at_work import a_workplace
from tui.driving import Driven, driven
from tui.sample_keys import fresh_project
from tui.scripted import ScriptedConnection

ANNA, BEN, FINN = (f"AIzaSyA-{name}-first-run-of-a-test-{end}" for name, end in
                   (("anna", "9fKe"), ("ben", "Tq0a"), ("finn", "x7Qp")))  # fmt: skip


@asynccontextmanager
async def first_run(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Driven]:
    connection = ScriptedConnection(fresh_project())
    place = a_workplace(folder, connection)
    (place.root / "prompts").mkdir()
    for style in ("illustration", "clear", "consistent"):
        (place.root / "prompts" / f"prompts-{style}.json").write_text('[{"beat_number": "1.1", "ai_prompt": "x"}]')
    async with driven(connection, size, workplace=place, first_run=True) as driver:
        yield driver


async def give(driver: Driven, name: str, secret: str) -> None:
    """Paste a key, and a name in place of the one that is offered (`key-…` takes that)."""
    await driver.paste(secret)
    if name.startswith("key-"):
        await driver.press("enter", "enter")
        return
    await driver.press("enter", *["backspace"] * 5)
    await driver.paste(name)
    await driver.press("enter")


async def test_keys_are_hidden_stored_and_tested_at_once(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        rows = driver.rows()
        assert rows[0].startswith(" Shotmill   Night train") and rows[0].rstrip().endswith("1 of 3")
        told = " ".join(driver.text.split())
        assert "60 beats in 3 styles (illustration, clear, consistent), 20 images already drawn" in told
        assert "no settings, no key on this machine" in told and "it stays hidden" in told
        await driver.paste(ANNA)
        assert "************" in driver.text and f"{len(ANNA)} characters" in driver.text
        assert ANNA[:10] not in driver.text
        await driver.press("enter")
        assert "A name for the key …9fKe:" in driver.text and "key-1" in driver.text
        await driver.press("escape")
        assert "it stays hidden" in driver.text and "9fKe" not in driver.text
        await driver.paste("YOUR_GEMINI_API_KEY_1")
        await driver.press("enter")
        assert "That is no key: it is a placeholder" in driver.text
        await driver.paste(BEN)
        await driver.press("enter", *"be")  # in the place of the name that is offered
        assert "no key: it is" not in driver.text and "key-1" not in driver.text
        await driver.press("escape")
        await give(driver, "anna", ANNA)
        await give(driver, "finn", FINN)
        assert "✓ anna …9fKe  known to the provider" in driver.text
        assert "✗ finn …x7Qp  the provider says it is not valid" in driver.text
        assert "paste another one, and call it finn again" in driver.text
        place = a_workplace(tmp_path)
        assert [one.secret for one in load_keys(place.folders, {}).keys] == [Secret(ANNA), Secret(FINN)]
        await give(driver, "finn", BEN)
        assert [one.secret for one in load_keys(place.folders, {}).keys] == [Secret(ANNA), Secret(BEN)]
        asked = ("POST", "/v1/keys/test", {"name": "anna", "path": str(place.root)})
        assert asked in driver.connection.asked and ANNA not in repr(driver.connection.asked)


async def test_which_keys_share_a_cloud_project(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        for name, secret in (("key-1", ANNA), ("key-2", BEN), ("key-3", FINN)):
            await give(driver, name, secret)
        await driver.press("enter")
        assert driver.rows()[0].rstrip().endswith("2 of 3")
        assert "▸ key-1  …9fKe  film-1" in driver.text
        assert "key-2  …Tq0a  not sure  counted with film-1 until you say otherwise" in driver.text
        await driver.press("down", "1", "right", "right")
        assert "▸ key-3  …x7Qp  film-2" in driver.text
        await driver.press("escape", "enter", "enter")
        assert driver.rows()[0].rstrip().endswith("3 of 3")
        keys = load_keys(a_workplace(tmp_path).folders, {}).keys
        assert {one.name: one.quota_project for one in keys} == {
            "key-1": "film-1",
            "key-2": "film-1",
            "key-3": "film-2",
        }


async def test_the_limit_is_written_with_what_was_found(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        await give(driver, "key-1", ANNA)
        await driver.press("enter")
        assert "160 images to draw cost about $5.38" in driver.text and "$ 7" in driver.text
        await driver.press("x", "enter")
        assert "A number such as 10 or 2.50" in driver.text
        await driver.press("backspace", *"12.5", "enter")  # what was typed took the place of what is offered
        root = a_workplace(tmp_path).root
        settings = load_project_settings(root)
        assert settings.budget_usd == 12.5 and list(settings.styles) == ["illustration", "clear", "consistent"]
        assert "limit $12.50" in driver.text and "160 images to draw, about $5.38, about 7 min." in driver.text
        assert "try three beats of each style: 9 images, about $0.30" in driver.text
        await driver.press("escape", *["backspace"] * 4, *"20", "enter")
        assert load_project_settings(root).budget_usd == 20, "a page back, and another answer"


async def to_the_offer(driver: Driven) -> None:
    await give(driver, "key-1", ANNA)
    await driver.press("enter", "enter")
    assert "Nothing is spent yet" in driver.text


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("enter", [("start", {"limit": 3})]),
        ("a", [("agree", {"usd": 5.38}), ("start", {})]),
        ("n", []),
    ],
)
async def test_a_trial_all_of_it_or_nothing_yet(tmp_path: Path, key: str, sent: list[tuple[str, object]]) -> None:
    async with first_run(tmp_path) as driver:
        await to_the_offer(driver)
        before = len(driver.connection.sent())
        await driver.press(key)
        assert "╭" in driver.text, "the mill floor"
        after = [(path.rpartition("/")[2], body) for path, body in driver.connection.sent()[before:]]
        assert after == sent
        assert not driver.app.first_run


async def test_the_demo_is_made_and_shown(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        await driver.press("enter")
        assert "Without a key nothing of yours can be drawn." in driver.text
        await driver.press("0")
        root = tmp_path / "night-train" / "shotmill-demo"
        assert load_project_settings(root).gemini.base_url == "emulator"
        assert driver.app.workplace is not None and driver.app.workplace.root == root
        assert driver.connection.sent()[-1][0].endswith("/start") and "╭" in driver.text


async def test_a_provider_that_can_not_be_reached_keeps_nobody(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        driver.connection.answers["test"] = UnreachableError("No daemon is running.", cure="shotmill daemon start")
        await give(driver, "key-1", ANNA)
        assert "stored; the provider could not be asked" in driver.text
        await driver.press("enter")
        assert driver.rows()[0].rstrip().endswith("3 of 3")


async def test_what_is_no_key_is_refused_and_broken_ones_alone_do_not_do(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        await driver.paste("YOUR_GEMINI_API_KEY_1")
        await driver.press("enter")
        assert "it is a placeholder" in driver.text and "A name for" not in driver.text
        await give(driver, "finn", FINN)
        await driver.press("enter")
        assert "None of these keys works" in driver.text and "1 of 3" in driver.text
        await driver.press("escape")
        assert "╭" in driver.text
    assert not (tmp_path / "night-train" / "shotmill.toml").exists()


def machine_with(folder: Path, text: str) -> Folders:
    folders = a_workplace(folder).folders
    folders.config.mkdir(parents=True)
    folders.keys_file.write_text(text)
    folders.keys_file.chmod(0o600)
    return folders


async def test_a_placeholder_is_named_and_replaced_under_its_name(tmp_path: Path) -> None:
    folders = machine_with(tmp_path, '[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    async with first_run(tmp_path) as driver:
        told = " ".join(driver.text.split())
        assert "no usable key on this machine (anna: it is a placeholder, not a key)" in told
        await driver.paste(ANNA)
        await driver.press("enter")
        assert "anna" in driver.text
        await driver.press("enter")
        assert "✓ anna …9fKe  known to the provider" in driver.text
    assert [one.secret for one in load_keys(folders, {}).keys] == [Secret(ANNA)]


async def test_help_is_there_before_a_key_is_pasted(tmp_path: Path) -> None:
    async with first_run(tmp_path) as driver:
        assert "? help" in driver.rows()[-1]
        await driver.press("?")
        assert "Keys and marks" in driver.text or "marks" in driver.text.lower()
        assert "it stays hidden" not in driver.text
        await driver.press("escape")
        assert "it stays hidden" in driver.text
        assert "*" not in driver.text


async def test_a_second_project_is_asked_for_its_limit_only(tmp_path: Path) -> None:
    machine_with(tmp_path, f'[keys.anna]\napi_key = "{ANNA}"\n')
    async with first_run(tmp_path) as driver:
        assert "160 images to draw cost about $5.38" in driver.text
        await driver.press("backspace", *"9", "enter")
        assert load_project_settings(a_workplace(tmp_path).root).budget_usd == 9
        assert "try three beats of each style" in driver.text


def test_which_projects_ask_when_they_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    place = a_workplace(tmp_path)
    assert _is_first_run(place.folders, place.root)
    machine_with(tmp_path, f'[keys.anna]\napi_key = "{ANNA}"\n')
    assert _is_first_run(place.folders, place.root), "a key is there, a limit is still to be asked for"
    (place.root / ".shotmill").mkdir()
    (place.root / ".shotmill" / "journal.jsonl").touch()
    assert not _is_first_run(place.folders, place.root), "it was drawn without settings before"
    place.folders.keys_file.unlink()
    (place.root / ".shotmill" / "journal.jsonl").unlink()
    monkeypatch.setenv("GEMINI_API_KEY", ANNA)
    assert not _is_first_run(place.folders, place.root), "nothing has to be asked"


@pytest.mark.parametrize("size", [(60, 18), (45, 12)])
async def test_small_terminals_lose_no_question(tmp_path: Path, size: tuple[int, int]) -> None:
    async with first_run(tmp_path, size) as driver:
        await give(driver, "key-1", ANNA)
        await give(driver, "key-2", BEN)
        assert "asking the provider" in driver.text
        await driver.press("enter")
        assert "key-1  …9fKe  film-1" in driver.text and "key-2  …Tq0a  not sure" in driver.text
        await driver.press("enter")
        assert "$ 7" in driver.text
        await driver.press("enter")
        told = " ".join(driver.text.split())
        assert "try three beats of each style: 9 images, about $0.30" in told and "not now" in told
        assert all(len(row) <= size[0] for row in driver.rows())
