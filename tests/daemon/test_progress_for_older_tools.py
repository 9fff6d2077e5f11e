"""A progress file for older tools that can't be written costs no image and ends no run, and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, workshop_in
from shotmill.daemon.starting import start
from shotmill.doctor.check import Surroundings, Verdict
from shotmill.doctor.record import check_mirrors
from shotmill.engine.selection import Options
from shotmill.settings.folders import Folders


@pytest.mark.parametrize("kind", ["folder", "link", "rubbish"])
async def test_the_run_ends_as_it_should_and_says_what_is_in_the_way(tmp_path: Path, kind: str) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1", "1.2"))
    mirror = film.root / "image_progress_ink.json"
    if kind == "folder":
        mirror.mkdir()
        (mirror / "kept").touch()
    elif kind == "link":
        mirror.symlink_to(tmp_path / "elsewhere")
    else:
        mirror.write_text("{")
    (check,) = check_mirrors(Surroundings(Folders.of({"SHOTMILL_HOME": str(tmp_path)}), {}, film.root))
    assert (check.verdict is Verdict.LOOK) is (kind != "rubbish") and ("mv " in check.cure) is (kind != "rubbish")
    async with workshop_in(tmp_path / "home", Answering(picture((1, 2, 3)))) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        run = workshop.runs[project.id]
        assert (run.state, run.reason) == ("finished", "")
        told = [str(line["text"]) for line in project.log.recent() if "image_progress_ink.json" in str(line["text"])]
    assert len(told) == 1, "once, though it is tried again"
    assert ("older tools" in told[0] and "→" in told[0]) if kind != "rubbish" else "is kept as" in told[0]
    assert not (tmp_path / "elsewhere").exists()


async def test_a_file_that_is_gone_is_told_and_the_next_start_writes_it(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",))
    around = Surroundings(Folders.of({"SHOTMILL_HOME": str(tmp_path)}), {}, film.root)
    mirror = film.root / "image_progress_ink.json"
    assert check_mirrors(around)[0].fact == "none yet"
    async with workshop_in(tmp_path / "home", Answering(picture((1, 2, 3)))) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        assert check_mirrors(around)[0].verdict is Verdict.FINE
        mirror.unlink()
        (lost,) = check_mirrors(around)
        assert lost.verdict is Verdict.LOOK and mirror.name in lost.fact and "shotmill start" in lost.cure
        await start(workshop, project, Options())
        await over(workshop, project)
    assert check_mirrors(around)[0].verdict is Verdict.FINE
