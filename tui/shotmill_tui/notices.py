"""A few words in the second line's place, for a few seconds and on the screen that they belong to."""

from __future__ import annotations

from collections.abc import Collection

from shotmill.untrusted import printable

LONGEST = 500
WITH_IT_S = 2.0
"""What changes so soon after a notice came of the same key: a start is answered, then the run is running."""


class Notices:
    """One at a time; `on` is whatever stands for a screen, compared by identity."""

    def __init__(self) -> None:
        self._text, self._said, self._until = "", 0.0, 0.0
        self._on: object | None = None
        self._state: object = None

    def say(self, text: str, now: float, seconds: float, on: object | None) -> None:
        """For so many seconds from `now`, in epoch seconds. Without a screen yet, the first one that shows it keeps
        it."""
        self._text, self._said, self._until, self._on = printable(text, LONGEST), now, now + seconds, on

    def meet(self, state: object, now: float, *, lost: bool = False) -> None:
        """The state that the second line would tell: a notice gives way to another one, and at once when the daemon is
        `lost`."""
        if state != self._state and (lost or now - self._said >= WITH_IT_S):
            self.clear()
        self._state = state

    def clear(self) -> None:
        self._text = ""

    def retract(self, texts: Collection[str]) -> None:
        """What is no longer true is not said any more."""
        if self._text in texts:
            self.clear()

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
