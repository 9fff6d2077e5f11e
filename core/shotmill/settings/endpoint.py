"""Where requests, and the key with each of them, may go. Pure: an address is judged by its text alone.

A project's settings may come from anyone, so an endpoint beside Google's and this machine's own has to be allowed in
the user's `keys.toml`. Addresses are taken apart here, in one strict form: whatever two parsers could read in two
ways is refused, so that what is judged is what the connection will use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal

from shotmill.errors import UsageError

GOOGLE_HOST = "generativelanguage.googleapis.com"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]*)*)",
    re.IGNORECASE | re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_USUAL_PORT = {"http": 80, "https": 443}


class AddressError(ValueError):
    """An address that is not of the one strict form. Says why without repeating it: it may hold a password."""


class EndpointRefused(UsageError):  # noqa: N818 - reads as what happened
    """An endpoint that may not be sent a key."""

    code = "endpoint_refused"


@dataclass(frozen=True, slots=True)
class Address:
    """An address in normal form: scheme and host in lower case (IPv6 shortened, in brackets), the port always said."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def origin(self) -> str:
        """`https://host`, with the port where it is not the scheme's usual one."""
        return f"{self.scheme}://{self.host}" + ("" if self.port == _USUAL_PORT[self.scheme] else f":{self.port}")

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS

    @property
    def in_clear(self) -> bool:
        """Whether a key would cross a network unencrypted."""
        return self.scheme == "http" and not self.is_loopback


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a project's requests go. `url` is empty for Google's and for the emulator, whose port the daemon knows."""

    kind: Literal["google", "emulator", "loopback", "allowed"]
    url: str = ""
    host: str = GOOGLE_HOST


def resolve_endpoint(base_url: str, allowed: Sequence[str] = ()) -> Endpoint:
    """The endpoint of a project's `base_url`. `allowed`: the `base_urls` of the user's `keys.toml`.

    Raises EndpointRefused for everything but Google's, the emulator, this machine's loopback and what is allowed; the
    comparison is by scheme, host and port.
    """
    if base_url == "":
        return Endpoint("google")
    if base_url == "emulator":
        return Endpoint("emulator", host="emulator")
    try:
        address = parse_address(base_url)
    except AddressError as bad:
        raise EndpointRefused(
            f"gemini.base_url can't be used: {bad}", cure="Correct base_url in shotmill.toml"
        ) from None
    url = address.origin + address.path
    if address.origin == f"https://{GOOGLE_HOST}":
        return Endpoint("google", "" if not address.path else url)
    if address.is_loopback:
        return Endpoint("loopback", url, address.host)
    if address.in_clear:
        raise EndpointRefused(
            f"{address.origin} is not encrypted: a key sent there could be read on the way",
            cure="Use its https address, or a tunnel to a port of this machine (http://127.0.0.1:PORT)",
        )
    if address.origin in _origins(allowed):
        return Endpoint("allowed", url, address.host)
    raise EndpointRefused(
        f"This project asks to send your keys to {address.host}, which you have not allowed",
        cure=f'If you trust {address.host}, add it to keys.toml: base_urls = ["{address.origin}"]   '
        "(shotmill help endpoint)",
    )


def parse_address(text: str) -> Address:
    """`text` in normal form. Raises AddressError with what is wrong."""
    _refuse_by_name(text)
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise AddressError("it must look like https://host or https://host:port/path")
    scheme = match["scheme"].lower()
    port = int(match["port"]) if match["port"] else _USUAL_PORT[scheme]
    if port > 65535:
        raise AddressError("its port must be at most 65535")
    path = match["path"].rstrip("/")
    if "//" in path or any(part in (".", "..") for part in path.split("/")):
        raise AddressError("its path must be plain, without . and .. and empty parts")
    return Address(scheme, _host(match["host"].lower()), port, path)


def _refuse_by_name(text: str) -> None:
    """The usual ways to make an address look like another, each with its own words."""
    if not text.isascii():
        raise AddressError("it has letters beyond ASCII, which may look like others; write the host in its xn-- form")
    if "@" in text:
        raise AddressError("it must not hold a user name or password")
    if "?" in text or "#" in text:
        raise AddressError("it must end with the path, without ? and #")
    if "\\" in text or "%" in text or any(character <= " " or character == "\x7f" for character in text):
        raise AddressError("it must hold no spaces, backslashes or % escapes")
    if re.match(r"https?://", text, re.IGNORECASE) is None:
        raise AddressError("it must begin with https:// (or http:// for this machine)")


def _host(host: str) -> str:
    if host.startswith("["):
        try:
            return f"[{IPv6Address(host[1:-1]).compressed}]"
        except AddressValueError:
            raise AddressError("its host is no IPv6 address") from None
    if host.endswith("."):
        raise AddressError("its host must not end with a dot")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError("its host is not a valid name")
    if _NUMERIC.fullmatch(labels[-1]) and not _is_plain_ipv4(host):
        raise AddressError("its host is a number; write an IPv4 address as four numbers with dots")
    return host


def _is_plain_ipv4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False


def _origins(allowed: Sequence[str]) -> frozenset[str]:
    origins = set()
    for text in allowed:
        try:
            address = parse_address(text)
        except AddressError:
            continue  # keys.toml's own loader refuses it; nothing is allowed by a text that can't be read
        if not address.in_clear:
            origins.add(address.origin)
    return frozenset(origins)
