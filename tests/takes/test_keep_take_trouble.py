"""Planted links, full disks and odd names: told, nothing touched, and the same call ends well later."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from shotmill.takes.layout import Layout
from shotmill.takes.place import PlaceError, UnsafePlaceError
from shotmill.takes.store import keep_take
from takes.takes_beat import SHOT, Beat
from takes.takes_samples import AT, STYLE, header, picture, prompt, tree


@pytest.fixture
def beat(tmp_path: Path) -> Beat:
    root = tmp_path / "project"
    root.mkdir()
    return Beat(root)


@pytest.mark.parametrize("part", ["generated_images", f"generated_images/{STYLE}", SHOT, f"{SHOT}/takes"])
def test_a_linked_folder_is_refused_and_its_target_untouched(beat: Beat, tmp_path: Path, part: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    planted = beat.layout.root / part
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.symlink_to(outside)
    with pytest.raises(UnsafePlaceError, match="is a link"):
        beat.keep(picture("JPEG"))
    assert tree(outside) == {}


@pytest.mark.parametrize("name", ["Beat_1.1.png", "takes/Beat_1.1.take1.jpg"])
@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_is_no_plain_file_is_refused(beat: Beat, tmp_path: Path, name: str, kind: str) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    planted = beat.file(name)
    planted.parent.mkdir(parents=True)
    if kind == "link":
        planted.symlink_to(victim)
    elif kind == "fifo":
        os.mkfifo(planted)
    else:
        planted.mkdir()
    with pytest.raises(UnsafePlaceError):
        beat.keep(picture("JPEG"))
    assert victim.read_bytes() == b"precious"


def test_a_full_disk_is_told_and_the_same_call_ends_well_later(beat: Beat) -> None:
    beat.keep(picture())
    before = tree(beat.layout.root)
    image = picture(seed=1, size=(400, 300))
    with file_size_limit(1000), pytest.raises(PlaceError) as caught:
        beat.keep(image, take=2)
    assert caught.value.code == "disk_full"
    assert isinstance(caught.value, OSError)
    assert tree(beat.layout.root) == before
    assert beat.keep(image, take=2).path.read_bytes() == image


def test_a_folder_that_is_gone_is_told(beat: Beat) -> None:
    beat.layout.root.rmdir()
    with pytest.raises(PlaceError) as caught:
        beat.keep(picture())
    assert caught.value.code == "place_gone"


def test_an_error_of_the_disk_is_told_and_nothing_half_done_counts(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("shotmill.takes.durable.fsync", fail)
        with pytest.raises(PlaceError) as caught:
            beat.keep(picture())
    assert caught.value.code == "disk_error"
    assert tree(beat.layout.root) == {}
    assert beat.keep(picture()).is_current


def test_odd_names_stay_in_the_project(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "project")
    layout.root.mkdir()
    style = "../../escape"
    kept = keep_take(
        layout,
        picture(),
        replace(header(layout.root, "../../x"), style=style),
        prompt(),
        output_format="png",
        at=AT,
        seconds=1,
        cost_usd=0,
        record=None,
    )
    assert kept.path.resolve().is_relative_to(layout.root.resolve())
    assert list(tmp_path.iterdir()) == [layout.root]


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
