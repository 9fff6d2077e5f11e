"""After a refusal for the minute: the next requests leave one after another."""

from __future__ import annotations

from dataclasses import dataclass

SPACING_S = 0.5
"""A refusal is heard within this, as a rule, and stops the next request."""


@dataclass(slots=True)
class Care:
    """The provider may take fewer than is thought: a limit that was lowered, others that use the quota. Were all free
    slots used at once when the rest is over, that would be heard too late. It ends with an image of a request that left
    after the refusal; what was not sent till then may leave at once."""

    not_before: float = float("-inf")
    _since: float = float("inf")

    def refused(self, now: float) -> None:
        self._since = now

    def leased(self, at: float) -> None:
        if at >= self._since:
            self.not_before = at + SPACING_S

    def drew(self, left_at: float) -> None:
        if left_at >= self._since:
            self._since, self.not_before = float("inf"), float("-inf")
