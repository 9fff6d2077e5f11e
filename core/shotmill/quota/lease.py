"""The right to send one request now, or what has to be waited for instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Lease:
    """One request may leave now, with this key. It is either sent or given back."""

    key: Key
    model: str
    at: float


@dataclass(frozen=True, slots=True)
class Wait:
    """No request may leave now. `until` is epoch seconds, None where no clock can tell (in flight, a person)."""

    binding: Binding
    until: float | None
    reason: str = ""
