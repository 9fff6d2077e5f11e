"""What one more image of a project is likely to cost: as its own did, else what is usual."""

from __future__ import annotations

import statistics

from shotmill.settings.models import expected_of
from shotmill.settings.project import ProjectSettings
from shotmill.takes.record import ProjectRecord

ENOUGH = 10
"""Replies of a project's own that tell more than what is usual."""


def expected_usd(record: ProjectRecord, settings: ProjectSettings) -> float:
    """Dollars for a reply, drafts included."""
    costs = [take.cost_usd for beat in record.beats.values() for take in beat.takes if take.cost_usd > 0]
    if len(costs) >= ENOUGH:
        return statistics.fmean(costs)
    return expected_of(settings.gemini.model, settings.gemini.image_size)
