"""Images that were paid for and are no longer there: told before they are paid for again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, workshop_in
from engine.simulated_world import make_board
from shotmill.daemon.starting import start
from shotmill.doctor.check import Surroundings, Verdict
from shotmill.doctor.images import check_missing
from shotmill.engine.estimate_project import project_estimate
from shotmill.engine.gone import images_gone
from shotmill.engine.offline import offline_status
from shotmill.engine.selection import Options
from shotmill.settings.keys import KeyRing
from shotmill.takes.record import ProjectRecord

BEATS = ["1.1", "1.2", "1.3"]


async def test_a_start_an_estimate_and_the_doctor_tell_of_them(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:1", beats=BEATS)
    folder = film.root / "generated_images"
    async with workshop_in(tmp_path / "state", Answering(picture((10, 20, 30)))) as workshop:
        project = await opened(workshop, film)
        first = await start(workshop, project, Options())
        assert not _gone_notes(first)
        await over(workshop, project)
        film.reword("ink", "1.1", "Another train")
        stale = project_estimate(film.root, KeyRing(keys=()), tmp_path / "none.db", None, 1.8e9, Options(stale=True))
        assert stale.images == 1 and not stale.hints, "its image is there, though it is drawn again"
        folder.rename(tmp_path / "unmounted")
        await project.reload()

        assert workshop.view(project).status()["run"]["gone"] == 3
        assert offline_status(film.root)["run"]["gone"] == 3
        hints = project_estimate(film.root, KeyRing(keys=()), tmp_path / "none.db", None, 1.8e9).hints
        told = f"3 images to draw were drawn before and are gone from {folder}"
        assert hints[0].startswith(told)
        [check] = check_missing(cast(Surroundings, SimpleNamespace(project=film.root)))
        assert check.verdict is Verdict.BROKEN and "put the folder back" in check.cure

        second = await start(workshop, project, Options(beats=("1.1", "1.2")))
        [note] = _gone_notes(second)
        assert note.startswith(f"2 images to draw were drawn before and are gone from {folder}")
        assert any(line["level"] == "warning" and note in str(line) for line in project.log.recent())
        await over(workshop, project)


async def test_a_chain_goes_on_from_before_an_image_that_was_taken_away_meanwhile(tmp_path: Path) -> None:
    beats = ["1.1", "1.2", "1.3", "1.4"]
    film = make_film(tmp_path / "film", "http://127.0.0.1:1", beats=beats, chained=beats[1:])
    async with workshop_in(tmp_path / "state", Answering(picture((10, 20, 30)))) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options(beats=("1.1", "1.2")))
        await over(workshop, project)
        film.image("ink", "1.2").unlink()
        project.loaded_at = workshop.clock.now() + 60  # so that nobody looks before the request is made
        await start(workshop, project, Options(beats=("1.3", "1.4")))
        await over(workshop, project)
        status = workshop.view(project).status()
        assert (status["run"]["state"], status["run"]["gone"]) == ("finished", 1)
        assert status["styles"]["ink"] | {"done": 3, "pending": 1} == status["styles"]["ink"]
        assert any(line["level"] == "warning" and "gone from" in str(line) for line in project.log.recent())
    sent = {take["beat"]: [one[0] for one in take["references"]] for take in film.journal("take")}
    assert sent == {"1.1": [], "1.2": ["Beat_1.1.png"], "1.3": ["Beat_1.1.png"], "1.4": ["Beat_1.3.png"]}


async def test_where_all_images_of_a_style_are_gone_it_waits_for_a_person(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:1", beats=BEATS, chained=BEATS[1:])
    async with workshop_in(tmp_path / "state", Answering(picture((10, 20, 30)))) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options(beats=("1.1", "1.2")))
        await over(workshop, project)
        film.image("ink", "1.2").parent.parent.rename(tmp_path / "unmounted")
        project.loaded_at = workshop.clock.now() + 60
        await start(workshop, project, Options(beats=("1.3",)))
        await over(workshop, project)
        run = workshop.view(project).status()["run"]
        assert run["state"] == "stopped" and run["cure"].startswith("Put the folder back")
    assert not [take for take in film.journal("take") if take["beat"] == "1.3"]


def test_nothing_is_asked_of_beats_whose_images_were_not_absent() -> None:
    nobody_asked = cast(ProjectRecord, None)
    assert images_gone(make_board("HCH"), nobody_asked) == []


def _gone_notes(answer: dict[str, Any]) -> list[str]:
    return [note for note in answer["notes"] if "drawn before" in note]
