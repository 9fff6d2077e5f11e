"""The stable word for an exchange that broke, from the exception that says so."""

from __future__ import annotations

import errno
import ssl

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from shotmill.gemini.running import BodyTooLargeError

# The first class that fits gives the word: special ones stand before the general ones that they inherit from.
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (BodyTooLargeError, "too_large"),
    (aiohttp.InvalidURL, "bad_url"),
    (aiohttp.NonHttpUrlClientError, "bad_url"),
    (aiohttp.ClientProxyConnectionError, "proxy"),
    (aiohttp.ClientHttpProxyError, "proxy"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ClientConnectorCertificateError, "tls"),
    (aiohttp.ServerFingerprintMismatch, "tls"),
    (ssl.SSLError, "tls"),
    (aiohttp.ServerDisconnectedError, "closed"),
    (aiohttp.ClientPayloadError, "cut"),
    (aiohttp.ClientResponseError, "protocol"),
    (HttpProcessingError, "protocol"),
)

_ERRNO_WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EMFILE: "local",
    errno.ENFILE: "local",
    errno.ENOBUFS: "local",
    errno.EADDRNOTAVAIL: "local",
}


def failure_word(error: BaseException, *, sent: bool) -> str:
    """One of the words of `Exchange.failure`, or an empty text if this is no fault of the network or the provider."""
    if isinstance(error, TimeoutError):
        return "timeout" if sent else "connect_timeout"
    for kind, word in _WORDS:
        if isinstance(error, kind):
            return word
    if isinstance(error, aiohttp.ClientError | OSError):
        return _by_errno(error, sent)
    return ""


def _by_errno(error: BaseException, sent: bool) -> str:
    word = _ERRNO_WORDS.get(getattr(error, "errno", None) or 0, "")
    if not word:
        return "reset" if sent else "unreachable"
    if word == "timeout" and not sent:
        return "connect_timeout"
    return word
