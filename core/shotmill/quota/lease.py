"""The right to send one request now, or what has to be waited for instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shotmill.quota.resting import Resting
from shotmill.quota.turns import Claim
from shotmill.settings.keys import Key


class Binding(StrEnum):
    """What holds a request back."""

    MINUTE = "minute_quota"
    DAY = "day_quota"
    IN_FLIGHT = "in_flight"
    OVERLOAD = "overload"
    COOLING = "cooling"  # the provider asked for a pause
    SPEND = "spend"  # the billing account's spend window or month
    NETWORK = "network"
    PERSON = "person"  # only the user can mend it


PASSING = (Binding.MINUTE, Binding.IN_FLIGHT)
"""What holds a request back while its quota project goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class Lease:
    """One request may leave now, with this key. It is either sent or given back. Each is itself only."""

    key: Key
    model: str
    at: float
    claim: Claim


@dataclass(frozen=True, slots=True)
class Wait:
    """No request may leave now. `until` is epoch seconds, None where no clock can tell (in flight, a person).

    `code` and `cure` are those of the `Resting` behind it; both are empty where the binding says it all.
    `on_answer`: an answer of others may end it earlier than `until`. `gives_way`: others come first.
    """

    binding: Binding
    until: float | None
    reason: str = ""
    code: str = ""
    cure: str = ""
    on_answer: bool = False
    gives_way: bool = False

    @property
    def for_an_answer(self) -> bool:
        return self.on_answer or self.gives_way or (self.until is None and self.binding is not Binding.PERSON)

    def because(self, resting: Resting) -> Wait:
        """With the trouble behind it, where it ends with that rest."""
        if resting.until != self.until or self.binding in (Binding.MINUTE, Binding.IN_FLIGHT):
            return self
        return replace(self, code=resting.code, cure=resting.cure)


def last_of(waits: Sequence[Wait]) -> Wait | None:
    """Of what holds one and the same request back, that which ends last: a person, else the latest clock."""
    person = next((wait for wait in waits if wait.binding is Binding.PERSON), None)
    if person is not None or not waits:
        return person
    timed = [wait for wait in waits if wait.until is not None]
    return max(timed, key=lambda wait: wait.until or 0.0) if timed else waits[0]


def first_of(waits: Sequence[Wait]) -> Wait:
    """Of what holds back the keys of a pool, that which ends first: an answer, else the earliest clock.

    A wait for an answer has no time of its own, and gets that of the earliest clock, which may come before it.
    """
    earliest = min((wait for wait in waits if wait.until is not None), key=lambda wait: wait.until or 0.0, default=None)
    gives_way = any(wait.gives_way for wait in waits)
    answer = next((wait for wait in waits if wait.until is None and wait.binding is not Binding.PERSON), None)
    if answer is not None:
        until = earliest.until if earliest else None
        return replace(answer, until=until, on_answer=True, gives_way=gives_way)
    if earliest is not None:
        return replace(earliest, on_answer=any(wait.on_answer for wait in waits), gives_way=gives_way)
    return waits[0] if waits else Wait(Binding.PERSON, None, "no usable key", "no_key")
