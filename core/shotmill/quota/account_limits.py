"""What the settings say of one quota project."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from shotmill.quota.window import MINUTE

MINUTES_OUT = 4
"""How many minutes a request has by default: `timeout_s` of the contract."""


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Requests a minute, a day, and at once of one quota project, as the settings have them.

    A figure that a person wrote (`rpm_written`, `rpd_written`) is a ceiling; a default gives way to what the provider
    names. `minutes_out`: how many minutes a request may take, and so how many minutes' worth may be out at once.
    """

    rpm: int | Literal["auto"]
    rpd: int
    in_flight: int | Literal["auto"] = "auto"
    rpm_written: bool = False
    rpd_written: bool = False
    minutes_out: int = MINUTES_OUT


def minutes_out(timeout_s: float) -> int:
    """For how many minutes a request may be out that has so many seconds."""
    return math.ceil(timeout_s / MINUTE)
