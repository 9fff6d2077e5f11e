"""A daemon of another version: it is looked at, never told to do something."""

from __future__ import annotations

import shotmill
from shotmill.errors import UsageError


def other_version(daemon: str) -> UsageError:
    """What a command gets to hear that would change something in a daemon of another version."""
    return UsageError(
        f"The daemon that runs is {_word(daemon)}, this is {shotmill.__version__}: look only.",
        cure="shotmill daemon restart   (no image is lost)",
        code="other_version",
    )


def _word(version: str) -> str:
    """A version as a word; what another program claims to be is not trusted."""
    return "".join(character for character in version[:32] if character.isalnum() or character in ".+-") or "unknown"
