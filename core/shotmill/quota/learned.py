"""What refusals and acceptances taught of one quota project with one model; it outlives the daemon."""

from __future__ import annotations

from dataclasses import dataclass

KEEP_LEARNED_S = 7 * 86_400.0
"""A limit that was named longer ago may have been raised since: one refusal teaches it anew."""


@dataclass(frozen=True, slots=True)
class Learned:
    """One figure. `what` is the window of a limit that was named (`rpm`, `rpd`, `ipm`, `tpm`), the requests a minute
    that were `proven`, the seconds of the `guard`, or the `tokens` that a request asks with; `at` the moment that it
    was learned, of `proven` the moment till which nothing more is tried.
    """

    what: str
    value: float
    at: float
