"""After a refusal for the minute: the next requests leave one after another."""

from __future__ import annotations

from dataclasses import dataclass

SPACING_S = 0.5
"""A refusal is heard within this, as a rule, and stops the next request."""
LONGEST_SPACING_S = 10.0
"""One that took longer to come is no rule."""
SLOWER = 1.25
"""The next one may take so many times as long as the last: what left just as it comes would be refused too."""


@dataclass(slots=True)
class Care:
    """The provider may take fewer than is thought: a limit that was lowered, others that use the quota. Were all free
    slots used at once when the rest is over, that would be heard too late. It ends with an image of a request that left
    after the refusal; what was not sent till then may leave at once.

    `spacing`: seconds between two requests, a little more than the last refusal took to come.
    """

    not_before: float = float("-inf")
    spacing: float = SPACING_S
    _since: float = float("inf")

    def refused(self, left_at: float | None, now: float) -> None:
        """The minute had no room for a request that left then; None where that is not known."""
        self._since = now
        if left_at is not None:
            self.spacing = min(LONGEST_SPACING_S, max(SPACING_S, SLOWER * (now - left_at)))

    def leased(self, at: float) -> None:
        if at >= self._since:
            self.not_before = at + self.spacing

    def drew(self, left_at: float) -> None:
        if left_at >= self._since:
            self._since, self.not_before = float("inf"), float("-inf")
