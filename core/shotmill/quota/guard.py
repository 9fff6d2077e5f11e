"""How much longer than its minute a slot rests, for the line's jitter: learned from refusals."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.quota.window import LONGEST_GUARD

FIRST_GUARD = 0.5
"""Seconds: more than the delays of a good line differ, and than a provider under load counts later; 0.8 % of a minute.
Measured against the emulator on two busy cores (bench/README.md): half of it was too short three times in 180."""
FORGET_S = 3600.0


@dataclass(slots=True)
class Guard:
    """A refusal that only jitter explains doubles it; after an hour without one it halves again, down to the first."""

    seconds: float = FIRST_GUARD
    _since: float = float("-inf")

    def at(self, now: float) -> float:
        while self.seconds > FIRST_GUARD and now - self._since >= FORGET_S:
            self.seconds = max(FIRST_GUARD, self.seconds / 2)
            self._since += FORGET_S
        return self.seconds

    def too_short(self, sent_at: float, now: float) -> None:
        """A request was refused for jitter. Several that were out together prove one guard wrong, not many."""
        if sent_at > self._since:
            self.seconds = min(LONGEST_GUARD, self.seconds * 2)
            self._since = now
