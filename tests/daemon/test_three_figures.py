"""Spent, in doubt and reserved: at every moment a request stands in one of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from daemon.film import ANSWERED_USD, REPLY_USD, make_film, picture
from daemon.workshop_inside import LOST, Answering, opened, over, until, workshop_in
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options
from shotmill.gemini.exchange import Exchange

SPENT, DOUBTED = {"spent_usd": ANSWERED_USD, "in_doubt_usd": 0.0}, {"spent_usd": 0.0, "in_doubt_usd": REPLY_USD}


@pytest.mark.parametrize(("answer", "booked"), [(None, SPENT), (LOST, DOUBTED)])
async def test_what_is_booked_is_not_reserved_any_more(
    tmp_path: Path, answer: Exchange | None, booked: dict[str, float]
) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",), settings="[generation]\nin_doubt_usd = 0")
    provider = Answering(picture((1, 2, 3)))
    provider.before += [answer] if answer is not None else []
    provider.gate = asyncio.Event()
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project, ledger = await opened(workshop, film), workshop.ledger
        end, may_end = ledger.end, asyncio.Event()

        async def end_later(attempt: str, state: str, now: float) -> None:
            await may_end.wait()
            await end(attempt, state, now)

        ledger.end = end_later  # type: ignore[method-assign]
        await start(workshop, project, Options())
        await until(lambda: provider.asked)
        status = workshop.view(project).status()["run"]
        assert status | {"spent_usd": 0.0, "in_doubt_usd": 0.0, "reserved_usd": round(REPLY_USD, 4)} == status
        provider.gate.set()
        await until(lambda: not project.record.open_intents)
        status = workshop.view(project).status()["run"]
        expected = {what: round(usd, 4) for what, usd in booked.items()} | {"reserved_usd": 0.0}
        assert workshop.runs[project.id].flights.out, "its slot is still taken: the database does not know the end"
        assert status | expected == status
        may_end.set()
        await over(workshop, project)
        assert (status := workshop.view(project).status()["run"]) | expected == status
