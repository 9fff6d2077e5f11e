"""From the daemon's JSON to the picture; nothing the daemon sends can break a screen."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shotmill.client.link import ChangeArrived, SnapshotArrived
from shotmill_tui.model import parse
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.reading import apply_change, read_snapshot, reduce
from tui.sample import LOG, NOW, night_train, run

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)
names = st.sampled_from(["status", "styles", "quota", "keys", "pace", "log", "beats", "seq", "at", "project", "daemon"])


def test_the_sample_reads_as_the_drawing_says() -> None:
    view = read_snapshot(night_train())
    assert (view.title, view.done, view.total, view.drawing, view.to_do) == ("Night train", 93, 180, 4, 81)
    illustration = view.styles[0]
    assert (illustration.done, illustration.total, illustration.to_do, view.for_you_in(illustration)) == (34, 60, 23, 1)
    assert view.locate("consistent", "3.3") == (2, 2, 2)
    assert [one.name for one in view.quotas_of(illustration)] == ["film-1"]


def test_a_change_touches_only_what_it_names() -> None:
    view = read_snapshot(night_train())
    after = apply_change(view, {"seq": 101, "at": 5.0, "beats": [["illustration", 5, 3, "v"]]})
    assert after.styles[0].shots[5].states == "vvvv>."
    assert (after.styles[0].done, after.styles[0].drawing) == (35, 1)
    assert after.styles[1] is view.styles[1] and after.quota is view.quota and after.run is view.run
    assert after.styles[0].shots[0] is view.styles[0].shots[0]


def test_a_change_may_bring_a_whole_status() -> None:
    view = read_snapshot(night_train())
    after = apply_change(view, {"seq": 101, "status": {"run": run(state="stopping"), "styles": {}, "for_you": []}})
    assert after.run.state == "stopping" and after.for_you == () and after.done == 93


def test_an_old_change_and_one_without_a_picture_are_nothing() -> None:
    view = reduce(None, SnapshotArrived(night_train()))
    assert view is not None
    assert reduce(view, ChangeArrived({"seq": 100, "beats": [["clear", 0, 0, "x"]]})) is view
    assert reduce(None, ChangeArrived({"seq": 5})) is None


@given(st.dictionaries(names, json, max_size=8))
def test_nonsense_is_read_as_something_harmless(source: dict[str, Any]) -> None:
    read_snapshot(source)
    Logbook().add(source["log"] if isinstance(source.get("log"), list) else [])
    apply_change(read_snapshot(night_train()), source)


def test_what_came_from_elsewhere_is_printable() -> None:
    snapshot = night_train(project={"id": "p", "path": "/x", "title": "\x1b]52;c;evil\x07 \u202ename"})
    title = read_snapshot(snapshot).title
    assert "\x1b" not in title and "\u202e" not in title and "evil" in title


def test_the_log_keeps_a_ring_and_passes_over_what_it_knows() -> None:
    book = Logbook(held=10)
    assert book.add(LOG) == 22 and book.add(LOG) == 0
    assert len(book.all) == 10 and book.last == 22
    assert [one.n for one in book.tail("clear", 2)] == [18, 22]


def test_the_log_goes_on_behind_another_daemon() -> None:
    """One that counts on, one that lost the last lines of the one before, one that begins a log of its own."""
    logs: tuple[list[dict[str, Any]], ...] = (
        [*LOG, {"n": 23, "at": NOW + 60, "text": "later"}],
        [*LOG[:-2], {"n": 21, "at": NOW + 60, "text": "later"}],
        [{"n": 1, "at": NOW + 60, "text": "later"}],
    )
    for told in logs:
        book = Logbook()
        book.add(LOG)
        assert book.meet(told) == 1
        assert [one.text for one in book.tail("", 1)] == ["later"] and book.last == 23
        assert book.meet(told) == 0
        assert book.add([{"n": told[-1]["n"] + 1, "at": NOW + 61, "text": "latest"}]) == 1
        assert [one.n for one in book.tail("", 3)] == [22, 23, 24] and book.newer("", 22) == 2
    assert book.meet([]) == 0
    assert book.add([{"n": 1, "at": NOW + 90, "text": "anew"}]) == 1 and book.all[-1].text == "anew"


def test_a_held_line_stays_while_news_come_in() -> None:
    book = Logbook()
    book.add(LOG)
    anchor = book.moved("", None, 3, 5)
    assert anchor == 19
    book.add([{"n": 23, "style": "clear"}])
    assert [one.n for one in book.tail("", 2, anchor)] == [18, 19]
    assert book.newer("", anchor) == 4
    assert book.moved("", anchor, -100, 5) is None


@given(st.text(max_size=12) | st.none() | st.integers() | st.lists(st.text()), st.integers(1, 8))
def test_the_short_way_of_reading_a_text_is_the_long_one(value: Any, limit: int) -> None:
    assert parse.text({"name": value}, "name", limit) == parse.word(value, limit)
