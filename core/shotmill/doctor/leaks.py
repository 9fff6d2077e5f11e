"""A search for secrets in what is about to leave this machine: not the redactor's work done twice, but a second look.

The redactor replaces keys as they are. Here a known key is also found in pieces, reversed, escaped, or in base64.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from shotmill.client.surroundings import SECRET_ENDINGS
from shotmill.doctor.check import Surroundings
from shotmill.errors import ShotmillError
from shotmill.settings.keys_file import read_keys_file
from shotmill.settings.placeholders import is_placeholder

PIECE = 12
"""So many characters of a key in a row are a leak."""

_SHAPES = re.compile(
    r"AIza[0-9A-Za-z_\-]{10,}|AQ\.[0-9A-Za-z_\-]{10,}|ya29\.[0-9A-Za-z_\-]{10,}|-----BEGIN [A-Z ]*PRIVATE"
)
_IGNORED = re.compile(r"[\s\\\"'+]")


class Leak(NamedTuple):
    """What was found, without repeating it, and in which line."""

    what: str
    line: int


def find_leak(text: str, around: Surroundings) -> Leak | None:
    """The first secret in a text: a key of this machine in any form, or anything shaped like one."""
    for secret in secrets(around):
        for form in _forms(secret):
            at = text.find(form)
            if at >= 0:
                return Leak("a key of this machine", text.count("\n", 0, at) + 1)
        squeezed = _IGNORED.sub("", text)
        if secret in squeezed:
            return Leak("a key of this machine, in pieces,", _line_of(text, squeezed.find(secret)))
    shaped = _SHAPES.search(text)
    return Leak("a text that looks like a key", text.count("\n", 0, shaped.start()) + 1) if shaped else None


def secrets(around: Surroundings) -> Iterator[str]:
    """Every key of the keys file, also one that a variable of any name holds, usable or not; and what the environment
    calls secret.
    """
    try:
        entries = read_keys_file(around.folders.keys_file).entries
    except ShotmillError:
        entries = ()
    for entry in entries:
        stored = entry.secret.reveal() if entry.secret is not None else around.environ.get(entry.env or "", "").strip()
        if len(stored) >= PIECE and not is_placeholder(stored):
            yield stored
    for name, value in around.environ.items():
        text = value.strip()
        is_path = text.startswith(("/", "~"))  # where a key lies is no key
        if name.upper().endswith(SECRET_ENDINGS) and len(text) >= PIECE and not is_path and not is_placeholder(text):
            yield text


def _forms(secret: str) -> Iterator[str]:
    yield from (secret[at : at + PIECE] for at in range(len(secret) - PIECE + 1))
    yield secret[::-1]
    yield quote(secret, safe="")
    for shift in range(3):  # base64 depends on where in a text the key begins
        coded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
        yield coded[4 if shift else 0 : len(coded) - 4]


def _line_of(text: str, squeezed_at: int) -> int:
    """The line in which the n-th character that was not ignored stands."""
    left = squeezed_at
    for at, letter in enumerate(text):
        if not _IGNORED.match(letter):
            if left == 0:
                return text.count("\n", 0, at) + 1
            left -= 1
    return 1
