"""Answers that lie sealed in a project's own folder, since the user's spool was deleted under them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, workshop_in
from faults.raw_provider import image_body
from shotmill.takes.layout import DOT
from shotmill.takes.place import UnsafePlaceError
from shotmill.takes.spool import Spool
from shotmill.takes.spool_header import SpoolHeader

HEADER = SpoolHeader("a1", "p1", "/film", "ink", "1.1", 1, "sha", "model", "anna", 0.04, 1000.0)


def test_kept_in_one_step_and_found_again(tmp_path: Path) -> None:
    (tmp_path / DOT).mkdir()
    answers = Spool(tmp_path / DOT, tmp_path)
    path = answers.keep(HEADER, b"no json at all")
    (found,) = answers.scan()
    assert (found.path, found.state, found.header) == (path, "sealed", HEADER)
    assert answers.body(path) == b"no json at all"
    assert path.stat().st_mode & 0o077 == 0
    answers.drop("a1")
    assert not answers.scan()


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / DOT).symlink_to(tmp_path / "elsewhere")
    answers = Spool(tmp_path / "film" / DOT, tmp_path / "film")
    for work in (lambda: answers.keep(HEADER, b"{}"), answers.scan, lambda: answers.drop("a1")):
        with pytest.raises(UnsafePlaceError):
            work()
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize(
    ("name", "project"),
    [("a1", "another"), ("another", "")],
    ids=["of another project", "under another attempt's name"],
)
def test_what_is_not_this_projects_own_is_left_alone(tmp_path: Path, name: str, project: str) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",))

    async def both() -> None:
        async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
            identity = (await opened(workshop, film)).id
            answers = Spool(film.root / DOT, film.root)
            header = replace(HEADER, project_id=project or identity)
            path = answers.keep(header, image_body(picture((1, 2, 3))))
            path.rename(path.with_name(f"{name}.part"))
        async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
            await opened(workshop, film)

    asyncio.run(both())
    assert not film.image("ink", "1.1").exists()
    assert (film.root / DOT / f"{name}.part").exists()
