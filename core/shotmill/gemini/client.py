"""The one client of the Gemini API: every key, every request; no retries, no judgement.

What needs aiohttp is imported as it is used: a daemon opens its database while that is loaded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from shotmill.gemini.exchange import BodySink, Exchange
from shotmill.gemini.request import ImageRequest, wire_contents
from shotmill.gemini.running import RUNNING, Running, SinkError
from shotmill.gemini.sdk import GOOGLE, generate, list_models, load_sdk, sdk_client
from shotmill.gemini.turns import Turns
from shotmill.secrets import Secret

if TYPE_CHECKING:
    import aiohttp
    from google import genai

CONNECT_S = 30.0  # for name, connection and handshake; the request's own time starts when it leaves
LISTING_S = 30.0

_log = logging.getLogger(__name__)


class GeminiClient:
    """One endpoint. `base_url` and `api_version` may be empty: Google's endpoint, the SDK's default version.

    It belongs to the event loop that first uses it. Environment variables change neither where it sends nor with what
    key; proxies are the exception.
    """

    def __init__(self, base_url: str, api_version: str) -> None:
        self._base_url = base_url or GOOGLE
        self._api_version = api_version
        self._opening = asyncio.Lock()
        self._turns = Turns()
        self._session: aiohttp.ClientSession | None = None
        self._sdk: genai.Client | None = None
        self._early: asyncio.Task[genai.Client] | None = None

    def open_soon(self) -> None:
        """Read certificates and make the SDK's client now, beside whatever comes before the first request. That one
        tells what goes wrong."""
        self._early = asyncio.create_task(self._open())
        self._early.add_done_callback(lambda opened: opened.cancelled() or opened.exception())

    async def draw(
        self, request: ImageRequest, secret: Secret, sink: BodySink, on_sent: Callable[[], None] | None = None
    ) -> Exchange:
        """One POST, never repeated; the body of a 200 goes to `sink` while it comes.

        `on_sent` is called just before the first byte leaves: from then on it counts against quotas.
        Raises what the sink raises, CancelledError, and nothing that the network or the provider does.
        """
        contents = await asyncio.to_thread(wire_contents, request)
        sdk = await self._open()
        await self._turns.next()  # the SDK takes milliseconds to make a request
        running = Running(sink, self._turns)
        return await self._exchange(
            lambda key: generate(sdk, request, contents, key), secret, request.timeout_s, running, on_sent
        )

    async def list_models(self, secret: Secret) -> Exchange:
        """One GET that costs nothing: tells whether a key works; `body` lists the models that it may use."""
        sdk = await self._open()
        return await self._exchange(
            lambda key: list_models(sdk, key, LISTING_S), secret, LISTING_S, Running(None, self._turns)
        )

    async def close(self) -> None:
        """Close every connection; exchanges that still run break. The client can't be used after it."""
        if self._early is not None:
            self._early.cancel()
        async with self._opening:
            if self._sdk is not None:
                await self._sdk.aio.aclose()
                self._sdk.close()
            if self._session is not None:
                await self._session.close()

    async def _open(self) -> genai.Client:
        from shotmill.gemini.transport import open_session, trusted_certificates

        async with self._opening:
            if self._sdk is None:
                # Read beside the import, which takes longer: the reading leaves the interpreter to it.
                certificates, _ = await asyncio.gather(asyncio.to_thread(trusted_certificates), load_sdk())
                self._session = open_session(self._base_url, certificates)
                given = (self._base_url, self._api_version, self._session, certificates)
                self._sdk = await asyncio.to_thread(sdk_client, *given)
            return self._sdk

    async def _exchange(
        self,
        send: Callable[[str], Awaitable[None]],
        secret: Secret,
        timeout_s: float,
        running: Running,
        on_sent: Callable[[], None] | None = None,
    ) -> Exchange:
        key = secret.reveal().strip()
        if not key or not all("!" <= character <= "~" for character in key):
            return Exchange(sent=False, failure="bad_key")  # no header can hold it
        loop = asyncio.get_running_loop()
        started = loop.time()
        failure = ""
        token = RUNNING.set(running)
        try:
            async with asyncio.timeout(min(CONNECT_S, timeout_s)) as limit:

                def leaves() -> None:
                    if not limit.expired():
                        limit.reschedule(loop.time() + timeout_s)
                    if on_sent is not None:
                        on_sent()

                running.on_sent = leaves
                await send(key)
        except SinkError as error:
            raise error.cause from None
        except Exception as error:
            failure = _failure(error, running)
        finally:
            RUNNING.reset(token)
        return running.seal(failure or ("" if running.complete else "fault"), loop.time() - started)


def _failure(error: Exception, running: Running) -> str:
    from shotmill.gemini.broken import failure_word

    if running.complete:
        return ""  # the whole answer is here; what the SDK thought of its empty copy says nothing
    word = failure_word(error, sent=running.sent)
    if not word and not running.sent:
        raise error  # neither network nor provider: a fault of ours, and nothing was risked
    if not word:
        _log.error("an exchange broke with %s", type(error).__name__)  # its text may hold the answer, and so a key
    return word
