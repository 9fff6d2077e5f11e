"""What one more image of a project is likely to cost: what is usual, and more and more what its own replies cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import attrgetter

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
_when = attrgetter("at")


def expected_usd(record: ProjectRecord, settings: ProjectSettings) -> float:
    """Dollars for a reply, with its drafts, words and thoughts. Replies of another model, and those that cost less than
    an image of the size that is asked for now, tell nothing of it."""
    usual = prices_of(settings.gemini.model, settings.gemini.image_size).expected_usd
    in_time = sorted(_alike(record, settings), key=_when)  # nearly as they come, where a heap would be turned over
    costs = [take.cost_usd for take in in_time[-LATELY:]]
    return (TRUST * usual + math.fsum(costs)) / (TRUST + len(costs))


def dearest_seen_usd(record: ProjectRecord, settings: ProjectSettings) -> float:
    """Dollars of the dearest such reply on record; 0 where there is none."""
    return max((take.cost_usd for take in _alike(record, settings)), default=0.0)


def _alike(record: ProjectRecord, settings: ProjectSettings) -> Iterator[Take]:
    model = settings.gemini.model
    least = prices_of(model, settings.gemini.image_size).image_usd * _ROUNDED
    return (
        take for beat in record.beats.values() for take in beat.takes if take.model == model and take.cost_usd >= least
    )
