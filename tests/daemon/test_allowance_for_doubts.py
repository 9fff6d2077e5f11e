"""What a run may draw again by itself: its allowance lasts over its daemon's lives, and what may still come waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from daemon.film import ANSWERED_USD, DEAREST_USD, REPLY_USD, Film, make_film, picture
from daemon.workshop_inside import LOST, Answering, kill, opened, over, until, workshop_in
from shotmill.daemon.doubts import settle_doubts
from shotmill.daemon.go_on import go_on
from shotmill.daemon.interrupted import noted, options_left
from shotmill.daemon.project_lock import ProjectLock, ProjectLocked
from shotmill.daemon.starting import start
from shotmill.engine.beat import BeatState
from shotmill.engine.selection import Options
from shotmill.errors import ShotmillError

PNG = picture((200, 60, 60))
ADDRESS = "http://127.0.0.1:9"
SLOTS = "rpm = 100000\nrpd = 100000\nin_flight = 1"


def film_of(root: Path, settings: str, beats: int = 1) -> Film:
    names = [f"1.{number}" for number in range(1, beats + 1)]
    return make_film(root, ADDRESS, beats=names, settings=settings, limits=SLOTS)


async def test_the_allowance_of_a_run_does_not_start_anew_with_each_daemon(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film", f"[generation]\nin_doubt_usd = {3 * REPLY_USD}\npause_after = 1000")
    provider = Answering(PNG)
    provider.before = [LOST, None] * 20  # a redrawing is out whenever the daemon is killed
    for _ in range(5):
        async with workshop_in(tmp_path / "home", provider) as workshop:
            project = await opened(workshop, film)
            asked = len(provider.asked)
            interrupted = await asyncio.to_thread(workshop.ledger.interrupted)
            if asked:
                await go_on(workshop, interrupted, wanted=True)
            else:
                await start(workshop, project, Options())
            await until(lambda: not workshop.is_active(project) or len(provider.asked) == asked + 2)  # noqa: B023
            await kill(workshop)
    assert len(provider.asked) == 1 + 3


async def test_a_start_after_a_stop_now_leaves_out_what_may_still_come(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film", "", beats=2)
    provider = Answering(PNG)
    provider.gate = asyncio.Event()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: len(provider.asked) == 1)
        stopped = workshop.runs[project.id]
        assert (await stopped.stop_now()).in_doubt == 1
        await stopped.wait()
        await start(workshop, project, Options())  # in_doubt_usd has room for it, but its answer may still come
        await until(lambda: len(provider.asked) == 2)
        provider.gate.set()
        await over(workshop, project)
        await stopped.landed()
        assert {beat.state for beat in project.board.styles[0].beats} == {BeatState.DONE}
        assert project.money.spent == pytest.approx(2 * ANSWERED_USD)
        assert project.money.in_doubt == 0
    film.all_whole("ink", ("1.1", "1.2"))
    assert len(provider.asked) == 2


async def test_what_is_in_doubt_is_booked_as_it_was_reserved(tmp_path: Path) -> None:
    settings = f"[project]\nbudget_usd = {2 * DEAREST_USD + 1.5 * REPLY_USD}\n[generation]\nin_doubt_usd = 0"
    film = film_of(tmp_path / "film", settings, beats=4)
    provider = Answering(PNG)
    provider.before = [LOST] * 4
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        # A lost answer may have held drafts: two at their dearest, and the last at what has room.
        assert project.record.in_doubt_usd == pytest.approx(2 * DEAREST_USD + REPLY_USD)
        assert len(provider.asked) == 3


async def test_the_allowance_counts_a_doubt_with_the_price_that_is_told_of_it(tmp_path: Path) -> None:
    """Under a budget that is the dearest reply's, within the run and at the next start, on whichever of its lives."""
    allowance = f"[project]\nbudget_usd = 100\n[generation]\npause_after = 1000\nin_doubt_usd = {1.5 * DEAREST_USD}"
    film = film_of(tmp_path / "film", allowance, beats=3)
    provider = Answering(PNG)
    provider.before = [LOST] * 4
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        run = workshop.runs[project.id]
        await over(workshop, project)
        assert len(provider.asked) == 3 + 1, "one was drawn again within the run, and lost again"
        assert run.scheduler.purse.doubt_left == pytest.approx(0.5 * DEAREST_USD)
        left = options_left(noted(run, project), project.record)
        assert left is not None and left.in_doubt_usd == pytest.approx(0.5 * DEAREST_USD)
        listed = (await settle_doubts(workshop, project, "list", None, None))["doubts"]
        assert [doubt["price_usd"] for doubt in listed] == [pytest.approx(DEAREST_USD)] * 3
        assert project.record.drawn_again_usd == pytest.approx(DEAREST_USD)
        told = workshop.view(project).status()["run"]["again"]
        assert told == {"images": 1, "cost_usd": pytest.approx(project.expected.each_usd, abs=1e-4)}
        await start(workshop, project, Options())
        await over(workshop, project)
        states = [beat.state for beat in project.board.styles[0].beats]
        assert states.count(BeatState.DONE) == 1 and states.count(BeatState.IN_DOUBT) == 2
    assert len(provider.asked) == 3 + 1 + 1


async def test_a_doubt_stays_on_the_list_when_its_drawing_is_refused(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film", "[generation]\nin_doubt_usd = 0")
    provider = Answering(PNG)
    provider.before = [LOST]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        keys = workshop.folders.keys_file.read_text()
        workshop.folders.keys_file.write_text("")
        with pytest.raises(ShotmillError, match="no key"):
            await settle_doubts(workshop, project, "retry", None, None)
        workshop.folders.keys_file.write_text(keys)
        workshop.draining = True
        for do in ("retry", "skip"):
            with pytest.raises(ShotmillError, match="stopping"):
                await settle_doubts(workshop, project, do, None, None)
        workshop.draining = False
        lock = ProjectLock(project.layout.dot / "lock")
        lock.take()  # as another daemon's
        for do in ("retry", "skip"):
            with pytest.raises(ProjectLocked):
                await settle_doubts(workshop, project, do, None, None)
        lock.release()
        assert not film.journal("settled")
        assert len((await settle_doubts(workshop, project, "list", None, None))["doubts"]) == 1
        assert (await settle_doubts(workshop, project, "retry", None, None))["settled"] == 1
        await over(workshop, project)
        assert project.board.styles[0].beats[0].state is BeatState.DONE
    assert len(provider.asked) == 2
