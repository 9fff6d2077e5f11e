"""Room is measured where images land, which may be on disks of their own."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from shotmill.doctor.check import Surroundings
from shotmill.doctor.disk import check_project_disk
from shotmill.engine.disk_watch import DiskWatch
from shotmill.settings.folders import Folders
from shotmill.takes.layout import Layout
from shotmill.takes.room import image_folders, least_room

ROOMY = 1 << 40


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a style whose folder is a disk of its own, with 40 MB free."""
    root = tmp_path / "film"
    mounted = root / "generated_images" / "clear"
    mounted.mkdir(parents=True)
    (root / "generated_images" / "notes.txt").touch()

    def usage(path: Path) -> SimpleNamespace:
        if not Path(path).exists():
            raise FileNotFoundError(path)
        return SimpleNamespace(free=40_000_000 if mounted in (path, *Path(path).parents) else ROOMY)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return root


def test_the_fullest_disk_that_images_land_on_counts(film: Path) -> None:
    images = film / "generated_images"
    assert sorted(image_folders(film)) == [images, images / "clear"]
    assert least_room([film, *image_folders(film)]) == (40_000_000, images / "clear")
    assert least_room([film, images]) == (ROOMY, film)
    assert least_room([film, film / "gone"]) == (0, film / "gone")


def test_before_the_first_image_there_is_only_the_project_s_disk(tmp_path: Path) -> None:
    assert image_folders(tmp_path) == []


async def test_a_run_is_held_by_the_disk_that_its_images_land_on(film: Path, tmp_path: Path) -> None:
    async def in_thread(work: Any) -> Any:
        return work()

    async def measured() -> None:
        return None

    tools = SimpleNamespace(in_thread=in_thread, spool=SimpleNamespace(folder=tmp_path), reserve=None)
    project = SimpleNamespace(
        id="p",
        root=film,
        layout=Layout(film),
        disk=SimpleNamespace(trouble=None),
        measure_images=measured,
        image_bytes=10,
    )
    scheduler = SimpleNamespace(held="", lanes={})
    watch = DiskWatch(cast(Any, tools), cast(Any, project), cast(Any, scheduler))
    watch._is_misplaced = lambda: None  # type: ignore[method-assign]
    await watch.look(100.0, any_out=False)
    assert scheduler.held == "disk"
    waiting = watch.waiting(100.0)
    assert waiting.free_bytes == 40_000_000 and "clear" in waiting.cure


def test_the_doctor_looks_at_that_disk_too(film: Path) -> None:
    around = Surroundings(Folders.of({"SHOTMILL_HOME": str(film.parent / "h")}), {}, film)
    check = check_project_disk(around)[0]
    assert check.verdict == "broken" and "40" in check.fact and "clear" in check.cure
