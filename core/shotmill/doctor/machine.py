"""Python, the parts that Shotmill is made of, the clock, and the way to the network as far as it can be seen here."""

from __future__ import annotations

import platform
import sqlite3
import sys
import time
from importlib import metadata
from urllib.parse import urlsplit

import shotmill
from shotmill.doctor.check import Check, Surroundings, Test, broken, fine

OLDEST_PYTHON = (3, 11)

BUILT_AFTER = 1_790_000_000
"""Seconds since the epoch: this program is younger than that, so an earlier clock is wrong."""

PARTS = ("textual", "google-genai", "aiohttp", "pillow", "tree-sitter", "tomlkit")
PROXIES = ("https_proxy", "HTTPS_PROXY")
"""Providers are asked by https only, and the first of these is what requests go by; all_proxy means nothing here."""


def check_python(around: Surroundings) -> list[Check]:
    said = f"shotmill {shotmill.__version__}, Python {platform.python_version()}, {platform.system()}"
    if sys.version_info < OLDEST_PYTHON:
        return broken("python", "Python", said, "Install Python 3.11 or newer, and Shotmill with it")
    return fine("python", "Python", said, more=sys.executable)


def check_parts(around: Surroundings) -> list[Check]:
    found = versions()
    missing = [name for name, version in found.items() if not version]
    if missing:
        said = f"{', '.join(missing)} not installed"
        return broken("parts", "Parts", said, f"{sys.executable} -m pip install --force-reinstall shotmill")
    return fine("parts", "Parts", ", ".join(f"{name} {version}" for name, version in found.items()))


def versions() -> dict[str, str]:
    """The version of every library that matters, empty for one that is missing."""
    found = {name: _version(name) for name in PARTS}
    return {**found, "sqlite": sqlite3.sqlite_version}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def check_clock(around: Surroundings) -> list[Check]:
    return judged_clock(time.time())


def judged_clock(now: float) -> list[Check]:
    """A clock that is years off breaks encryption and puts day quotas on the wrong day."""
    said = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(now))
    if now < BUILT_AFTER:
        return broken("clock", "Clock", f"it says {said}, which is in the past", "sudo timedatectl set-ntp true")
    return fine("clock", "Clock", said)


def check_proxy(around: Surroundings) -> list[Check]:
    set_ones = {name: around.environ[name] for name in PROXIES if around.environ.get(name)}
    if not set_ones:
        return fine("proxy", "Proxy", "none is set in this terminal")
    wrong = [name for name, value in set_ones.items() if not _is_address(value)]
    if wrong:
        fact = f"{', '.join(wrong)} is not an address"
        cure = f"export {wrong[0]}=http://host:port, or: unset {wrong[0]}; then: shotmill daemon restart"
        return broken("proxy", "Proxy", fact, cure)
    hosts = ", ".join(sorted({_host(value) for value in set_ones.values()}))
    return fine("proxy", "Proxy", f"this terminal names {hosts}", more=", ".join(set_ones))


def _is_address(value: str) -> bool:
    try:
        found = urlsplit(value if "://" in value else f"http://{value}")
        return bool(found.hostname) and (found.port is None or found.port > 0)
    except ValueError:
        return False


def _host(value: str) -> str:
    """The host without the password that may stand before it."""
    return urlsplit(value if "://" in value else f"http://{value}").hostname or ""


TESTS = (
    Test("python", "Python", check_python, "report", "the versions of Shotmill and Python"),
    Test("parts", "Parts", check_parts, "report", "the versions of the libraries it is made of"),
    Test("clock", "Clock", check_clock, "stuck", "whether the clock can be right"),
    Test("proxy", "Proxy", check_proxy, "stuck", "whether a proxy is set, and is an address"),
)
