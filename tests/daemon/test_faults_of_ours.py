"""A fault of our own, or of the SDK's, on the way to the provider: what was not sent is not called perhaps paid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.film import REPLY_USD, make_film, picture
from daemon.workshop_inside import Answering, opened, over, until, workshop_in
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options
from shotmill.gemini.exchange import BodySink, Exchange
from shotmill.gemini.request import ImageRequest
from shotmill.secrets import Secret

ADDRESS = "http://127.0.0.1:9"
ALLOWED = "[generation]\nin_doubt_usd = 5"


class Refusing(Answering):
    """Its SDK refuses each request with an error of its own; `sends`: after the first byte has left."""

    sends = False

    async def draw(
        self, request: ImageRequest, secret: Secret, sink: BodySink, on_sent: Callable[[], None]
    ) -> Exchange:
        self.asked.append(request.prompt)
        if self.sends:
            on_sent()
            sink.write(b"{")
        raise ValueError("invalid model parameter.")


async def test_what_never_left_is_no_doubt_and_its_style_waits_for_a_person(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, settings=ALLOWED)
    provider = Refusing(picture((1, 2, 3)))
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        run = workshop.runs[project.id]
        await until(lambda: run.scheduler.lanes["ink"].paused and not project.in_the_air)
        assert len(provider.asked) == len(set(provider.asked)), "none is tried again by itself"
        assert "invalid model" in run.scheduler.lanes["ink"].paused
        assert project.money.in_doubt == 0
        book = workshop.book_of(project)
        assert book is not None
        assert [account.taken_today(workshop.clock.now()) for account in book.accounts.values()] == [0]
        assert await workshop.ledger.open_attempts(project.id) == []
        assert not list(workshop.folders.spool.iterdir())
        assert not workshop.tools.spool._live, "no file is left open"
    assert {end["fate"] for end in film.journal("end")} == {"not_sent"}
    assert len(film.journal("end")) == len(film.journal("intent"))


async def test_what_left_before_a_fault_is_in_doubt_and_keeps_what_came(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",), settings="[generation]\nin_doubt_usd = 0")
    provider = Refusing(picture((1, 2, 3)))
    provider.sends = True
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        assert project.money.in_doubt == pytest.approx(REPLY_USD)
        assert not workshop.tools.spool._live, "no file is left open"
        (kept,) = workshop.tools.spool.scan()
        assert (kept.state, kept.body_bytes) == ("partial", 1)
    assert [end["fate"] for end in film.journal("end")] == ["in_doubt"]
