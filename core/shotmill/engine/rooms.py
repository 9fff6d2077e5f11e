"""What quota projects have to give and what styles want of them, in numbers: what an estimate goes by."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.engine.waves import Wave
from shotmill.quota.window import MINUTE


@dataclass(frozen=True, slots=True)
class QuotaRoom:
    """One quota project as far as the estimate goes."""

    name: str
    rpm: int
    free_now: int
    left_today: int
    resets_at: float
    rpd: int = 0  # what each later day brings; 0: as much as is left of this one
    at_once: int = 0  # requests that may be out together; 0: any number
    paid: float = 0.0  # a minute, of what the spend window of its billing account takes; 0: any number
    minute_s: float = MINUTE  # how long a slot is taken: a minute and the guard
    by_tokens: bool = False  # the minute's tokens let through fewer than its requests
    comes_back: Wave = ()  # those of its slots that are taken


@dataclass(frozen=True, slots=True)
class StyleWork:
    """What is left to draw in one style: `beats` in all, of which `chain` hang one after the other and `in_flight` are
    out already: these have their slots, and still take their time. `run`: which run beside this one it is of, 0 for
    this one.
    """

    name: str
    beats: int
    chain: int
    quotas: tuple[str, ...]
    in_flight: int = 0
    run: int = 0

    @property
    def is_ours(self) -> bool:
        return not self.run
