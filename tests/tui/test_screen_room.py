"""What is done with too little room, and with much of it."""

from __future__ import annotations

from pathlib import Path

from shotmill_tui.drawing.footer import footer
from shotmill_tui.model.pieces import plain_text
from shotmill_tui.themes import Fault, load_themes, own_folder
from tui.driving import driven
from tui.sample import many_styles
from tui.scripted import ScriptedConnection

HINTS = [("x", "stop after these 4", "stop"), ("d", "detach, run goes on", "detach")]
SPARE = [("z", "zoom", "zoom"), ("v", "a theme with a long name", "theme"), ("o", "go", "go")]


def test_the_footer_fills_what_is_left_and_gives_nothing_up_for_it() -> None:
    assert "zoom" not in plain_text(footer(HINTS, 60, spare=SPARE))
    filled = plain_text(footer(HINTS, 90, spare=SPARE))
    assert filled.startswith(" x stop after these 4   d detach, run goes on   z zoom   o go   : all   ? help")


async def test_every_scrolled_screen_says_how_much_stands_below() -> None:
    async with driven(size=(80, 24)) as driver:
        rows = await driver.press("question_mark")
        assert rows[-2].strip().endswith("more ↓")
        below = int(rows[-2].split()[0])
        await driver.press("down")
        assert driver.rows()[-2].split()[0] == str(below - 1)
        await driver.press("end")
        assert "more ↓" not in driver.text and "The panel before" in driver.rows()[-2]
    async with driven(size=(80, 24), plain=True) as driver:
        await driver.press("question_mark")
        assert "more below" in driver.rows()[-2]


async def test_the_cursor_is_never_under_the_row_that_tells_of_more() -> None:
    async with driven(ScriptedConnection(many_styles(12)), size=(80, 20)) as driver:
        await driver.press("1", "right", "enter")
        for at in range(2, 41):
            await driver.pilot.press("down")
            assert f"▸ 1.{at} " in driver.text, at


async def test_faults_of_themes_stand_above_the_list_and_can_be_scrolled() -> None:
    themes, _ = load_themes([own_folder()])
    async with driven(size=(80, 24), themes=themes) as driver:
        driver.app.wardrobe.replace(themes, [Fault(Path(f"t{at}.toml"), at, "is no colour") for at in range(30)], "")
        await driver.press("v")
        assert "t0.toml" in driver.rows()[3] and "more ↓" in driver.text
        await driver.press("end")
        assert "today 212/500" in driver.text
        await driver.press("down")
        assert "▸ cyanotype" in driver.text


async def test_a_table_of_styles_has_its_cursor_where_lists_have_it_and_air_above_the_keys() -> None:
    async with driven(ScriptedConnection(many_styles(12))) as driver:
        rows = driver.rows()
        assert rows[3].startswith(" ▸  1 illustration") and not rows[-2].strip()
        assert all(row.rstrip().endswith(("drawing", "queued", "09:00")) for row in rows[3:15])


async def test_the_key_of_a_log_line_stands_in_one_column() -> None:
    async with driven(size=(200, 50)) as driver:
        lines = [row[1:66] for row in driver.rows() if ":0" in row[:10]]
        assert len({row.index(key) for row in lines for key in ("anna", "ben ") if key in row}) == 1
