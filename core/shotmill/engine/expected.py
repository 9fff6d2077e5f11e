"""What one more image of a project is likely to cost: what is usual, and more and more what its own replies cost."""

from __future__ import annotations

import heapq
import math

from shotmill.settings.prices import prices_of
from shotmill.settings.project import ProjectSettings
from shotmill.takes.entries import Take
from shotmill.takes.record import ProjectRecord

LATELY = 200
"""The last of a project's own replies; what was changed since an earlier one does not count for ever."""
TRUST = 20
"""What is usual weighs as much as so many replies: a third of them has drafts, so that a few tell little."""
_ROUNDED = 0.99
"""Prices of an image are rounded on the price page."""


def expected_usd(record: ProjectRecord, settings: ProjectSettings) -> float:
    """Dollars for a reply, with its drafts, words and thoughts. Replies of another model, and those that cost less than
    an image of the size that is asked for now, tell nothing of it."""
    model = settings.gemini.model
    prices = prices_of(model, settings.gemini.image_size)
    least = prices.image_usd * _ROUNDED
    alike = (
        take for beat in record.beats.values() for take in beat.takes if take.model == model and take.cost_usd >= least
    )
    costs = [take.cost_usd for take in heapq.nlargest(LATELY, alike, key=_when)]
    return (TRUST * prices.expected_usd + math.fsum(costs)) / (TRUST + len(costs))


def _when(take: Take) -> float:
    return take.at
