"""`GET /v1/events`: a snapshot, then numbered changes, at the pace of whoever reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from shotmill import __version__
from shotmill.daemon.frames import Frames, encoded, until_next
from shotmill.engine.project import OpenProject

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

ALIVE_S = 5.0
WRITE_S = 30.0
"""A client that takes nothing for so long is dropped; it comes back with its last number."""
BYE_S = 0.5
"""How long the daemon's end waits for a client to take the last words."""


async def stream_events(request: web.Request) -> web.StreamResponse:
    """Server-sent events of one project, or of all projects' status without `project`."""
    from shotmill.daemon.server import FRAMES, LIFE, WORKSHOP

    workshop, life = request.app[WORKSHOP], request.app[LIFE]
    identity = request.query.get("project")
    project = workshop.project(identity) if identity else None
    headers = {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Shotmill-Version": __version__,
    }
    with life.client():
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            async with _cut_at_the_end(life):
                if project is None:
                    await _all(request, response, workshop, life)
                else:
                    await _one(request, response, request.app[FRAMES], life, project, _last_seen(request))
                await _send(response, "bye", {"reason": "daemon stops"})
        except ConnectionError:
            pass  # the client went away, or was killed while bytes waited for it
        except TimeoutError:  # it does not read; the engine never noticed
            if request.transport is not None:
                request.transport.abort()
    return response


@asynccontextmanager
async def _cut_at_the_end(life: Any) -> AsyncIterator[None]:
    """Whoever does not read can't keep the daemon from ending: TimeoutError a moment after it wants to."""
    async with asyncio.timeout(None) as limit:
        loop = asyncio.get_running_loop()

        async def watch() -> None:
            await life.ending.wait()
            limit.reschedule(loop.time() + BYE_S)

        watcher = asyncio.create_task(watch())
        try:
            yield
        finally:
            watcher.cancel()


def _see(request: web.Request) -> None:
    """ConnectionResetError when the client has gone: nothing may be sent for long that would show it."""
    if request.transport is None or request.transport.is_closing():
        raise ConnectionResetError


async def _one(
    request: web.Request, response: web.StreamResponse, frames: Frames, life: Any, project: OpenProject, seq: int | None
) -> None:
    loop, quiet = asyncio.get_running_loop(), 0.0
    while not life.ending.is_set():
        _see(request)
        frame = frames.after(project, seq)
        if frame is not None:
            await _write(response, frame.data)
            seq, quiet = frame.seq, 0.0
            # What happens until then goes together.
            await _unless_ending(life, asyncio.sleep(until_next(loop.time())))
        if not await _unless_ending(life, project.feed.news(seq or 0, 1.0)):
            quiet += 1.0
            if quiet >= ALIVE_S:
                await _write(response, b": alive\n\n")
                quiet = 0.0


async def _all(request: web.Request, response: web.StreamResponse, workshop: Workshop, life: Any) -> None:
    sent: dict[str, int] = {}
    quiet = 0.0
    while not life.ending.is_set():
        _see(request)
        quiet += 1.0
        if quiet > ALIVE_S:
            await _write(response, b": alive\n\n")
            quiet = 0.0
        for project in list(workshop.projects.values()):
            if sent.get(project.id) != project.feed.seq:
                sent[project.id] = project.feed.seq
                await _send(response, "status", workshop.view(project).status())
        await _unless_ending(life, asyncio.sleep(1.0))


async def _unless_ending(life: Any, work: Any) -> Any:
    """Await `work`, but no longer than the daemon goes on."""
    task = asyncio.ensure_future(work)
    ending = asyncio.ensure_future(life.ending.wait())
    try:
        await asyncio.wait({task, ending}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() and not task.cancelled() else None
    finally:
        task.cancel()
        ending.cancel()


async def _send(response: web.StreamResponse, kind: str, data: dict[str, Any]) -> None:
    await _write(response, encoded(kind, None, data))


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(WRITE_S):
        await response.write(data)


def _last_seen(request: web.Request) -> int | None:
    said = request.headers.get("Last-Event-ID", "")
    return int(said) if said.isdecimal() and len(said) < 16 else None
