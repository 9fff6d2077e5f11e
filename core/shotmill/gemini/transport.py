"""An HTTP session for the SDK that writes answers to disk before anybody parses them.

The SDK would read a whole answer into a string, decode it and build objects of it on the event loop. Here the body of a
200 streams into the exchange's sink while it comes, the SDK is handed an empty one, and nothing but bytes is touched.
"""

from __future__ import annotations

import ssl
import urllib.request
from types import SimpleNamespace

import aiohttp
from yarl import URL

from shotmill.gemini.content_coding import ACCEPTED
from shotmill.gemini.running import RUNNING

CHUNK = 1 << 20
KEEPALIVE_S = 15  # a POST on a connection that the server has just given up would be in doubt: reuse only fresh ones


class SinkingResponse(aiohttp.ClientResponse):
    """A response whose body goes to the running exchange; the SDK sees the status and the headers only."""

    async def read(self) -> bytes:
        running = RUNNING.get()
        if running is None or self._body is not None:
            return await super().read()
        running.answered(self.status, self.headers)
        try:
            async for chunk in self.content.iter_chunked(CHUNK):
                await running.turns.next()
                running.take(chunk)
                if more := self.content.read_nowait(CHUNK):  # it came while the first waited for its turn
                    running.take(more)
        except BaseException:
            self.close()
            raise
        running.complete = True
        self._body = b""
        return await super().read()  # gives the connection back to the pool


async def _before_headers(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
    """aiohttp calls this on a connection that stands, before it writes the request's first byte."""
    running = RUNNING.get()
    if running is not None:
        running.leaves()


def trusted_certificates() -> ssl.SSLContext:
    """The machine's certificates (and `SSL_CERT_FILE`), and those that the SDK brings. Takes tens of milliseconds."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for this endpoint; none for this machine itself, where the emulator is.

    aiohttp's own reading of the environment would also read `~/.netrc`, whose default entry would be sent along.
    """
    url = URL(base_url)
    host = url.host or ""
    if host in ("localhost", "::1") or host.startswith("127.") or urllib.request.proxy_bypass(host):
        return None
    named = urllib.request.getproxies().get(url.scheme)
    return named if not named or "://" in named else f"http://{named}"


def open_session(base_url: str, certificates: ssl.SSLContext) -> aiohttp.ClientSession:
    """A session for one endpoint. It keeps no cookies; whoever sends with it says `allow_redirects=False`."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_before_headers)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S, ssl=certificates),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[trace],
        response_class=SinkingResponse,
        read_bufsize=CHUNK,
        auto_decompress=False,
        headers={"Accept-Encoding": ACCEPTED},
        proxy=proxy_for(base_url),
        trust_env=False,
    )
