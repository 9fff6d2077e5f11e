"""Refusals that name no limit: the rest doubles each time, and after several in a row it is long."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_BACKOFF = 60.0
IN_A_ROW = 6
THROTTLED_REST = 600.0


@dataclass(slots=True)
class Throttle:
    """Seen by paid users far under their quota: never a day's rest (facts: wire/INDEX.md, 429-bare)."""

    _in_a_row: int = 0
    _until: float = float("-inf")
    _until_before: float = float("-inf")

    def refused(self, seconds: float, sent_at: float, now: float) -> float:
        """Seconds to rest; `seconds` are the first ones, or the provider's own wish.

        Requests that were out together tell of one refusal.
        """
        if sent_at >= self._until:
            self._in_a_row += 1
            self._until_before = self._until
        longest = max(LONGEST_BACKOFF, seconds)
        rest = min(longest, seconds * 2.0 ** max(0, self._in_a_row - 1))
        if self._in_a_row > IN_A_ROW:
            rest = THROTTLED_REST
        self._until = now + rest
        return rest

    def drew(self, sent_at: float) -> None:
        """An image came of a request that left then: it broke the row before the last refusal, or behind it. What left
        before both tells nothing."""
        if sent_at >= self._until:
            self._in_a_row = 0
        elif sent_at >= self._until_before:
            self._in_a_row = min(self._in_a_row, 1)
