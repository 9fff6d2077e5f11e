"""Lines are exactly as wide as asked, whatever characters they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shotmill_tui.model import meters, pieces

texts = st.text(alphabet="ab é漢字🙂─✓", max_size=12)
lines = st.lists(st.tuples(texts, st.sampled_from(["", "dim", "done"])), max_size=6).map(tuple)


@given(lines, st.integers(0, 40))
def test_fit_is_exact(line: pieces.Line, room: int) -> None:
    assert pieces.width(pieces.fit(line, room)) == room
    assert pieces.width(pieces.crop(line, room)) <= room


@given(lines, lines, st.integers(0, 60))
def test_spread_is_exact(left: pieces.Line, right: pieces.Line, room: int) -> None:
    assert pieces.width(pieces.spread(left, right, room)) == room


@given(st.text(alphabet="ab é漢 ", max_size=60), st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_no_word(text: str, room: int) -> None:
    wrapped = pieces.wrap_text(text, room)
    assert all(pieces.width(((line, ""),)) <= room for line in wrapped)
    assert "".join(wrapped).replace(" ", "") == text.replace(" ", "")


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 80), st.booleans())
def test_meters_fit_and_never_lie_at_the_ends(used: int, limit: int, room: int, plain: bool) -> None:
    bar = meters.progress(used, limit, room, plain=plain)
    assert pieces.width(bar) == room
    blocks = meters.blocks(used, limit, room, plain=plain)
    assert pieces.width(blocks) == min(limit, room)
    drawn = pieces.plain_text(blocks)
    if room > 1 and limit > 1 and 0 < used < limit:
        assert ("▯" in drawn or "." in drawn) and ("▮" in drawn or "#" in drawn)
    if room and 0 < used < limit:
        assert not pieces.plain_text(bar).startswith("─")
