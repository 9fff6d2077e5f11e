"""Every drawing is exactly as wide and as high as asked, at any size, for any project."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from shotmill.client.link import Connected
from shotmill.untrusted import printable
from shotmill_tui.drawing.floor import Block, Desk, arrangement, draw_floor, draw_tiny, percent
from shotmill_tui.drawing.footer import footer
from shotmill_tui.drawing.header import header
from shotmill_tui.drawing.loglines import log_line
from shotmill_tui.drawing.look import Look
from shotmill_tui.drawing.panel import Place, counts
from shotmill_tui.model.hints import Hint
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.pieces import fit, plain_text, width
from shotmill_tui.model.reading import read_snapshot
from shotmill_tui.model.sentence import tell
from shotmill_tui.model.told import Told
from shotmill_tui.model.view import View
from shotmill_tui.paint import in_one
from shotmill_tui.question import Entry
from tui.sample import LOG, NOW, done, many_styles, night_train, quota, shots, status

LOOK, PLAIN = Look(NOW, UTC), Look(NOW, UTC, plain=True)
TOLD = Told("running", "running", "Pace: a long sentence about what sets the pace of this run", "Pace: short")
PROJECTS = {number: read_snapshot(many_styles(number, beats=97)) for number in (1, 2, 3, 4, 6, 12)}
BOOK = Logbook()
BOOK.add(LOG)


def as_text(blocks: list[Block], height: int) -> list[str]:
    return ["".join(plain_text(block.lines[row]) for block in blocks) for row in range(height)]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(PROJECTS)),
    st.integers(40, 220),
    st.integers(7, 60),
    st.sampled_from(["", "one", "all"]),
    st.integers(0, 14),
    st.booleans(),
    st.none() | st.tuples(st.integers(0, 2), st.integers(0, 39)),
)
def test_the_floor_fills_its_place_exactly(
    number: int, room: int, height: int, shown: str, focus: int, plain: bool, cursor: tuple[int, int] | None
) -> None:
    view = PROJECTS[number]
    places = {style.name: Place(cursor, 5) for style in view.styles}
    blocks = draw_floor(view, BOOK, Desk(focus, shown, places), PLAIN if plain else LOOK, room, height)
    assert sum(block.width for block in blocks) == room
    for block in blocks:
        assert len(block.lines) == height
        assert {width(line) for line in block.lines} == {block.width}
    if plain:
        assert all(row.replace("…", "").isascii() for row in as_text(blocks, height))


@given(st.integers(40, 220), st.text(max_size=120), st.booleans())
def test_the_header_fits(room: int, notice: str, started: bool) -> None:
    view = read_snapshot(night_train()) if started else None
    lines = header(view, TOLD, notice, LOOK, room, str)
    assert [width(line) for line in lines] == [room, room]
    assert view is None or "for you: n" in plain_text(lines[1])


def test_a_key_that_does_not_fit_is_left_out_whole() -> None:
    view, hint = read_snapshot(night_train()), Hint("next", "shows them", ": ")
    told = Told("finished", "finished", "1 refused for its content, 1 failed", "1 refused, 1 failed", hints=(hint,))
    seen = {room: plain_text(header(view, told, "", LOOK, room, lambda action: "n")[1]) for room in (44, 60)}
    assert "1 failed: n shows them" in seen[60]
    assert "1 failed " in seen[44] and "…" not in seen[44]


hints = st.lists(st.tuples(st.sampled_from("sxdnil"), st.text(min_size=1, max_size=20), st.just("brief")), max_size=9)


@given(hints, st.integers(20, 200))
def test_the_footer_fits_and_always_keeps_the_way_to_all_keys(offered: list[tuple[str, str, str]], room: int) -> None:
    text = plain_text(footer(offered, room))
    assert width(((text, ""),)) == room
    assert ": all" in text and "? help" in text


@given(st.integers(1, 39), st.integers(1, 9))
def test_the_smallest_screen_holds_a_sentence(room: int, height: int) -> None:
    lines = draw_tiny(read_snapshot(night_train()), TOLD, "", (("d", "key"), (" detach", "dim")), room, height)
    assert len(lines) == height and {width(line) for line in lines} == {room}
    assert plain_text(lines[-1]).startswith("d" if room > 1 else "")


def test_styles_choose_their_arrangement_by_the_width() -> None:
    def shape(number: int, room: int) -> str:
        return arrangement(PROJECTS[number], Desk(), LOOK, room)

    assert [shape(3, room) for room in (60, 80, 113, 114, 120, 200)] == ["table", "tabs", "tabs", *["columns"] * 3]
    assert shape(1, 200) == "tabs" and shape(12, 200) == "table" and shape(6, 120) == "table"


def test_the_table_counts_for_you_what_the_daemon_lists_and_not_what_was_left_out() -> None:
    listed = [
        {"kind": "failed", "style": "clear", "beat": "1.2", "what": "", "cure": ""},
        {"kind": "key", "style": "clear", "beat": "", "what": "", "cure": ""},
    ]
    marks = {"clear": "vxx" + "x" * 300, "ink": "vx", "pen": "x" * 300}
    many = [{"kind": "failed", "style": "pen", "beat": f"1.{at}", "what": "", "cure": ""} for at in range(200)]
    told = {**status(marks), "for_you": [*listed, *many]}
    styles = [{"name": name, "quota": [], "shots": shots(line)} for name, line in marks.items()]
    view = read_snapshot(night_train(status=told, styles=styles))
    assert [view.for_you_in(style) for style in view.styles] == [1, 0, 300]
    rows = as_text(draw_floor(view, BOOK, Desk(shown="all"), LOOK, 100, 20), 20)
    assert [row.split()[-2:] for row in rows[1:4]] == [[said, "done"] for said in ("1", "0", "300")]


@pytest.mark.parametrize(
    ("seconds", "told"), [(8.1, " 8.1 s"), (31.5, "31.5 s"), (99.96, " 100 s"), (1234.5, "1234 s")]
)
def test_no_length_of_a_try_is_cut(seconds: float, told: str) -> None:
    book = Logbook()
    book.add([done(1, "12:00:00", "clear", "10.1", "carl", seconds, 1.4)])
    line = plain_text(log_line(book.all[0], LOOK, 40))
    assert f"10.1 {told}  1.4 MB  carl" in line


def test_a_long_beat_is_named_whole_in_the_log() -> None:
    book = Logbook()
    book.add([done(1, "12:00:00", "clear", "100.10", "carl", 8.1, 1.4)])
    assert "✓ 100.10 8.1 s" in " ".join(plain_text(log_line(book.all[0], LOOK, 40)).split())


def test_percent_is_never_full_before_the_end() -> None:
    assert [percent(done, 1000) for done in (0, 1, 566, 999, 1000)] == [0, 1, 57, 99, 100]


def test_the_header_of_a_view_without_styles() -> None:
    bare: View = read_snapshot({"project": {"path": "/a/b"}})
    told = tell(bare, Connected("1"), NOW, UTC)
    assert "No prompts found" in plain_text(header(bare, told, "", LOOK, 80, str)[1])
    assert draw_floor(bare, BOOK, Desk(), LOOK, 80, 20)[0].width == 80


@pytest.mark.parametrize(
    ("room", "told"), [(60, "waits until Tue 09:00"), (50, "until Tue 09:00"), (36, "blocked"), (37, "waits")]
)
def test_what_a_style_waits_for_is_never_cut(room: int, told: str) -> None:
    waits = {"illustration": {"state": "waiting", "waiting_until": NOW + 75_347}}
    view = read_snapshot(night_train(status=status(styles=waits)))
    line = plain_text(fit(counts(view, view.styles[0], LOOK, room), room)).rstrip()
    assert line.endswith(told) and "…" not in line


def test_a_style_whose_only_cloud_project_pauses_says_when_its_next_image_goes() -> None:
    pauses = quota("carl", ["carl"], 4, 9, ["clear"], state="cooling", reason="minute quota", until=NOW + 37)
    view = read_snapshot(night_train(quota=[pauses]))
    line = plain_text(counts(view, view.styles[1], LOOK, 60))
    assert line.endswith("next in 37 s")


def test_a_paused_style_says_so_whole_and_leaves_the_reason_to_the_second_line() -> None:
    view = read_snapshot(night_train(status=status(styles={"clear": {"state": "paused", "reason": "API not enabled"}})))
    line = plain_text(counts(view, view.styles[1], LOOK, 36))
    assert line.endswith("28 to do  paused")


def test_no_figure_of_the_table_is_cut_on_a_narrow_screen() -> None:
    view = read_snapshot(night_train())
    rows = as_text(draw_floor(view, BOOK, Desk(shown="all"), LOOK, 50, 10), 10)
    assert "for you  now" in rows[0] and "to do" not in rows[0]
    assert [row.split()[-2:] for row in (rows[1], rows[3])] == [["2", "drawing"], ["1", "drawing"]]
    assert "to do" in as_text(draw_floor(view, BOOK, Desk(shown="all"), LOOK, 62, 10), 10)[0]


def test_a_project_without_prompts_says_where_they_belong() -> None:
    view = read_snapshot(night_train(styles=[]))
    text = " ".join(row.strip() for row in as_text(draw_floor(view, BOOK, Desk(), LOOK, 60, 12), 12))
    assert "Prompts belong in prompts/prompts-{style}.json" in text and "shotmill demo" in text


@given(st.integers(24, 200), st.text(max_size=60), st.text(max_size=200))
def test_the_end_of_what_is_typed_and_its_keys_are_seen_at_any_width(room: int, label: str, value: str) -> None:
    entry = Entry(printable(label), printable(value), lambda _: None, lambda _: None, "move")
    lines = entry.lines(room)
    assert {width(line) for line in lines} == {room}
    text = plain_text(lines[-1])
    assert printable(value)[-5:] in text
    if room >= 44:
        assert "Enter move   Esc leave" in text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("👩🏽‍🎨 at work", "👩 at work"),
        ("🏳️‍🌈!", "🏳 !"),
        ("❤️!", "❤ !"),
        ("夜行列車 ✓", "夜行列車 ✓"),
    ],
)
def test_an_emoji_of_several_characters_takes_the_cells_that_were_measured(text: str, drawn: str) -> None:
    assert in_one(text) == drawn
    assert sum(map(cell_len, drawn)) == cell_len(text), "a terminal that takes characters one by one measures the same"
    assert in_one("क्‍ष") == "क्‍ष", "letters that are joined stay as they are"
