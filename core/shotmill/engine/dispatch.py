"""One request that leaves, and what its answer changes: what the scheduler gives out and what it says of the end."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.engine.beat import Beat, BeatState
from shotmill.gemini.outcome import Nudge
from shotmill.quota.lease import Lease


@dataclass(frozen=True, slots=True, eq=False)
class Dispatch:
    """One request that is to be sent now. `after` is the drawn beat whose image goes with it, if any."""

    beat: Beat
    lease: Lease
    take: int
    after: Beat | None
    nudge: Nudge = Nudge.NONE
    reserved_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an answer changed: the beat's new state, when it may go again, and a note about quotas or styles.

    `again_at` is when the beat's own pause is over, or that of the key, quota or model that refused it: another key may
    take it before that.
    """

    state: BeatState
    again_at: float | None = None
    redrawn_in_doubt: bool = False
    counted: bool = False
    note: str = ""
