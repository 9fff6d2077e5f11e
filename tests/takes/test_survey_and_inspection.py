"""What is on disk: whole, unknown or missing; and what becomes of an unknown file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shotmill.errors import ShotmillError
from shotmill.takes.decoding import DecoderError, InThisProcess
from shotmill.takes.entries import Entry, Exists, SetAside, Take
from shotmill.takes.image import DeadlyImage, ImageFacts, OversizedImage
from shotmill.takes.inspection import Inspected, inspect
from shotmill.takes.layout import Layout
from shotmill.takes.leftovers import half_written, may_be_in, remove_leftovers
from shotmill.takes.listing import NO_FILE, Listing, list_images, listing_images
from shotmill.takes.place import PlaceError, UnsafePlaceError
from shotmill.takes.record import ProjectRecord
from shotmill.takes.store import keep_take
from shotmill.takes.survey import survey
from takes.takes_samples import AT, STYLE, header, picture, prompt, style_of, tree

SHOT = f"generated_images/{STYLE}/Shot_1"


class Project:
    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.layout = Layout(root)
        self.record = ProjectRecord()
        self.style = style_of(prompt("1.1"), prompt("1.2"), prompt("1.3"), prompt("2.1", 2))

    def file(self, name: str = "Beat_1.1.png") -> Path:
        return self.layout.root / SHOT / name

    def put(self, data: bytes, name: str = "Beat_1.1.png") -> Path:
        self.file(name).parent.mkdir(parents=True, exist_ok=True)
        self.file(name).write_bytes(data)
        return self.file(name)

    def draw(self, image: bytes, take: int = 1) -> None:
        kept = keep_take(
            self.layout, image, header(self.layout.root, f"a{take}", take), prompt(), output_format="png", at=AT,
            seconds=1, cost_usd=0.04, record=self.record.beat(STYLE, "1.1"),
        )  # fmt: skip
        self.apply(kept.entries)

    def apply(self, entries: tuple[Entry, ...]) -> None:
        for entry in entries:
            self.record.apply(entry)

    def inspect(self, spooled: bytes | None = None) -> Inspected:
        found = inspect(self.layout, STYLE, prompt(), self.record.beat(STYLE, "1.1"), at=AT, received=lambda _: spooled)
        self.apply(found.entries)
        return found

    def remove_leftovers(self, *at_work: str) -> int:
        places = may_be_in(STYLE, list_images(self.layout, STYLE))
        return remove_leftovers(self.layout, places, 2000.0, at_work)

    def survey(self, listing: Listing | None = None) -> dict[str, bool]:
        """Whether each image that is there is the record's."""
        listing = list_images(self.layout, STYLE) if listing is None else listing
        seen = list(zip(self.style.prompts, survey(self.layout, self.style, self.record, listing), strict=True))
        assert all(known is self.record.beat(STYLE, one.beat) for one, (known, _) in seen)
        return {one.beat: is_whole for one, (_, is_whole) in seen if is_whole is not None}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def test_an_empty_project_misses_everything(project: Project) -> None:
    assert project.survey() == {}
    assert project.inspect() == Inspected((), False)


def test_each_beat_is_told_by_its_name_size_and_time(project: Project) -> None:
    project.draw(picture())
    project.put(b"whatever", "Beat_1.2.jpeg")
    assert project.survey() == {"1.1": True, "1.2": False}


def test_a_file_that_changed_in_time_or_size_is_unknown(project: Project) -> None:
    project.draw(picture())
    os.utime(project.file(), ns=(5, 5))
    assert project.survey() == {"1.1": False}
    found = project.inspect()
    assert found.is_whole
    assert isinstance(found.entries[0], Take)  # the bytes are still ours
    assert project.survey() == {"1.1": True}
    assert project.inspect() == Inspected((), True)


def test_a_changed_image_is_the_persons(project: Project) -> None:
    project.draw(picture())
    theirs = picture(seed=4)
    project.put(theirs)
    found = project.inspect()
    assert isinstance(found.entries[0], Exists)
    assert project.survey() == {"1.1": True}
    assert project.file().read_bytes() == theirs


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp"])
def test_an_image_without_record_is_adopted_whatever_its_label(project: Project, kind: str, suffix: str) -> None:
    path = project.put(picture(kind), f"Beat_1.1{suffix}")
    found = project.inspect()
    assert found.entries == (
        Exists(AT, STYLE, "1.1", f"{SHOT}/Beat_1.1{suffix}", path.stat().st_size, path.stat().st_mtime_ns),
    )
    assert project.survey() == {"1.1": True}


@pytest.mark.parametrize("damage", [b"", b"<html>busy</html>", picture()[:200], picture("JPEG")[:300]])
def test_a_damaged_stranger_is_set_aside_and_missing(project: Project, damage: bytes) -> None:
    project.put(damage)
    found = project.inspect()
    assert not found.is_whole
    assert isinstance(found.entries[0], SetAside)
    assert found.entries[0].kept_as == f"{SHOT}/takes/Beat_1.1.damaged-1.png"
    assert project.file("takes/Beat_1.1.damaged-1.png").read_bytes() == damage
    assert not project.survey()
    project.put(b"again")
    project.inspect()
    assert project.file("takes/Beat_1.1.damaged-2.png").read_bytes() == b"again"
    assert project.file("takes/Beat_1.1.damaged-1.png").read_bytes() == damage


def test_a_damaged_take_is_restored_from_the_bytes_as_received(project: Project) -> None:
    project.draw(picture("JPEG"))
    drawn = project.file().read_bytes()
    project.put(drawn[:-100])
    found = project.inspect()
    assert found.is_whole
    assert project.file().read_bytes() == drawn
    assert project.survey() == {"1.1": True}
    assert project.record.spent_usd == pytest.approx(0.04)
    assert sorted(tree(project.layout.root)) == [
        f"{SHOT}/Beat_1.1.png",
        f"{SHOT}/takes/Beat_1.1.damaged-1.png",
        f"{SHOT}/takes/Beat_1.1.take1.jpg",
    ]


def test_a_damaged_take_is_restored_from_the_spool(project: Project) -> None:
    project.draw(picture())
    project.put(b"")
    assert project.inspect(picture()).is_whole
    assert project.file().read_bytes() == picture()


def test_damaged_kept_bytes_restore_nothing(project: Project) -> None:
    project.draw(picture("JPEG"))
    project.put(b"x", "takes/Beat_1.1.take1.jpg")
    project.put(b"x")
    assert not project.inspect(b"x too").is_whole
    assert not project.survey()


def test_restoring_works_where_disks_have_no_links(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", refuse)
    project.draw(picture("JPEG"))
    project.put(b"damaged")
    assert project.inspect().is_whole
    assert project.file("takes/Beat_1.1.damaged-1.png").read_bytes() == b"damaged"


def test_an_image_too_large_to_decode_is_left_where_it_is(project: Project) -> None:
    data = bytearray(picture("BMP"))
    data[18:26] = (20_000).to_bytes(4, "little") * 2
    project.put(bytes(data))
    with pytest.raises(OversizedImage, match=r"Beat_1\.1\.png"):
        project.inspect()
    assert project.file().read_bytes() == data


@pytest.mark.parametrize("error", [DeadlyImage("signal SIGSEGV"), DecoderError("it can't be started")])
def test_what_could_not_be_judged_is_left_where_it_is(project: Project, error: ShotmillError) -> None:
    class Failing(InThisProcess):
        def check(self, data: bytes) -> ImageFacts:
            raise error

    project.put(picture())
    with pytest.raises(type(error)):
        inspect(project.layout, STYLE, prompt(), None, at=AT, decoder=Failing())
    assert project.file().read_bytes() == picture()
    assert not project.file("takes").exists()


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_is_no_plain_file_is_refused(project: Project, tmp_path: Path, kind: str) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(picture())
    project.file().parent.mkdir(parents=True)
    if kind == "link":
        project.file().symlink_to(victim)
    elif kind == "fifo":
        os.mkfifo(project.file())
    else:
        project.file().mkdir()
    assert project.survey() == {"1.1": False}
    with pytest.raises(UnsafePlaceError, match=r"Beat_1\.1\.png is a"):
        project.inspect()


def test_a_linked_folder_is_refused(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "Shot_1").mkdir(parents=True)
    project.file().parent.parent.parent.mkdir()
    project.file().parent.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafePlaceError, match="a link"):
        project.survey()


def test_a_project_that_is_gone_is_no_empty_project(project: Project) -> None:
    project.layout.root.rmdir()
    with pytest.raises(PlaceError) as caught:
        project.survey()
    assert caught.value.code == "place_gone"


def test_leftovers_of_ours_are_removed_and_nothing_else(project: Project, tmp_path: Path) -> None:
    old = [half_written("a1"), f"takes/{half_written('a2')}"]
    stay = [half_written("in the air"), "notes.tmp", ".sm-notes.txt", "takes/Beat_1.1.take1.png"]
    for name in (*old, *stay, half_written("new")):
        project.file(name).parent.mkdir(parents=True, exist_ok=True)
        project.put(b"half", name)
        if name != half_written("new"):
            os.utime(project.file(name), (1000.0, 1000.0))
    assert project.remove_leftovers("in the air") == len(old)
    left = {f"{SHOT}/{name}" for name in (*stay, half_written("new"))}
    assert left <= set(tree(project.layout.root)) and not any(project.file(name).exists() for name in old)


def test_leftovers_are_looked_for_only_where_some_may_be(project: Project) -> None:
    project.put(picture())
    for shot, name in (("Shot_2", half_written("a1")), ("Shot_3", "takes/Beat_3.1.take1.png"), ("Shot_4", "notes.txt")):
        path = project.file().parent.with_name(shot) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
    project.file().parent.with_name("Shot_5").write_bytes(b"no folder")
    found = sorted(may_be_in(STYLE, list_images(project.layout, STYLE)))
    assert found == [(STYLE, "Shot_2"), (STYLE, "Shot_3"), (STYLE, "Shot_5")]


def test_leftovers_are_not_looked_for_behind_a_link(project: Project, tmp_path: Path) -> None:
    project.put(b"half", half_written("a1"))
    os.utime(project.file(half_written("a1")), (1000.0, 1000.0))
    project.file().parent.rename(tmp_path / "elsewhere")
    project.file().parent.symlink_to(tmp_path / "elsewhere")
    assert project.remove_leftovers() == 0
    assert (tmp_path / "elsewhere" / half_written("a1")).exists()


def test_a_file_among_the_shots_keeps_no_leftovers_from_going(project: Project) -> None:
    project.put(b"half", half_written("a1"))
    os.utime(project.file(half_written("a1")), (1000.0, 1000.0))
    (project.file().parent.parent / "Shot_0_contact_sheet.png").write_bytes(b"a person's own")
    assert project.remove_leftovers() == 1


def test_a_link_among_the_shots_that_is_no_prompts_matters_to_nobody(project: Project, tmp_path: Path) -> None:
    project.put(picture())
    project.file().parent.with_name("Shot_9").symlink_to(tmp_path)
    assert project.survey() == {"1.1": False}


def test_another_process_lists_what_this_one_would(project: Project, tmp_path: Path) -> None:
    project.put(picture())
    project.file("Beat_1.2.png").symlink_to(project.file())
    project.put(b"", "words.txt")
    project.file().parent.with_name("Shot_9").symlink_to(tmp_path)
    with listing_images(project.layout, [STYLE, "another"], great=True) as listing_of:
        found = listing_of(STYLE)
        assert found == list_images(project.layout, STYLE)
        assert found["Shot_1"] == {"Beat_1.1.png": (len(picture()), project.file().stat().st_mtime_ns),
                                   "Beat_1.2.png": NO_FILE}  # fmt: skip
        assert found["Shot_9"] is None
        assert listing_of("another") == {}


def test_what_another_process_can_not_list_is_listed_here(project: Project) -> None:
    project.put(picture())
    project.put(picture(), "Beat_\udcff.png")
    with listing_images(project.layout, [STYLE], great=True) as listing_of:
        assert "Beat_\udcff.png" in (listing_of(STYLE)["Shot_1"] or {})


def test_an_image_that_was_drawn_after_the_listing_and_is_on_record_is_there(project: Project) -> None:
    project.put(picture(), "Beat_1.2.png")
    before = list_images(project.layout, STYLE)
    project.draw(picture())
    assert project.survey(before) == {"1.1": True, "1.2": False}
    assert project.survey({}) == {"1.1": True, "1.2": False}
    project.file().unlink()
    assert project.survey(before) == {"1.2": False}
