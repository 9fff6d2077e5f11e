"""The database is copied as a run begins, and the first requests do not wait for that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, Impatient, opened, over, until, workshop_in
from shotmill.daemon import backing_up
from shotmill.daemon.backing_up import SOON_S
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options


class Held(Impatient):
    """What waits for the copy waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await (self.gate.wait() if seconds == SOON_S else super().sleep(seconds))


async def test_the_database_is_copied_behind_the_first_requests_where_there_is_a_copy(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9")
    async with workshop_in(tmp_path / "home", Answering(picture((1, 2, 3)))) as workshop:
        clock = workshop.clock = Held()
        copies = workshop.folders.state / "backup"
        assert not copies.exists()
        project = await opened(workshop, film)
        await start(workshop, project, Options(beats=("1.1",)))
        await until(lambda: list(copies.glob("state-*.db")))
        await over(workshop, project)
        await start(workshop, project, Options())
        await over(workshop, project)
        assert len(list(copies.glob("state-*.db"))) == 1
        clock.gate.set()
        await until(lambda: len(list(copies.glob("state-*.db"))) == 2)


async def test_a_place_for_copies_that_cannot_be_used_is_only_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9")
    async with workshop_in(tmp_path / "home", Answering(picture((1, 2, 3)))) as workshop:
        (workshop.folders.state / "backup").write_text("no folder")
        project = await opened(workshop, film)
        await start(workshop, project, Options(beats=("1.1",)))
        await over(workshop, project)
        await until(lambda: [record.name for record in caplog.records] == [backing_up.__name__])
