"""What the spool promises: sealed is safe, whole is salvaged, damage is seen, nothing needed is collected."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotmill.bounded_json import MOST_VALUES
from shotmill.errors import ShotmillError
from shotmill.takes.place import PlaceError
from shotmill.takes.spool import Spool
from shotmill.takes.spool_header import SpoolHeader
from shotmill.takes.spool_writer import MAX_BODY, SpoolError, SpoolWriter
from takes.takes_samples import header


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def begun(spool: Spool, attempt: str, body: bytes) -> SpoolWriter:
    writer = spool.open(header(Path("/project"), attempt))
    writer.write(body)
    return writer


def test_a_sealed_answer_comes_back_to_the_byte(spool: Spool) -> None:
    body = bytes(range(256)) * 50
    path = begun(spool, "a1", body).seal()
    (found,) = Spool(spool.folder).scan()
    assert (found.path, found.attempt, found.state) == (path, "a1", "sealed")
    assert found.header == header(Path("/project"), "a1")
    assert spool.body(path) == body
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


def test_what_is_being_written_is_left_alone(spool: Spool) -> None:
    writer = begun(spool, "a1", b"{}")
    assert spool.scan() == []
    assert spool.collect(older_than=1e12, max_bytes=0, keep=set()) == []
    writer.keep_partial()
    assert [one.state for one in spool.scan()] == ["whole_json"]


def test_what_holds_more_values_than_any_answer_is_not_parsed(spool: Spool) -> None:
    begun(spool, "a1", b'{"candidates": [' + b"[]," * MOST_VALUES + b"[]]}").keep_partial()
    assert [one.state for one in spool.scan()] == ["partial"]


def test_one_that_goes_while_others_are_looked_at_is_passed_over(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another project of the same daemon publishes its image, and drops its answer, in that moment."""
    for attempt in ("a1", "a2", "a3"):
        begun(spool, attempt, b"{}").seal()
    look = Spool._look

    def dropped_meanwhile(self: Spool, *given: Any) -> Any:
        spool.path("a2").unlink(missing_ok=True)
        return look(self, *given)

    monkeypatch.setattr(Spool, "_look", dropped_meanwhile)
    assert [one.attempt for one in Spool(spool.folder).scan()] == ["a1", "a3"]


@pytest.mark.parametrize("torn", [0, 1, 8, 16, 30, 55])
def test_a_whole_answer_is_salvaged_however_much_of_its_trailer_is_there(spool: Spool, torn: int) -> None:
    path = begun(spool, "a1", b'{"candidates": []}').seal()
    os.truncate(path, path.stat().st_size - 56 + torn)
    with pytest.raises(SpoolError):
        spool.body(path)
    assert [one.state for one in spool.scan()] == ["whole_json"]
    assert [one.state for one in spool.scan()] == ["sealed"]
    assert spool.body(path) == b'{"candidates": []}'


@pytest.mark.parametrize("body", [b"", b'{"candidates": [', b"[]", b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_half_an_answer_stays_partial(spool: Spool, body: bytes) -> None:
    begun(spool, "a1", body).keep_partial()
    (found,) = spool.scan()
    assert found.state == "partial"
    assert found.header is not None
    assert found.path.read_bytes().endswith(body)


def test_a_torn_header_is_partial_and_has_none(spool: Spool) -> None:
    begun(spool, "a1", b"{}").keep_partial()
    os.truncate(spool.path("a1"), 20)
    (found,) = spool.scan()
    assert (found.header, found.state) == (None, "partial")


@settings(deadline=None)
@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_is_seen(tmp_path_factory: pytest.TempPathFactory, position: int, bit: int) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool"))
    path = begun(spool, "a1", b'{"candidates": [1, 2, 3]}').seal()
    data = bytearray(path.read_bytes())
    data[position % len(data)] ^= 1 << bit
    path.write_bytes(data)
    with pytest.raises(SpoolError):
        spool.body(path)


def test_one_attempt_is_spooled_once(spool: Spool) -> None:
    begun(spool, "a1", b"first").seal()
    with pytest.raises(SpoolError):
        spool.open(header(Path("/project"), "a1"))
    assert spool.body(spool.path("a1")) == b"first"


def test_a_discarded_answer_leaves_nothing(spool: Spool) -> None:
    begun(spool, "a1", b"x").discard()
    assert list(spool.folder.iterdir()) == []


def test_an_endless_answer_is_refused(spool: Spool) -> None:
    writer = begun(spool, "a1", b"x")
    with pytest.raises(SpoolError) as caught:
        writer.write(bytes(MAX_BODY))
    assert caught.value.code == "body_too_large"
    writer.discard()


def test_trouble_with_the_disk_is_told(spool: Spool) -> None:
    spool.folder.write_text("a file where the folder belongs")
    with pytest.raises((PlaceError, ShotmillError)) as caught:
        spool.open(header(Path("/project"), "a1"))
    assert str(spool.folder) in caught.value.message


def test_a_planted_link_is_not_written_through(spool: Spool, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    spool.folder.mkdir(parents=True)
    spool.path("a1").symlink_to(victim)
    with pytest.raises(ShotmillError):
        spool.open(header(Path("/project"), "a1"))
    assert not victim.exists()


def test_collecting_goes_by_age_and_size_and_spares_what_is_needed(spool: Spool) -> None:
    for moment, attempt in enumerate(["oldest", "needed", "old", "newer", "newest"]):
        path = begun(spool, attempt, b"x" * 1000).seal()
        os.utime(path, (moment, moment))
    size = spool.path("newest").stat().st_size
    removed = spool.collect(older_than=1, max_bytes=3 * size + 200, keep={"needed"})
    assert [path.stem for path in removed] == ["oldest", "old"]
    assert spool.collect(older_than=10, max_bytes=1 << 30, keep={"needed"}) == [
        spool.path("newer"),
        spool.path("newest"),
    ]
    assert [one.attempt for one in spool.scan()] == ["needed"]


def test_whole_answers_are_known_by_the_form_of_their_files(spool: Spool) -> None:
    assert spool.sealed() == set()
    begun(spool, "whole", b"{}").seal()
    begun(spool, "broken_off", b'{"candidates": [').keep_partial()
    begun(spool, "coming", b"{}")
    spool.path("empty").touch()
    assert spool.sealed() == {"whole"}


def test_a_header_tolerates_fields_of_later_versions() -> None:
    line = header(Path("/p")).to_json().replace(b"{", b'{"later": 1, ', 1)
    assert SpoolHeader.from_json(line) == header(Path("/p"))
    for damaged in (b"", b"[]", b"{}", b'{"attempt": 1}', b"\xff"):
        with pytest.raises(ValueError, match=r".*"):
            SpoolHeader.from_json(damaged)


def test_after_a_full_disk_the_same_chunk_can_be_given_again(spool: Spool) -> None:
    writer = begun(spool, "a1", b"first")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(PlaceError) as caught:
            writer.write(b"x" * 5000)
        assert caught.value.code == "disk_full"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    writer.write(b"x" * 5000)
    assert spool.body(writer.seal()) == b"first" + b"x" * 5000
