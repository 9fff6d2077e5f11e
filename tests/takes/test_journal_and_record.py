"""The journal survives tearing and strangers; what it adds up to is the same from any prefix onwards."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from shotmill.takes.entries import End, Entry, Exists, Fresh, Intent, Run, SetAside, Settled, Take
from shotmill.takes.entry_json import MAX_LINE, from_json, to_json
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.place import UnsafePlaceError
from shotmill.takes.record import ProjectRecord
from shotmill.takes.spool_header import SentReference
from takes.takes_samples import AT, STYLE, take_entry

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
printed = st.text("abc déß漢…", max_size=12)
moment = st.integers(0, 4_000_000_000_000).map(lambda milliseconds: milliseconds / 1000)
amount = st.floats(0, 100, allow_nan=False)
count = st.integers(0, 9)
attempts = st.sampled_from(["a1", "a2", "a3"])
styles = st.sampled_from(["illustration", "clear"])
beats = st.sampled_from(["1.1", "1.2"])
fates = st.sampled_from(["again", "in_doubt", "failed", "not_sent", "unusable"])
references = st.lists(st.builds(SentReference, text, text, text), max_size=2).map(tuple)
paths = st.sampled_from(["generated_images/x.png", "generated_images/y.png"])

entries = st.one_of(
    st.builds(Intent, moment, attempts, styles, beats, count, text, text, text, amount, text),
    st.builds(
        End, moment, attempts, styles, beats, fates, text, printed, st.booleans(), st.none() | amount, amount
    ),
    st.builds(
        Take, moment, st.none() | attempts, styles, beats, count, paths, text, count, count, text, references, text,
        text, amount, st.none() | paths, amount, st.booleans(),
    ),
    st.builds(Exists, moment, styles, beats, paths, count, count),
    st.builds(SetAside, moment, styles, beats, paths, paths, printed),
    st.builds(Settled, moment, attempts, styles, beats, st.sampled_from(["skip", "retry", "arrived", "free"])),
    st.builds(Fresh, moment, styles, beats),
    st.builds(Run, moment, text, st.sampled_from(["started", "finished", "stopped"]), printed,
              st.dictionaries(text, count, max_size=2), st.sampled_from(["", "key_invalid"])),
)  # fmt: skip


def intent(attempt: str = "a1", take: int = 1, price: float = 0.04) -> Intent:
    return Intent(AT, attempt, STYLE, "1.1", take, "anna", "film-1", "model", price, "e" * 64)


def end(attempt: str = "a1", fate: str = "again", counts: bool = True, cost: float | None = 0.0) -> End:
    return End(AT, attempt, STYLE, "1.1", fate, "overloaded", "try later", counts, cost, 1.0)


def settled(how: str, attempt: str = "a1") -> Entry:
    line = json.dumps({"kind": "settled", "at": "2026-01-01T00:00:00.000Z", "attempt": attempt, "style": STYLE,
                       "beat": "1.1", "how": how})  # fmt: skip
    entry = from_json(line)
    assert entry is not None
    return entry


@settings(deadline=None)
@given(entries)
def test_every_entry_comes_back_from_its_line(entry: Entry) -> None:
    line = to_json(entry)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_json(line) == entry


def test_a_reference_s_name_with_half_a_character_comes_back() -> None:
    entry = structs.replace(take_entry(), references=(SentReference("night\udcff.png", "a", "b"),))
    assert from_json(to_json(entry)) == entry


@pytest.mark.parametrize("half", ["\ud800", "\udcff"])
@pytest.mark.parametrize("field", ["style", "beat", "attempt", "file", "received"])
def test_half_a_character_that_the_database_would_not_take_is_damage(field: str, half: str) -> None:
    line = json.dumps({**json.loads(to_json(take_entry())), field: f"x{half}"})
    with pytest.raises(ValueError, match="no journal entry"):
        from_json(line)


def test_a_kind_to_come_is_passed_over_and_none_is_damage() -> None:
    assert from_json(b'{"kind": "blessed", "at": "2026-01-01T00:00:00.000Z"}\n') is None
    for line in (b"{}", b'{"kind": 5}', b'{"kind": []}', b'["kind"]', b'{"kind": "fresh"}'):
        with pytest.raises(ValueError, match="no journal entry"):
            from_json(line)


@settings(deadline=None)
@given(st.lists(entries, max_size=25), st.data())
def test_any_prefix_with_a_torn_tail_folds(
    tmp_path_factory: pytest.TempPathFactory, written: list[Entry], data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("project")
    journal = Journal(Layout(root))
    journal.append(*written, durable=False)
    lines = [to_json(entry) for entry in written]
    size = sum(map(len, lines))
    cut = data.draw(st.integers(0, size))
    if written:
        os.truncate(Layout(root).journal, cut)
    journal.append(Fresh(AT, "clear", "9.9"), durable=False)
    whole, length = 0, 0
    for line in lines:
        length += len(line)
        whole += length - 1 <= cut  # a line whose newline alone is missing is whole
    assert list(journal.read()) == [*written[:whole], Fresh(AT, "clear", "9.9")]
    record = ProjectRecord.of(journal.read())
    assert record == ProjectRecord.of([*written[:whole], Fresh(AT, "clear", "9.9")])


_ODD = (b"", b" ", b"{", b"\xff", b'{"kind":"to come"}', b"[]", b'{"kind":"fresh",', b"\r")


@settings(deadline=None)
@given(
    st.lists(st.tuples(entries.map(to_json) | st.sampled_from(_ODD), st.sampled_from([b"", b"\n", b" "])), max_size=12)
)
def test_many_lines_at_once_are_read_as_each_by_itself(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[bytes, bytes]]
) -> None:
    """Entries with their newlines or without, what is damaged, empty or to come, in any order."""
    layout = Layout(tmp_path_factory.mktemp("project"))
    layout.dot.mkdir()
    layout.journal.write_bytes(b"".join(line.rstrip(b"\n") + end for line, end in pieces))
    each, damaged = list[Entry](), 0
    for line in layout.journal.read_bytes().split(b"\n"):
        try:
            entry = from_json(line) if line else None
        except ValueError:
            damaged += 1
        else:
            each += [entry] if entry is not None else []
    journal = Journal(layout)
    assert list(journal.read()) == each
    assert journal.skipped == damaged
    assert journal.is_known()


@settings(deadline=None)
@given(st.lists(entries, max_size=40))
def test_money_and_doubts_agree(written: list[Entry]) -> None:
    record = ProjectRecord.of(written)
    assert record.spent_usd >= -1e-9
    assert record.in_doubt_usd >= 0
    assert record.open_doubt_usd <= record.in_doubt_usd + 1e-6
    for beat in record.beats.values():
        assert [take.take for take in beat.takes] == sorted({take.take for take in beat.takes})
        assert beat.highest_kept <= beat.highest_take
        assert beat.failures >= 0


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_line_breaks_the_reader(line: bytes) -> None:
    try:
        from_json(line)
    except ValueError:
        return


@pytest.mark.parametrize(
    "change",
    [
        {"at": "yesterday"}, {"at": 5}, {"take": "1"}, {"take": True}, {"take": -1}, {"price_usd": "much"},
        {"price_usd": 1e300}, {"price_usd": -1}, {"beat": None}, {"style": ["x"]}, {"attempt": 7},
    ],
)  # fmt: skip
def test_a_wrong_type_is_a_damaged_line(change: dict[str, object]) -> None:
    fields = {**json.loads(to_json(intent())), **change}
    with pytest.raises(ValueError, match=r"no journal entry|isoformat"):
        from_json(json.dumps(fields))


@pytest.mark.parametrize("path", ["/etc/x.png", "../x.png", "a/../../x.png", "a/..", "..", "", "a\0b"])
@pytest.mark.parametrize("field", ["file", "received"])
def test_a_file_outside_of_the_project_is_a_damaged_line(field: str, path: str) -> None:
    line = to_json(take_entry()).decode()
    with pytest.raises(ValueError, match="no journal entry"):
        from_json(json.dumps({**json.loads(line), field: path}))
    assert from_json(json.dumps({**json.loads(line), field: "generated_images/a..b/..c.png"}))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "9" * 400])
def test_no_number_beyond_reason_enters_a_sum(number: str) -> None:
    line = to_json(intent()).replace(b"0.04", number.encode())
    with pytest.raises(ValueError, match=r".*"):
        from_json(line)


def test_strange_lines_are_passed_over(tmp_path: Path) -> None:
    journal = Journal(Layout(tmp_path))
    journal.append(intent(), durable=True)
    strange = (
        b'{"kind":"of_a_later_version","x":1}\n', b"\0" * 300 + b"\n", b"\n", b"not json\n", b"[]\n", b'{"kind":5}\n',
        b"[" * 50_000 + b"\n", to_json(intent("a2")).replace(b"{", b'{"later":[1],', 1), b"x" * (3 << 20) + b"\n",
    )  # fmt: skip
    with Layout(tmp_path).journal.open("ab") as file:
        file.writelines(strange)
    journal.append(intent("a3"), durable=True)
    found = list(journal.read())
    assert [entry.attempt for entry in found if isinstance(entry, Intent)] == ["a1", "a2", "a3"]
    assert journal.skipped >= 4


def test_a_project_without_journal_has_an_empty_record(tmp_path: Path) -> None:
    assert ProjectRecord.of(Journal(Layout(tmp_path)).read()) == ProjectRecord()
    assert not Layout(tmp_path).dot.exists()


@pytest.mark.parametrize("plant", [lambda path, _: os.mkfifo(path), lambda path, victim: path.symlink_to(victim)])
def test_a_planted_journal_is_refused(tmp_path: Path, plant: Callable[[Path, Path], None]) -> None:
    layout, victim = Layout(tmp_path / "p"), tmp_path / "victim"
    layout.dot.mkdir(parents=True)
    victim.write_bytes(b"precious")
    plant(layout.journal, victim)
    with pytest.raises(UnsafePlaceError):
        Journal(layout).append(intent(), durable=True)
    with pytest.raises(UnsafePlaceError):
        list(Journal(layout).read())
    assert victim.read_bytes() == b"precious"


def test_long_entries_are_cut_to_one_write() -> None:
    long = "é" * 10_000
    many = tuple(SentReference("x" * 250, "a" * 64, "b" * 64) for _ in range(14))
    cut: list[Entry] = [
        End(AT, "a1", STYLE, "1.1", "failed", "code", long, True, None, 1.0),
        SetAside(AT, STYLE, "1.1", "a", "b", long),
        Run(AT, "r1", "started", long, {"beats": [str(n) for n in range(5000)], "limit": 3}),
        Take(AT, "a1", STYLE, "1.1", 1, "f", "b", 1, 1, "e", many, "m", "k", 0.0, None, 1.0, True),
    ]
    for entry in cut:
        line = to_json(entry)
        assert len(line) <= MAX_LINE
        assert from_json(line) is not None
    run = from_json(to_json(cut[2]))
    assert isinstance(run, Run)
    assert run.options == {"limit": 3, "left_out": ["beats"]}
    take = from_json(to_json(cut[3]))
    assert isinstance(take, Take)
    assert [one.sent_sha256 for one in take.references] == ["b" * 64] * 14


def test_failures_count_since_the_last_image_or_fresh_start() -> None:
    record = ProjectRecord.of([intent(), end(), end("a2", counts=False), end("a3", "failed")])
    beat = record.beats[STYLE, "1.1"]
    assert (beat.failures, beat.last and beat.last.fate) == (2, "failed")
    record.apply(Fresh(AT, STYLE, "1.1"))
    assert (beat.failures, beat.last) == (0, None)
    record.apply(end("a4"))
    record.apply(take_entry(attempt="a5"))
    assert (beat.failures, beat.last, beat.highest_take) == (0, None, 1)


def test_an_end_that_turns_out_to_count_counts_once() -> None:
    record = ProjectRecord.of([intent(), end(counts=False), end(), end(counts=False), end()])
    assert record.beats[STYLE, "1.1"].failures == 1


def test_money_is_spent_in_doubt_or_free() -> None:
    record = ProjectRecord.of([intent(), intent("a2", 2), intent("a3", 3)])
    assert set(record.open_intents) == {"a1", "a2", "a3"}
    record.apply(end("a1", "in_doubt", cost=None))
    record.apply(end("a1", "in_doubt", cost=None))  # said twice around a crash
    record.apply(end("a2", "unusable", cost=0.03))
    record.apply(end("a2", "unusable", cost=0.03))
    assert [record.spent_usd, record.in_doubt_usd] == pytest.approx([0.03, 0.04])
    assert set(record.open_intents) == {"a3"}
    assert record.beats[STYLE, "1.1"].doubts == {"a1": intent()}


@pytest.mark.parametrize(("how", "left"), [("skip", 0.04), ("retry", 0.04), ("free", 0.0), ("arrived", 0.0)])
def test_a_settled_doubt_is_over_but_its_money_may_be_gone(how: str, left: float) -> None:
    record = ProjectRecord.of([intent(), end(fate="in_doubt", cost=None), settled(how)])
    beat = record.beats[STYLE, "1.1"]
    assert not beat.doubts
    assert beat.settled is not None
    assert beat.settled.how == how
    assert record.in_doubt_usd == pytest.approx(left)
    assert record.open_doubt_usd == 0


def test_what_can_not_be_read_is_no_doubt_to_settle_and_its_money_stays_in_doubt() -> None:
    unreadable = end(fate="unusable", cost=None)
    before: tuple[list[Entry], ...] = ([intent()], [intent(), end(fate="in_doubt", cost=None)])
    for told in before:
        record = ProjectRecord.of([*told, unreadable, unreadable])
        assert [record.spent_usd, record.in_doubt_usd, record.open_doubt_usd] == pytest.approx([0, 0.04, 0])
        record.apply(take_entry())  # a later version reads it after all
        assert record.in_doubt_usd == 0


def test_an_answer_that_arrives_ends_the_doubt_with_its_price() -> None:
    record = ProjectRecord.of([intent(price=0.05), end(fate="in_doubt", cost=None), take_entry(attempt="a1")])
    assert [record.spent_usd, record.in_doubt_usd] == pytest.approx([0.04, 0.0])
    assert not record.beats[STYLE, "1.1"].doubts
    record.apply(take_entry(attempt="a1", current=False))
    assert record.spent_usd == pytest.approx(0.04)
    assert record.beats[STYLE, "1.1"].current is None


def test_a_file_that_was_set_aside_is_not_current() -> None:
    take = take_entry()
    record = ProjectRecord.of([take, SetAside(AT, STYLE, "1.1", take.file, "elsewhere", "damaged")])
    assert record.beats[STYLE, "1.1"].current is None
    assert record.beats[STYLE, "1.1"].take(1) == take


def test_the_last_run_is_known() -> None:
    started, stopped = Run(AT, "r1", "started", "", {}), Run(AT, "r1", "stopped", "budget", {"limit": 2})
    assert ProjectRecord.of([started, stopped]).last_run == stopped
    assert math.isclose(ProjectRecord.of([started]).spent_usd, 0)


@pytest.mark.parametrize("how", ["retry", "skip"])
def test_an_answer_that_arrives_after_its_doubt_was_settled_is_paid_once(how: str) -> None:
    settled = Settled(AT, "a1", STYLE, "1.1", how)  # type: ignore[arg-type]
    record = ProjectRecord.of([intent(), end(fate="in_doubt", cost=None), settled, take_entry(attempt="a1")])
    assert record.in_doubt_usd == 0
    assert record.spent_usd == take_entry().cost_usd


@pytest.mark.parametrize("how", ["retry", "skip", "free"])
def test_a_request_that_breaks_off_after_its_doubt_was_settled_opens_no_new_one(how: str) -> None:
    settled = Settled(AT, "a1", STYLE, "1.1", how)  # type: ignore[arg-type]
    told: list[Entry] = [intent(), end(fate="in_doubt", cost=None), settled]
    before, after = ProjectRecord.of(told), ProjectRecord.of([*told, end(fate="in_doubt", cost=None)])
    assert after.in_doubt_usd == before.in_doubt_usd
    known = after.beat(STYLE, "1.1")
    assert known is not None
    assert not known.doubts


def test_a_doubt_that_is_told_after_the_image_is_none() -> None:
    record = ProjectRecord.of([intent(), take_entry(attempt="a1"), end(fate="in_doubt", cost=None)])
    known = record.beat(STYLE, "1.1")
    assert known is not None
    assert not known.doubts
    assert record.in_doubt_usd == 0


def test_a_journal_knows_whether_anyone_else_wrote_into_it(tmp_path: Path) -> None:
    ours, theirs = Journal(Layout(tmp_path)), Journal(Layout(tmp_path))
    ours.append(Fresh(AT, STYLE, "1.1"), durable=False)
    assert not ours.is_known(), "what stood before was never read"
    assert list(ours.read()) and ours.is_known()
    ours.append(Fresh(AT, STYLE, "1.2"), durable=False)
    assert ours.is_known()
    theirs.append(Fresh(AT, STYLE, "1.3"), durable=False)
    assert not ours.is_known()
    ours.append(Fresh(AT, STYLE, "1.4"), durable=False)
    assert not ours.is_known(), "theirs is still unread"
    assert len(list(ours.read())) == 4 and ours.is_known()


@pytest.mark.parametrize("fate", ["blocked", "again", "not_sent"])
def test_a_doubt_that_is_told_after_another_end_is_none(fate: str) -> None:
    told: list[Entry] = [intent(), end(fate=fate, cost=0.0)]
    record = ProjectRecord.of([*told, end(fate="in_doubt", cost=None)])
    known = record.beat(STYLE, "1.1")
    assert known is not None
    assert known.last == told[1]
    assert not known.doubts
    assert record.in_doubt_usd == 0
