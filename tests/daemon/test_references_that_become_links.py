"""A reference that becomes a link out of the project after it was read: what it leads to is not sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, workshop_in
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options

ADDRESS = "http://127.0.0.1:9"


@pytest.mark.parametrize("named", ["style reference", "beat before"])
async def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path, named: str) -> None:
    elsewhere = tmp_path / "private.png"
    elsewhere.write_bytes(picture((9, 9, 9)))
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1", "1.2"), chained=("1.2",))
    reference = film.root / "style_reference.png"
    reference.write_bytes(picture((1, 1, 1)))
    provider = Answering(picture((2, 2, 2)))
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        if named == "beat before":
            await start(workshop, project, Options(beats=("1.1",)))
            await over(workshop, project)
            reference = film.image("ink", "1.1")
        before = len(provider.asked)
        reference.unlink()
        reference.symlink_to(elsewhere)
        project.loaded_at = workshop.clock.now()  # it was looked at a moment ago
        await start(workshop, project, Options())
        await over(workshop, project)
        assert "leads out of the project" in workshop.runs[project.id].scheduler.lanes["ink"].paused
    assert len(provider.asked) == before
