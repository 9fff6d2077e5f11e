"""The API of docs/api.md over the daemon's socket. Handlers only translate; the work is the workshop's."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from shotmill import __version__
from shotmill.daemon.daemon_log import LEVELS, set_level
from shotmill.daemon.doubts import settle_doubts
from shotmill.daemon.events import stream_events
from shotmill.daemon.frames import Frames
from shotmill.daemon.key_test import test_keys
from shotmill.daemon.keys_now import keys_now
from shotmill.daemon.life import Life
from shotmill.daemon.lines import BODY_S, LINES, Lines
from shotmill.daemon.opening import close_project, open_project
from shotmill.daemon.peer import uid_of
from shotmill.daemon.starting import start
from shotmill.daemon.stopping import stop
from shotmill.daemon.workshop import Workshop
from shotmill.engine.selection import Options
from shotmill.errors import ExitCode, ShotmillError, UsageError
from shotmill.secrets import redact

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST_BODY = 1 << 20
_log = logging.getLogger(__name__)
WORKSHOP: web.AppKey[Workshop] = web.AppKey("workshop", Workshop)
LIFE: web.AppKey[Life] = web.AppKey("life", Life)
FRAMES: web.AppKey[Frames] = web.AppKey("frames", Frames)
_STATUS = {
    ExitCode.USAGE: 400,
    ExitCode.NOTHING_RUNS: 422,
    ExitCode.BUDGET: 422,
}


def make_app(workshop: Workshop, life: Life, lines: Lines) -> web.Application:
    """All routes. Only requests of the daemon's own user get past the first middleware."""
    app = web.Application(middlewares=[_own_user_only, _errors], client_max_size=MOST_BODY)
    app[WORKSHOP] = workshop
    app[LIFE] = life
    app[FRAMES] = Frames(workshop, life)
    app[LINES] = lines
    app.add_routes(
        [
            web.get("/v1/daemon", _daemon),
            web.post("/v1/daemon/stop", _stop_daemon),
            web.put("/v1/environment", _environment),
            web.put("/v1/log", _log_level),
            web.post("/v1/projects", _open),
            web.get("/v1/projects/{id}", _status_of),
            web.post("/v1/projects/{id}/start", _start),
            web.post("/v1/projects/{id}/stop", _stop),
            web.post("/v1/projects/{id}/doubt", _doubt),
            web.post("/v1/projects/{id}/agree", _agree),
            web.post("/v1/projects/{id}/resume-style", _resume_style),
            web.get("/v1/projects/{id}/beats/{style}/{beat}", _beat),
            web.post("/v1/projects/{id}/close", _close),
            web.get("/v1/status", _status),
            web.get("/v1/keys", _keys),
            web.post("/v1/keys/test", _test_keys),
            web.get("/v1/doctor", _doctor),
            web.get("/v1/events", stream_events),
        ]
    )
    return app


@web.middleware
async def _own_user_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    request.app[LINES].spoke(request)
    uid = peer_uid(request)
    if uid != request.app[LIFE].uid:
        return _error(403, "not_yours", "this daemon belongs to another user", "start your own: shotmill daemon start")
    request.app[LIFE].heard()
    return await handler(request)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        if request.path != "/v1/daemon":
            await request.app[LIFE].ready()
        response = await handler(request)
    except ShotmillError as error:
        status = _STATUS_OF_CODE.get(error.code) or _STATUS.get(error.exit_code, 500)
        return _error(status, error.code, error.message, error.cure, error.exit_code)
    except web.HTTPException as error:
        return _error(error.status, "http", error.reason, "see docs/api.md")
    except (asyncio.CancelledError, ConnectionResetError):
        raise
    except Exception as error:
        _log.exception("unexpected fault in %s %s", request.method, request.path)
        said = redact(f"{type(error).__name__}: {error}")
        return _error(500, "fault", f"unexpected fault: {said}", "see the daemon's log: shotmill daemon status")
    _log.debug("%s %s: %d", request.method, request.path, response.status)
    if not response.prepared:
        response.headers["X-Shotmill-Version"] = __version__
    return response


_STATUS_OF_CODE = {
    "unknown_project": 404,
    "running": 409,
    "not_running": 409,
    "draining": 409,
    "too_many": 503,
    "slow": 408,
}


def peer_uid(request: web.Request) -> int | None:
    """Whose process is at the other end; None, which lets nobody in, where it can't be known."""
    transport = request.transport
    line = transport.get_extra_info("socket") if transport is not None else None
    return uid_of(line) if line is not None else None


def _error(status: int, code: str, message: str, cure: str, exit_code: int = ExitCode.FAULT) -> web.Response:
    error = {"code": code, "message": message, "cure": cure, "exit_code": int(exit_code)}
    return web.json_response({"error": error}, status=status, headers={"X-Shotmill-Version": __version__})


async def _body(request: web.Request) -> dict[str, Any]:
    if not request.can_read_body:
        return {}
    try:
        async with asyncio.timeout(BODY_S):
            sent = await request.read()
    except TimeoutError:
        raise UsageError(f"the body did not come within {BODY_S:.0f} s", cure="send all of it", code="slow") from None
    try:
        body = json.loads(sent or b"{}")
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON", cure="see docs/api.md") from error
    if not isinstance(body, dict):
        raise UsageError("the body is a JSON object", cure="see docs/api.md")
    return body


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{name} is a text", cure="see docs/api.md")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    """A misread `now` would cost money: only true and false are understood."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise UsageError(f"{name} is true or false", cure="see docs/api.md")
    return value


async def _daemon(request: web.Request) -> web.Response:
    level = "debug" if request.app[WORKSHOP].tools.tells_debug else "info"
    return web.json_response({**request.app[LIFE].describe(), "log_level": level})


async def _stop_daemon(request: web.Request) -> web.Response:
    body = await _body(request)
    now = _flag(body, "now")
    flying = sum(run.scheduler.in_flight for run in request.app[WORKSHOP].active_runs)
    restart = _flag(body, "restart")
    request.app[LIFE].end(now=now, restart=restart)
    return web.json_response({"stopping": True, "in_flight": flying, "goes_on": restart})


async def _environment(request: web.Request) -> web.Response:
    keys = (await _body(request)).get("keys")
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        raise UsageError("keys is an object of texts", cure="see docs/api.md")
    request.app[WORKSHOP].take_environment(keys)
    return web.json_response({"keys": len(keys)})


async def _log_level(request: web.Request) -> web.Response:
    """From now on, of this daemon and of every project's log."""
    level = _text(await _body(request), "level")
    if level not in LEVELS:
        raise UsageError("level is one of " + ", ".join(LEVELS), cure='send {"level": "debug"}')
    request.app[WORKSHOP].tools.tells_debug = level == "debug"
    set_level(level)
    return web.json_response({"level": level})


async def _open(request: web.Request) -> web.Response:
    body = await _body(request)
    path = _text(body, "path")
    if path is None:
        raise UsageError("path is missing", cure='send {"path": "/absolute/folder"}')
    project = await open_project(request.app[WORKSHOP], path, look=_flag(body, "look"))
    return web.json_response({"id": project.id, "path": str(project.root)})


async def _status_of(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    return web.json_response(workshop.view(workshop.project(request.match_info["id"])).status(counted=True))


async def _status(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    views = [workshop.view(project) for project in workshop.projects.values()]
    return web.json_response({"projects": [view.status(counted=True) for view in views]})


async def _start(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    project = workshop.project(request.match_info["id"])
    return web.json_response(await start(workshop, project, Options.from_json(await _body(request))))


async def _stop(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    body = await _body(request)
    return web.json_response(await stop(workshop, workshop.project(request.match_info["id"]), now=_flag(body, "now")))


async def _doubt(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    body = await _body(request)
    project = workshop.project(request.match_info["id"])
    do = _text(body, "do") or "list"
    return web.json_response(await settle_doubts(workshop, project, do, _text(body, "style"), _text(body, "beat")))


async def _agree(request: web.Request) -> web.Response:
    body = await _body(request)
    usd = body.get("usd")
    if not isinstance(usd, int | float) or isinstance(usd, bool) or not 0 <= usd < float("inf"):
        raise UsageError("usd is a sum in dollars", cure='send {"usd": 2.92}')
    project = request.app[WORKSHOP].project(request.match_info["id"])
    await request.app[WORKSHOP].agree(project, float(usd))
    return web.json_response({"agreed_usd": project.agreed_usd})


async def _resume_style(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    style = _text(await _body(request), "style") or ""
    return web.json_response(workshop.resume_style(workshop.project(request.match_info["id"]), style))


async def _beat(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    match = request.match_info
    project = workshop.project(match["id"])
    found = await workshop.tools.in_thread(lambda: workshop.beat(project, match["style"], match["beat"]))
    return web.json_response(found)


async def _close(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    await close_project(workshop, workshop.project(request.match_info["id"]))
    return web.json_response({})


async def _keys(request: web.Request) -> web.Response:
    workshop = request.app[WORKSHOP]
    identity = request.query.get("project")
    project = workshop.project(identity) if identity else None
    return web.json_response(await keys_now(workshop, project))


async def _test_keys(request: web.Request) -> web.Response:
    body = await _body(request)
    workshop = request.app[WORKSHOP]
    found = await test_keys(workshop, _text(body, "name"), _text(body, "path"))
    return web.json_response({"keys": found})


async def _doctor(request: web.Request) -> web.Response:
    from shotmill.doctor.of_daemon import daemon_checks

    workshop = request.app[WORKSHOP]
    identity = request.query.get("project")
    project = workshop.projects.get(identity) if identity else None
    return web.json_response({"checks": daemon_checks(workshop, request.app[LIFE], project)})
