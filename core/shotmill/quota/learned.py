"""What refusals and acceptances taught of one quota project with one model, or of a billing account; it outlives the
daemon."""

from __future__ import annotations

from dataclasses import dataclass

ANY_MODEL = ""
"""In the place of a model: what is learned is of the billing account that is named, whatever is drawn with it."""
THE_CLOCK = ("", ANY_MODEL)
"""In the place of quota project and model: it is of this machine's clock."""
AHEAD = "ahead"
KEEP_LEARNED_S = 7 * 86_400.0
"""A limit that was named longer ago may have been raised since: one refusal teaches it anew."""


@dataclass(frozen=True, slots=True)
class Learned:
    """One figure; `at` is the moment that it was learned.

    Of a quota project `what` is the window of a limit that was named (`rpm`, `rpd`, `ipm`, `tpm`), the requests a
    minute that were `proven` (`at`: till when nothing more is tried), the seconds of the `guard`, or the `tokens` that
    a request asks with. Of a billing account it is what may be `spend` in ten minutes, in dollars, what an answer cost
    then (`spend_each`), and how many refusals in a row confirmed the limit (`spend_confirmed`). Of this machine's clock
    it is how many seconds it is `ahead` of the provider's.
    """

    what: str
    value: float
    at: float
