"""One GET to the provider, step by step: name, connection, encryption, answer. So each fault has a name of its own.

The daemon's client would say the same in one word; here nothing is imported that a command does not want to wait for.
"""

from __future__ import annotations

import base64
import errno
import http.client
import socket
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from shotmill.gemini.exchange import KEPT_BYTES, Exchange
from shotmill.secrets import Secret

Stage = Literal["proxy", "dns", "connect", "tls", "answer", "ok"]
WITHIN_S = 8.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How far a question came: `stage` is where it failed, or ok; `why` the system's words, without secrets."""

    stage: Stage
    why: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)

    @property
    def exchange(self) -> Exchange:
        """As `shotmill.gemini.reactions` reads it."""
        sent = self.stage == "ok"
        return Exchange(sent, self.status or None, self.headers, self.body, complete=sent)


def ask(base_url: str, path: str, secret: Secret | None, within: float = WITHIN_S) -> Asked:
    """GET `path` of the endpoint; never raises what a network can do."""
    url = urlsplit(base_url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    proxy = _proxy(url.scheme, host)
    at, at_port = (proxy.host, proxy.port) if proxy is not None else (host, port)
    reached = _name(at, at_port, is_proxy=proxy is not None)
    if reached is not None:
        return reached
    connection: http.client.HTTPConnection
    if url.scheme == "https":
        connection = http.client.HTTPSConnection(at, at_port, timeout=within, context=certificates())
        if proxy is not None:
            connection.set_tunnel(host, port, proxy.headers)
    else:
        connection = http.client.HTTPConnection(at, at_port, timeout=within)
    try:
        return _get(connection, url.path.rstrip("/") + path, secret, proxied=proxy is not None)
    finally:
        connection.close()


def certificates() -> ssl.SSLContext:
    """The machine's, and those that the provider's SDK brings: the daemon trusts the same."""
    context = ssl.create_default_context()
    try:
        import certifi
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context


def _get(connection: http.client.HTTPConnection, path: str, secret: Secret | None, *, proxied: bool) -> Asked:
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        return Asked("tls", f"the certificate is not trusted: {error.verify_message}")
    except ssl.SSLError as error:
        return Asked("tls", error.reason or "the handshake failed")
    except TimeoutError:
        return Asked("proxy" if proxied else "connect", "no connection in time")
    except OSError as error:
        refused = {errno.ECONNREFUSED: "connection refused", errno.ENETUNREACH: "no way to it: no network"}
        why = refused.get(error.errno or 0) or error.strerror or str(error)
        return Asked("proxy" if proxied else "connect", why)
    headers = {"Accept": "application/json", "User-Agent": "shotmill-doctor"}
    if secret is not None:
        headers["x-goog-api-key"] = secret.reveal().strip()
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read(8 * KEPT_BYTES)
    except TimeoutError:
        return Asked("answer", "no answer in time")
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        return Asked("answer", type(error).__name__)  # its text may hold what was sent
    named = {name.lower(): value for name, value in answer.getheaders()}
    return Asked("ok", "", answer.status, named, body)


def _name(host: str, port: int, *, is_proxy: bool) -> Asked | None:
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "no address"
        return Asked("proxy" if is_proxy else "dns", f"{host} has no address: {why}")
    return None


@dataclass(frozen=True, slots=True)
class _Proxy:
    """Where a proxy is, and what it is told to let us through."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def _proxy(scheme: str, host: str) -> _Proxy | None:
    """The proxy that the environment names for a host; never one for this machine itself."""
    if host in ("localhost", "::1") or host.startswith("127.") or urllib.request.proxy_bypass(host):
        return None
    named = urllib.request.getproxies().get(scheme)
    if not named:
        return None
    try:
        found = urlsplit(named if "://" in named else f"http://{named}")
        port = found.port or (443 if found.scheme == "https" else 80)
    except ValueError:
        return None
    if not found.hostname:
        return None
    login = f"{unquote(found.username or '')}:{unquote(found.password or '')}"
    coded = base64.b64encode(login.encode()).decode()
    return _Proxy(found.hostname, port, {"Proxy-Authorization": f"Basic {coded}"} if login != ":" else {})
