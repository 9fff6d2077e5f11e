"""API keys as values that do not show themselves, and one redactor for every text that is stored or shown."""

from __future__ import annotations

import hashlib
import re

# `AIza…` standard keys and `AQ.…` auth keys of the Gemini API, as they occur inside provider's error texts.
_KEY_SHAPED = re.compile(r"AIza[0-9A-Za-z_\-]{10,}|AQ\.[0-9A-Za-z_\-]{10,}")


class Secret:
    """An API key. `repr`, `str` and formatting show the last four characters only; `reveal()` is for the wire."""

    __slots__ = ("_fingerprint", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._fingerprint = ""

    def reveal(self) -> str:
        return self._value

    @property
    def masked(self) -> str:
        """`…x7Qp`; a key too short to hide behind four characters is masked whole."""
        return f"…{self._value[-4:]}" if len(self._value) >= 12 else "…"

    @property
    def fingerprint(self) -> str:
        """The same secret is one key, whatever its names: 16 hex digits of its SHA-256, safe to store."""
        if not self._fingerprint:
            self._fingerprint = hashlib.sha256(self._value.encode()).hexdigest()[:16]
        return self._fingerprint

    def __repr__(self) -> str:
        return f"Secret({self.masked})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")


class Redactor:
    """Takes every known key, and everything that is shaped like one, out of a text."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, secret: Secret) -> None:
        """From now on this key is replaced wherever it occurs, whatever its shape."""
        if secret.reveal():
            self._known.add(secret.reveal())

    def redact(self, text: str) -> str:
        for value in sorted(self._known, key=len, reverse=True):  # a copy: another thread may learn one
            if value in text:
                text = text.replace(value, f"[key {Secret(value).masked}]")
        return _KEY_SHAPED.sub(lambda match: f"[key {Secret(match.group()).masked}]", text)


REDACTOR = Redactor()
redact = REDACTOR.redact
