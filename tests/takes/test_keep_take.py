"""Where a received image goes, and what is never overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shotmill.takes.durable import write_new
from shotmill.takes.entries import Intent, SetAside, Take
from shotmill.takes.folder import Folder
from shotmill.takes.image import DamagedImage
from shotmill.takes.inspection import inspect
from shotmill.takes.record import ProjectRecord
from shotmill.takes.store import KeptTake, read_take
from takes.takes_beat import SHOT, Beat
from takes.takes_samples import AT, STYLE, picture, prompt, tree


@pytest.fixture
def beat(tmp_path: Path) -> Beat:
    root = tmp_path / "project"
    root.mkdir()
    return Beat(root)


def test_a_png_is_kept_to_the_byte(beat: Beat) -> None:
    image = picture() + b"provenance"
    kept = beat.keep(image)
    assert kept.is_current
    assert kept.path == beat.layout.image(STYLE, prompt())
    assert kept.path.read_bytes() == image
    (take,) = kept.entries
    assert isinstance(take, Take)
    assert (take.file, take.take, take.attempt, take.cost_usd) == (f"{SHOT}/Beat_1.1.png", 1, "a1", 0.04)
    assert take.mtime_ns == kept.path.stat().st_mtime_ns
    assert take.references[0].sent_sha256 == "d" * 64
    assert list(tree(beat.layout.root)) == [f"{SHOT}/Beat_1.1.png"]


def test_a_jpeg_becomes_png_and_stays_as_received(beat: Beat) -> None:
    image = picture("JPEG")
    kept = beat.keep(image)
    assert kept.path.read_bytes().startswith(b"\x89PNG")
    assert beat.file("takes/Beat_1.1.take1.jpg").read_bytes() == image
    assert isinstance(kept.entries[0], Take)
    assert kept.entries[0].received == f"{SHOT}/takes/Beat_1.1.take1.jpg"


def test_original_keeps_the_true_suffix_whatever_came_before(beat: Beat) -> None:
    beat.keep(picture())
    kept = beat.keep(picture("WEBP"), take=2, output="original")
    assert kept.path == beat.file("Beat_1.1.webp")
    assert sorted(tree(beat.layout.root)) == [f"{SHOT}/Beat_1.1.webp", f"{SHOT}/takes/Beat_1.1.take1.png"]


def test_an_earlier_take_is_kept_and_told(beat: Beat) -> None:
    first, second = picture(), picture(seed=1)
    beat.keep(first)
    kept = beat.keep(second, take=2)
    assert kept.path.read_bytes() == second
    assert beat.file("takes/Beat_1.1.take1.png").read_bytes() == first
    assert beat.known is not None
    earlier = beat.known.take(1)
    assert earlier is not None
    assert (earlier.file, earlier.current) == (f"{SHOT}/takes/Beat_1.1.take1.png", False)
    assert read_take(beat.layout, earlier) == first
    assert beat.record.spent_usd == pytest.approx(0.08)


def test_a_lower_number_that_comes_late_is_not_current(beat: Beat) -> None:
    later = picture(seed=1)
    beat.keep(later, take=2)
    kept = beat.keep(picture(), take=1)
    assert not kept.is_current
    assert kept.path == beat.file("takes/Beat_1.1.take1.png")
    assert beat.file("Beat_1.1.png").read_bytes() == later


def test_a_late_answer_under_a_number_that_is_taken_gets_its_own(beat: Beat) -> None:
    beat.record.apply(Intent(AT, "a2", STYLE, "1.1", 2, "anna", "film-1", "model", 0.04, "e" * 64))
    beat.keep(picture(), take=1, attempt="retried")
    kept = beat.keep(picture(seed=1), take=1, attempt="late")
    assert kept.path == beat.file("takes/Beat_1.1.take3.png")
    assert beat.known is not None
    assert [take.attempt for take in beat.known.takes] == ["retried", "late"]


def test_the_same_attempt_again_does_nothing(beat: Beat) -> None:
    kept = beat.keep(picture())
    before = tree(beat.layout.root)
    again = beat.keep(picture())
    assert again == KeptTake((), kept.path, True)
    assert tree(beat.layout.root) == before


def test_a_file_that_a_person_changed_is_never_overwritten(beat: Beat) -> None:
    beat.keep(picture())
    theirs = picture(seed=5)
    beat.file("Beat_1.1.png").write_bytes(theirs)
    kept = beat.keep(picture(seed=1), take=2)
    assert not kept.is_current
    assert "left alone" in kept.note
    assert beat.file("Beat_1.1.png").read_bytes() == theirs
    assert kept.path == beat.file("takes/Beat_1.1.take2.png")


@pytest.mark.parametrize("name", ["Beat_1.1.png", "Beat_1.1.jpg", "Beat_1.1.webp"])
def test_a_file_without_record_is_never_overwritten(beat: Beat, name: str) -> None:
    beat.file(name).parent.mkdir(parents=True)
    beat.file(name).write_bytes(b"whatever it is")
    assert not beat.keep(picture()).is_current
    assert beat.file(name).read_bytes() == b"whatever it is"


def test_a_file_that_comes_while_ours_is_written_is_not_overwritten(
    beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat.keep(picture())

    def write_and_be_overtaken(folder: Folder, name: str, data: bytes) -> os.stat_result:
        beat.file("Beat_1.1.png").write_bytes(b"a person was faster")
        return write_new(folder, name, data)

    monkeypatch.setattr("shotmill.takes.placing.write_new", write_and_be_overtaken)
    assert not beat.keep(picture(seed=1), take=2).is_current
    assert beat.file("Beat_1.1.png").read_bytes() == b"a person was faster"


def test_a_copied_project_is_still_ours(beat: Beat) -> None:
    first = picture()
    beat.keep(first)
    os.utime(beat.file("Beat_1.1.png"), (1, 1))
    assert beat.keep(picture(seed=1), take=2).is_current
    assert beat.file("takes/Beat_1.1.take1.png").read_bytes() == first


def test_an_adopted_image_is_kept_when_a_new_take_is_asked_for(beat: Beat) -> None:
    theirs = picture(seed=5)
    beat.file("Beat_1.1.png").parent.mkdir(parents=True)
    beat.file("Beat_1.1.png").write_bytes(theirs)
    for entry in inspect(beat.layout, STYLE, prompt(), None, at=AT).entries:
        beat.record.apply(entry)
    kept = beat.keep(picture())
    assert kept.is_current
    assert isinstance(kept.entries[0], SetAside)
    assert (beat.layout.root / kept.entries[0].kept_as).read_bytes() == theirs


def test_takes_of_a_forgotten_record_are_not_overwritten(beat: Beat) -> None:
    beat.keep(picture("JPEG"))
    beat.record = ProjectRecord()
    beat.file("Beat_1.1.png").unlink()
    kept = beat.keep(picture("JPEG", seed=1), attempt="b1")
    assert isinstance(kept.entries[0], Take)
    assert kept.entries[0].received == f"{SHOT}/takes/Beat_1.1.take1~2.jpg"
    assert beat.file("takes/Beat_1.1.take1.jpg").read_bytes() == picture("JPEG")


def test_a_chosen_take_changes_places(beat: Beat) -> None:
    first, second = picture("JPEG"), picture(seed=1)
    drawn = beat.keep(first).path.read_bytes()
    beat.keep(second, take=2)
    assert beat.choose(1).path.read_bytes() == drawn
    assert beat.known is not None
    assert isinstance(beat.known.current, Take)
    assert beat.known.current.take == 1
    assert beat.file("takes/Beat_1.1.take2.png").read_bytes() == second
    assert beat.choose(2).path.read_bytes() == second
    assert beat.choose(2).entries == ()
    assert beat.record.spent_usd == pytest.approx(0.08)
    assert beat.keep(picture(seed=3), take=3).is_current


def test_damaged_bytes_change_nothing(beat: Beat) -> None:
    beat.keep(picture())
    before = tree(beat.layout.root)
    with pytest.raises(DamagedImage):
        beat.keep(picture(seed=1)[:-30], take=2)
    assert tree(beat.layout.root) == before
