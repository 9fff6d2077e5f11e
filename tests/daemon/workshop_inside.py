"""A workshop within the test's own process, over a provider that answers as told: no process, no socket, no waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from daemon.film import Film
from daemon.witness import KEYS, secret
from faults.raw_provider import image_body
from shotmill.clock import SystemClock
from shotmill.daemon.opening import open_project
from shotmill.daemon.workshop import Workshop
from shotmill.engine import scheduler, verdict
from shotmill.engine.project import OpenProject
from shotmill.engine.tools import Place
from shotmill.gemini.exchange import BodySink, Exchange
from shotmill.gemini.request import ImageRequest
from shotmill.secrets import Secret
from shotmill.settings.folders import Folders

LOST = Exchange(sent=True, failure="closed")
UNKNOWN_KEY = Exchange(
    sent=True, status=400, complete=True, body=b'{"error": {"code": 400, "message": "API key not valid."}}'
)
WHOLE = Exchange(sent=True, status=200, complete=True)
PATIENCE_S = 60.0


class Impatient(SystemClock):
    """Pauses of seconds are over at once."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.005))


class Answering:
    """A `Provider`. `image` is what it draws; the first answers are those of `before`, by the order of the requests."""

    def __init__(self, image: bytes) -> None:
        self.body = image_body(image)
        self.asked: list[str] = []
        self.before: list[Exchange | bytes | None] = []
        """None never comes."""
        self.gate: asyncio.Event | None = None
        """Answers wait for it."""
        self.refuses: set[str] = set()
        """Keys that it doesn't know, when it is only asked about them."""
        self.listed: list[Secret] = []

    async def draw(
        self, request: ImageRequest, secret: Secret, sink: BodySink, on_sent: Callable[[], None]
    ) -> Exchange:
        on_sent()
        self.asked.append(request.prompt)
        answer = self.before.pop(0) if self.before else self.body
        if answer is None:
            await asyncio.Event().wait()
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(answer, Exchange):
            return answer
        sink.write(answer or b"")
        return WHOLE

    async def list_models(self, secret: Secret) -> Exchange:
        self.listed.append(secret)
        return UNKNOWN_KEY if secret.reveal() in self.refuses else WHOLE


@asynccontextmanager
async def workshop_in(folder: Path, provider: Answering, *, rpm: int = 100_000) -> AsyncIterator[Workshop]:
    """A workshop whose state lies below `folder`; the next one there goes on from what this one leaves."""
    folders = Folders.of({"SHOTMILL_HOME": str(folder)})
    for needed in (folders.config, folders.state, folders.run):
        needed.mkdir(parents=True, exist_ok=True)
    name, quota_project = next(iter(KEYS.items()))
    folders.keys_file.write_text(
        f'[keys.{name}]\napi_key = "{secret(name)}"\nquota_project = "{quota_project}"\nrpm = {rpm}\nrpd = 100000\n'
    )
    folders.keys_file.chmod(0o600)
    with ExitStack() as inside:
        for module in (verdict, scheduler):
            inside.enter_context(patch.object(module, "FIRST_RETRY_S", 0.01))
        threads = inside.enter_context(ThreadPoolExecutor(4))
        made = Workshop(folders, Impatient(), threads)
        await asyncio.to_thread(made.open)

        async def place_of(project: OpenProject) -> Place:
            name = made.places.endpoint_name(project)
            return Place(name, provider, made.places.book(name))

        made.places.place_of = place_of  # type: ignore[method-assign]
        try:
            yield made
        finally:
            await made.close()


async def opened(workshop: Workshop, film: Film) -> OpenProject:
    return await open_project(workshop, str(film.root))


async def over(workshop: Workshop, project: OpenProject) -> None:
    """The project's run is at its end, and nothing of it is out."""
    run = workshop.runs[project.id]
    async with asyncio.timeout(PATIENCE_S):
        await run.wait()
        await workshop.released(project)
        await run.landed()


async def kill(workshop: Workshop) -> None:
    """All work stops where it is, and nothing more is written down: what a later workshop finds is what a kill left."""
    workshop.handed_over |= {run.id for run in workshop.active_runs}
    own = asyncio.current_task()
    tasks = [task for task in asyncio.all_tasks() if task is not own]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not happened():  # noqa: ASYNC110 - anything may be waited for
            await asyncio.sleep(0.002)
