"""A request that is made ready while an answer says that it would be refused stays, and costs nothing."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest

from daemon.film import make_film, picture
from daemon.workshop_inside import Answering, opened, over, until, workshop_in
from shotmill.daemon.starting import start
from shotmill.engine.attempt import Asked, Attempt
from shotmill.engine.beat import BeatState
from shotmill.engine.flight import LeftOut
from shotmill.engine.selection import Options
from shotmill.gemini.exchange import Exchange
from shotmill.ledger.ledger import Intent

HELD_UP_S = 120.0
SPENT = {"error": {"code": 429, "message": "You exceeded your spend-based rate limit.", "status": "RESOURCE_EXHAUSTED"}}


async def test_what_has_not_left_when_the_spend_window_is_full_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1", "1.2"), settings="")
    provider = Answering(picture((200, 60, 60)))
    provider.before = [Exchange(sent=True, status=429, complete=True, body=json.dumps(SPENT).encode())]
    prepare, ready = Attempt.prepare, list[Attempt]()

    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        book = workshop.places.book(workshop.places.endpoint_name(project))

        async def prepared(attempt: Attempt) -> Asked:
            ready.append(attempt)
            asked = await prepare(attempt)
            if attempt is not ready[0]:
                await until(lambda: book.billing)
            return asked

        monkeypatch.setattr(Attempt, "prepare", prepared)
        await start(workshop, project, Options())
        await until(lambda: film.journal("end") and film.journal("end")[-1]["fate"] == "not_sent")
        await until(lambda: {beat.state for beat in project.board.styles[0].beats} == {BeatState.PENDING})
        assert len(provider.asked) == 1 and len(ready) == 2
        assert project.money.in_doubt == project.money.reserved == 0
        assert await workshop.runs[project.id].stop_now() == LeftOut()


async def test_an_intent_that_a_disk_held_up_counts_from_when_it_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",), settings="")
    async with workshop_in(tmp_path / "home", Answering(picture((200, 60, 60)))) as workshop:
        project, ledger, clock = await opened(workshop, film), workshop.tools.ledger, type(workshop.tools.clock)
        intend, now, ahead = ledger.intend, clock.now, [0.0]

        async def held_up(intent: Intent) -> None:
            await intend(intent)
            ahead[0] = HELD_UP_S

        monkeypatch.setattr(clock, "now", lambda self: now(self) + ahead[0])
        monkeypatch.setattr(ledger, "intend", held_up)
        await start(workshop, project, Options())
        await over(workshop, project)
        (intent,) = film.journal("intent")
        (key,) = workshop.runs[project.id].scheduler.lanes["ink"].keys
        endpoint = workshop.places.endpoint_name(project)
        asked = (endpoint, key.quota_project, [key.fingerprint], project.settings.gemini.model, 0.0)
        (left,) = await asyncio.to_thread(ledger.sent, *asked)
        assert left >= datetime.fromisoformat(intent["at"]).timestamp() + HELD_UP_S
