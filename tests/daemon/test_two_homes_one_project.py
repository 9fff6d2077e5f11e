"""Two homes, whose daemons draw one project one after the other: what one sent the other knows before it sends."""

from __future__ import annotations

import asyncio
from pathlib import Path

from daemon.film import REPLY_USD, Film, make_film, picture
from daemon.workshop_inside import Answering, kill, opened, over, until, workshop_in
from shotmill.daemon.doubts import settle_doubts
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options

URL = "http://127.0.0.1:1"
BEATS = ("1.1", "1.2")


def film_in(folder: Path, in_doubt_usd: float) -> Film:
    return make_film(folder / "film", URL, beats=BEATS, settings=f"[generation]\nin_doubt_usd = {in_doubt_usd}")


async def killed_while_drawing(home: Path, film: Film) -> None:
    """A daemon of that home sends for every beat, and dies before anything comes."""
    lost = Answering(picture((10, 20, 30)))
    lost.before = [None] * len(BEATS)
    async with workshop_in(home, lost) as workshop:
        await start(workshop, await opened(workshop, film), Options())
        await until(lambda: len(lost.asked) == len(BEATS))
        await kill(workshop)


def test_what_another_home_drew_since_is_not_drawn_again(tmp_path: Path) -> None:
    film, here, there = film_in(tmp_path, 0), Answering(picture((1, 2, 3))), Answering(picture((4, 5, 6)))

    async def both() -> None:
        async with workshop_in(tmp_path / "a", here) as mine:
            project = await opened(mine, film)
            async with workshop_in(tmp_path / "b", there) as theirs:
                same = await opened(theirs, film)
                await start(theirs, same, Options())
                await over(theirs, same)
            project.loaded_at = mine.clock.now()  # as if it was read here a moment ago
            assert (await start(mine, project, Options()))["outcome"] == "nothing_to_do"

    asyncio.run(both())
    assert (len(there.asked), here.asked) == (2, [])


def test_what_was_out_when_another_home_died_is_in_doubt(tmp_path: Path) -> None:
    film, here = film_in(tmp_path, 0), Answering(picture((1, 2, 3)))

    async def both() -> None:
        async with workshop_in(tmp_path / "a", here) as mine:
            project = await opened(mine, film)
            await killed_while_drawing(tmp_path / "b", film)
            assert (await start(mine, project, Options()))["outcome"] == "nothing_to_do"
            told = await settle_doubts(mine, project, "list", None, None)
            assert [doubt["price_usd"] for doubt in told["doubts"]] == [round(REPLY_USD, 6)] * 2
            assert told["status"]["run"]["in_doubt_usd"] == round(2 * REPLY_USD, 4)

    asyncio.run(both())
    assert not here.asked
    assert [end["fate"] for end in film.journal("end")] == ["in_doubt"] * 2


def test_looking_is_enough_to_be_told_of_the_doubts(tmp_path: Path) -> None:
    film = film_in(tmp_path, 0)

    async def both() -> None:
        async with workshop_in(tmp_path / "a", Answering(picture((1, 2, 3)))) as mine:
            await opened(mine, film)
            await killed_while_drawing(tmp_path / "b", film)
            project = await opened(mine, film)
            assert len((await settle_doubts(mine, project, "list", None, None))["doubts"]) == 2

    asyncio.run(both())


def test_a_doubt_that_another_home_settled_does_not_come_back(tmp_path: Path) -> None:
    film, here = film_in(tmp_path, 2 * REPLY_USD), Answering(picture((1, 2, 3)))

    async def both() -> None:
        async with workshop_in(tmp_path / "a", here) as mine:
            project = await opened(mine, film)
            await killed_while_drawing(tmp_path / "b", film)
            await start(mine, project, Options())
            await over(mine, project)
        before = film.journal()
        async with workshop_in(tmp_path / "b", Answering(picture((4, 5, 6)))) as theirs:
            project = await opened(theirs, film)
            assert (await settle_doubts(theirs, project, "list", None, None))["doubts"] == []
            assert round(project.record.in_doubt_usd, 6) == round(2 * REPLY_USD, 6)
        assert film.journal() == before

    asyncio.run(both())
    assert len(here.asked) == 2


def test_what_another_home_sent_counts_in_the_minute(tmp_path: Path) -> None:
    film, here, there = film_in(tmp_path, 0), Answering(picture((1, 2, 3))), Answering(picture((4, 5, 6)))

    async def both() -> None:
        async with workshop_in(tmp_path / "a", here) as mine:
            project = await opened(mine, film)
            await start(mine, project, Options(limit=1))
            await over(mine, project)
            async with workshop_in(tmp_path / "b", there) as theirs:
                same = await opened(theirs, film)
                await start(theirs, same, Options())
                await over(theirs, same)
            await start(mine, project, Options())
            book = mine.book_of(project)
            assert book is not None
            assert [account.taken_today(mine.clock.now()) for account in book.accounts.values()] == [2]
            await start(mine, project, Options())
            assert [account.taken_today(mine.clock.now()) for account in book.accounts.values()] == [2], "counted once"

    asyncio.run(both())
    assert (len(here.asked), len(there.asked)) == (1, 1)
