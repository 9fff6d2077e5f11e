"""Levels, words, search: what of a log is looked at, on the floor and on its own screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shotmill_tui.model.lens import Lens, highlighted
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.pieces import plain_text
from tui.driving import driven
from tui.sample import LOG
from tui.scripted import playing

words = st.sampled_from(["", "ben", "!ben", "clear", "again", "ben !6", "!", "BEN"])
levels = st.sampled_from(["", "warning", "error"])


def line(n: int, style: int, key: str, level: str) -> dict[str, Any]:
    return {"n": n, "at": 1.0, "style": ("clear", "ink")[style], "beat": f"{n % 9}.1", "event": "done", "key": key,
            "level": level, "text": "again"}  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["ben", "anna"]), st.sampled_from(["info", "error"]))),
    st.lists(st.integers(1, 7)), words, levels,
)  # fmt: skip
def test_a_lens_admits_the_same_whenever_it_is_looked_through(
    lines: list[tuple[int, str, str]], steps: list[int], wanted: str, level: str
) -> None:
    lens, log = Lens(level, wanted), Logbook(held=12)
    sources = [line(n, *parts) for n, parts in enumerate(lines, 1)]
    at = 0
    for step in [*steps, len(sources)]:
        log.add(sources[at : at + step])
        at += step
        fresh = [one for one in log.all if lens.admits(one)]
        assert list(log.of("", lens))[-len(fresh) :] == fresh if fresh else True
        assert all(lens.admits(one) for one in log.of("", lens))
        assert len(log.of("", lens)) <= 12


def test_words_are_all_wanted_and_those_with_a_bang_are_not() -> None:
    log = Logbook()
    log.add(LOG)
    seen = {one.n for one in log.of("", Lens(words="ILLUSTRATION !ben"))}
    assert seen and all(one.style == "illustration" and one.key != "ben" for one in log.all if one.n in seen)
    assert [one.n for one in log.of("", Lens(level="warning"))] == [18]
    assert len(log.of("", Lens(words="!"))) == 0, "a bang alone is a word like any other"


def test_a_search_finds_the_next_and_the_one_before() -> None:
    log = Logbook()
    log.add(LOG)
    lens = Lens(search="carl")
    newest = log.found("", None, -1, lens)
    assert newest is not None and newest.n == 22
    before = log.found("", newest.n, -1, lens)
    assert before is not None and before.n == 17
    assert log.found("", before.n, 1, lens) == newest and log.found("", 22, 1, lens) is None


def test_what_is_found_stands_reversed_and_nothing_moves() -> None:
    drawn = highlighted((("12:04 Ben and ben", "dim"),), "ben")
    assert [text for text, role in drawn if role.endswith("cursor")] == ["Ben", "ben"]
    assert plain_text(drawn) == "12:04 Ben and ben"


async def test_the_floor_and_the_log_are_read_the_same_way(tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    async with driven(playing(), size=(120, 36), remember=memory) as driver:
        await driver.press("L")
        assert "log, warnings" in driver.text and "overloaded" in driver.text and "12:04:12 → 6.4" not in driver.text
        await driver.press("L", "L", "ampersand", *"!anna", "enter")
        assert "not anna" in driver.text and "→ 6.4" in driver.text and "→ 6.5" not in driver.text
        await driver.press("l")
        assert "not anna" in driver.rows()[0] and "anna" not in "\n".join(driver.rows()[2:])
        await driver.press("escape")
        assert "not anna" not in driver.rows()[0], "Esc takes the filter first"
        await driver.press("ampersand", *"carl", "enter", "escape")
        await driver.press("escape", "ampersand", *"carl", "enter", "d")
    async with driven(playing(), size=(120, 36), remember=memory) as driver:
        assert "with carl" in driver.text, "coming back shows the same filter"
        await driver.press("escape")
        assert "with carl" not in driver.text


async def test_searching_on_the_floor_says_how_to_go_on() -> None:
    async with driven(size=(120, 36)) as driver:
        await driver.press("slash", *"anna", "enter")
        assert "anna: , to the line before, . to the next" in driver.second
        assert "log held, 0 newer  f follows" in driver.text
        await driver.press("ampersand", *"illustration", "enter", "slash", *"anna", "enter")
        assert "log held, 0 newer, with" in driver.text and "f fol" not in driver.text


async def test_searching_goes_there_and_on() -> None:
    async with driven(size=(120, 20)) as driver:
        await driver.press("l", "slash", *"carl", "enter")
        assert "search carl" in driver.rows()[0] and "held, 0 newer" in driver.rows()[0]
        await driver.press("comma")
        assert "held, 5 newer" in driver.rows()[0]
        await driver.press("comma", "comma", "comma", "comma", "comma")
        assert "No older line has carl" in driver.text
        await driver.press("full_stop", "f")
        assert "follows" in driver.rows()[0]
    async with driven(size=(120, 36)) as driver:
        await driver.press("slash", *"overloaded", "enter")
        assert "No style, no beat of illustration and no line" in driver.text
        await driver.press("2", "slash", *"overloaded", "enter")
        assert "log held, 1 newer" in driver.text


async def test_a_panel_wraps_too() -> None:
    text = " ".join(f"word{n}" for n in range(20))
    lines = [{**LOG[0], "style": "clear", "event": "failed", "text": text}]
    async with driven(playing(log=lines), size=(120, 36)) as driver:
        assert "word19" not in driver.text
        await driver.press("w")
        assert "word19" in driver.text
