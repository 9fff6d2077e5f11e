"""What a daemon gets of the environment it is started from: a list of what it needs, never a key."""

from __future__ import annotations

from collections.abc import Mapping

from shotmill import interpreter

_PLAIN = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "VIRTUAL_ENV",
    *interpreter.VARIABLES,
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_NAMES = frozenset((*_PLAIN, *_PROXIES, *(name.upper() for name in _PROXIES)))
_PREFIXES = ("LC_", "XDG_", "SHOTMILL_")
OPENS = "SHOTMILL_OPENS"
"""The project that will be opened next: not among the arguments, which everybody on the machine may read."""
SECRET_ENDINGS = ("_KEY", "_TOKEN", "_SECRET")


def for_daemon(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of `environ` that a daemon is given.

    A variable that was given to a process can be read in `/proc` for as long as it lives, so keys travel over the
    socket instead, and everything that is not known to be needed stays behind.
    """
    return {
        name: value
        for name, value in environ.items()
        if (name in _NAMES or name.startswith(_PREFIXES)) and not name.upper().endswith(SECRET_ENDINGS)
    }
