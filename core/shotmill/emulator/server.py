"""The HTTP surface of the emulator, and an emulator that listens on a socket of this machine."""

from __future__ import annotations

import ipaddress
import json
from types import TracebackType
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from shotmill.emulator import refusals
from shotmill.emulator.answers import Answer, Call, Provider, Setup
from shotmill.emulator.faults import parse_script
from shotmill.emulator.models import MODELS
from shotmill.emulator.page import page
from shotmill.emulator.refusals import RefusedError
from shotmill.emulator.wire import send
from shotmill.errors import UsageError

LARGEST_REQUEST = 100 * 1024 * 1024  # the provider's documented limit; about 20 MB is its practical one
_PATIENCE_S = 0.05  # for requests that are out at the end; 0 would mean for ever
PROVIDER = web.AppKey("provider", Provider)


class Emulator:
    """An emulator on a real socket; use it as `async with Emulator(Setup(...)) as emulator`.

    `base_url` is what the SDK's `HttpOptions` takes. Raises UsageError where the address can't be had.
    """

    def __init__(self, setup: Setup, host: str = "127.0.0.1", port: int = 0) -> None:
        if not is_loopback(host):
            raise UsageError(f"{host} is not this machine", cure="give --host 127.0.0.1, ::1 or localhost")
        self.provider = Provider(setup)
        self.host = host
        self.port = port
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Emulator:
        # Cancelling a handler when its client goes is what ends a request that hangs by script.
        runner = web.AppRunner(
            build_app(self.provider), handler_cancellation=True, access_log=None, shutdown_timeout=_PATIENCE_S
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
        except OSError as error:
            await runner.cleanup()
            raise UsageError(
                f"the emulator can't listen on {self.host}:{self.port}: {error.strerror or error}",
                cure="give another --port, or --port 0 for any that is free",
            ) from error
        self._runner = runner
        self.port = runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.provider.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def ready(self) -> dict[str, Any]:
        """What is printed when the emulator listens."""
        return {"base_url": self.base_url, "port": self.port, "keys": self.provider.keyring.listed()}


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own loopback."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def build_app(provider: Provider) -> web.Application:
    """The provider's routes, and the emulator's own under `/emulator`."""
    app = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[_only_this_machine])
    app[PROVIDER] = provider
    app.add_routes(
        [
            web.post("/{version:v1|v1beta}/models/{model}:generateContent", _generate),
            web.get("/{version:v1|v1beta}/models", _list_models),
            web.get("/{version:v1|v1beta}/models/{model}", _get_model),
            web.get("/emulator", _page),
            web.get("/emulator/seen", _seen),
            web.get("/emulator/options", _options),
            web.post("/emulator/faults", _faults),
            web.post("/emulator/reset", _reset),
        ]
    )
    return app


@web.middleware
async def _only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns away pages of other origins: a name that was bound to 127.0.0.1 stays a stranger."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    origin = request.headers.get("Origin")
    if not is_loopback(host) or (origin is not None and origin != f"http://{request.host}"):
        return web.json_response({"error": "only this machine may ask"}, status=403)
    return await handler(request)


def _api_key(request: web.Request) -> str:
    return request.headers.get("x-goog-api-key") or request.query.get("key", "")


def _refusal(refused: RefusedError) -> web.Response:
    return web.json_response(refused.body, status=refused.status)


async def _generate(request: web.Request) -> web.StreamResponse:
    provider = request.app[PROVIDER]
    call = Call(
        request.match_info["version"],
        request.match_info["model"],
        _api_key(request),
        request.read,
        _deadline(request.headers.get("X-Server-Timeout", "")),
        request.headers.get("x-shotmill-beat", ""),
        request.headers.get("x-shotmill-style", ""),
    )
    answer = await provider.answer(call)
    whole = False
    try:
        response, whole = await send(request, answer, provider.clock)
    except ConnectionError:
        response = web.Response()  # the client went while it was being answered; nobody reads this one
    finally:
        _record(provider, answer, whole=whole)
    return response


def _record(provider: Provider, answer: Answer, *, whole: bool) -> None:
    if whole:
        provider.record(answer)
    else:
        answer.sighting.code = answer.fault.do or "client_gone"
        provider.record(answer, status=0)


def _deadline(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


async def _list_models(request: web.Request) -> web.Response:
    """`pageSize` models from `pageToken` on, which is the number of those before."""
    try:
        request.app[PROVIDER].key(_api_key(request))
        size, start = int(request.query.get("pageSize") or 50), int(request.query.get("pageToken") or 0)
        if size < 1 or start < 0:
            raise ValueError
    except RefusedError as refused:
        return _refusal(refused)
    except ValueError:
        return _refusal(refusals.invalid("page", "Invalid page size or page token."))
    models = list(MODELS.values())
    listed: dict[str, Any] = {"models": [model.listed() for model in models[start : start + size]]}
    if start + size < len(models):
        listed["nextPageToken"] = str(start + size)
    return web.json_response(listed)


async def _get_model(request: web.Request) -> web.Response:
    try:
        request.app[PROVIDER].key(_api_key(request))
    except RefusedError as refused:
        return _refusal(refused)
    name = request.match_info["model"]
    if name not in MODELS:
        return _refusal(refusals.model_not_found(name, request.match_info["version"]))
    return web.json_response(MODELS[name].listed())


async def _seen(request: web.Request) -> web.Response:
    return web.json_response(request.app[PROVIDER].seen())


async def _options(request: web.Request) -> web.Response:
    """How it answers, for who wants to know beforehand."""
    return web.json_response(request.app[PROVIDER].options.told())


async def _page(request: web.Request) -> web.Response:
    provider = request.app[PROVIDER]
    return web.Response(text=page(provider.seen(), provider.ledger.last(50)), content_type="text/html")


async def _faults(request: web.Request) -> web.Response:
    """Replaces the script; 400 with what is wrong where it can't be read, and the old one stays."""
    provider = request.app[PROVIDER]
    try:
        provider.follow(parse_script(json.loads(await request.text()), provider.seed))
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    return web.json_response({"rules": len(provider.script.rules)})


async def _reset(request: web.Request) -> web.Response:
    request.app[PROVIDER].reset()
    return web.json_response({})
