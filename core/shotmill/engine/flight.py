"""One attempt in the air, and what is left of some when nobody waits for them any longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shotmill.engine.attempt import Attempt
from shotmill.engine.dispatch import Dispatch
from shotmill.gemini.outcome import Outcome
from shotmill.takes.entries import End


@dataclass(slots=True)
class Flight:
    """An attempt. `on_its_way`: its request was handed to the network. `withdrawn`: it was told to stay before that.
    `abandoned`: it was told as in doubt, since nobody waits for it any more. `settled`: the scheduler knows its end."""

    attempt: Attempt
    dispatch: Dispatch
    on_its_way: bool = False
    withdrawn: bool = False
    abandoned: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was out when nobody waited any longer: `in_doubt` requests without an answer and what they may have cost,
    and answers `received` and sealed, which only wait for a disk."""

    in_doubt: int = 0
    in_doubt_usd: float = 0.0
    received: int = 0

    def to_json(self) -> dict[str, float]:
        return {"in_doubt": self.in_doubt, "in_doubt_usd": round(self.in_doubt_usd, 4), "received": self.received}


def left_out(flights: Sequence[Flight]) -> LeftOut:
    """What these are, whose answers nobody waits for."""
    doubtful = [flight.dispatch.reserved_usd for flight in flights if not flight.attempt.is_safe]
    return LeftOut(len(doubtful), sum(doubtful), len(flights) - len(doubtful))


def end_of(flight: Flight, outcome: Outcome, now: float) -> End:
    """The journal's line for a request that is told as over before its answer came."""
    beat, attempt = flight.dispatch.beat, flight.attempt
    told = (outcome.fate, outcome.code, outcome.message, False, None, now - attempt.sent_at)
    return End(now, attempt.id, beat.style, beat.id, *told)
