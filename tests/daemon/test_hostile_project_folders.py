"""A project folder is somebody else's: what is planted in it costs that project, never the daemon."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, workshop_in
from shotmill.daemon.places import Places
from shotmill.daemon.workshop import Workshop
from shotmill.engine.estimate_project import project_estimate
from shotmill.errors import ShotmillError
from shotmill.settings.keys import KeyRing

LOOK = '[styles.ink]\nreferences = ["look.png"]'


@pytest.mark.timeout(60)
async def test_a_pipe_for_the_emulators_options_keeps_nobody_waiting(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "emulator", beats=["1.1"])
    film.root.joinpath(".shotmill").mkdir()
    async with workshop_in(tmp_path / "state", Answering(picture((1, 2, 3)))) as workshop:
        with pipe(film.root / ".shotmill" / "emulator.json"):
            project = await opened(workshop, film)
            assert workshop.view(project).status()["styles"]["ink"]["total"] == 1
            with pytest.raises(ShotmillError, match=r"emulator\.json is a named pipe"):
                await Places.place_of(workshop.places, project)
            await another_opens(workshop, tmp_path)
            assert project_estimate(film.root, KeyRing(keys=()), tmp_path / "none.db", None, 1.8e9).images == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize("planted", ["pipe", "huge"])
async def test_a_reference_that_is_no_image_file_keeps_nobody_waiting(tmp_path: Path, planted: str) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:1", beats=["1.1"], settings=LOOK)
    look = film.root / "look.png"
    async with workshop_in(tmp_path / "state", Answering(picture((1, 2, 3)))) as workshop:
        with pipe(look) if planted == "pipe" else huge(look):
            project = await opened(workshop, film)
            assert project.references == {"ink": (look,)}
            await another_opens(workshop, tmp_path)


async def another_opens(workshop: Workshop, folder: Path) -> None:
    other = make_film(folder / "other", "http://127.0.0.1:1", beats=["1.1"])
    assert (await opened(workshop, other)).root == other.root


@contextmanager
def pipe(path: Path) -> Iterator[None]:
    """Nobody writes to it; whoever has come to wait for its end is let go."""
    os.mkfifo(path)
    try:
        yield
    finally:
        os.close(os.open(path, os.O_RDWR))


@contextmanager
def huge(path: Path) -> Iterator[None]:
    """More than there is memory, though it takes no room on the disk."""
    with path.open("wb") as sparse:
        sparse.truncate(1 << 40)
    yield
