"""A few words in the second line's place, for a few seconds and on the screen that they belong to."""

from __future__ import annotations

from shotmill.untrusted import printable

LONGEST = 500


class Notices:
    """One at a time; `on` is whatever stands for a screen, compared by identity."""

    def __init__(self) -> None:
        self._text, self._until = "", 0.0
        self._on: object | None = None

    def say(self, text: str, until: float, on: object | None) -> None:
        """`until` in epoch seconds. Without a screen yet, the first one that shows it keeps it."""
        self._text, self._until, self._on = printable(text, LONGEST), until, on

    def clear(self) -> None:
        self._text = ""

    def over(self, now: float) -> bool:
        """Whether one stands there whose time is up."""
        return bool(self._text) and now >= self._until

    def text(self, now: float, on: object) -> str:
        """What stands there; another screen than its own puts it away for good."""
        if self._on is None:
            self._on = on
        if self.over(now) or self._on is not on:
            self.clear()
        return self._text
