"""`rpm = "auto"`: finding a minute's limit by trying, without provoking more than a handful of refusals an hour."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.quota.window import MINUTE
from shotmill.settings.models import find_model

AUTO_RPM = 10
"""Where the search starts for a model without a figure: the smallest limit seen in public for image models."""
SPACING_S = 2.0
"""Between two requests beyond what is proven: a refusal comes back sooner than this, and stops the next. Where the
last one took longer, it is as long as that took."""
LEAST_SPACING_S = 0.5
"""The same where a minute holds more than 60 already, down to this for 240: else thousands would take hours."""
FIGURE_S = 5.0
"""In which the requests of a figure leave one after another while it is not proven: a refusal comes back within half a
second, so a lower limit is met by a tenth of them at most."""
QUIET_S = 3600.0
QUIET_WITHOUT_A_WORD_S = 1200.0
"""After a refusal that names no window: it may have had another reason, and is the sooner tried again."""


@dataclass(slots=True)
class LimitSearch:
    """`assumed` requests a minute are what plans are made with, `proven` are known to be accepted; `figure` is what the
    provider was seen to name for the model, 0 where nobody knows one.

    It starts with the figure, whose requests leave within five seconds, until a refusal. When that is proven, or there
    is none, and the proven slots are used up and more could be sent, one more goes out every two seconds: also in a
    first minute, of which nothing is known. One that is accepted proves the number that its minute held, and passes for
    accepted when the next is tried: till its image comes many of the earlier slots are free again, and were they not
    used, each image would prove but one more. One that is refused shows the limit, and nothing is tried for an hour. So
    a limit of 600 is found in ten minutes, one of 4000 in forty, at the cost of one refusal, or of those few that leave
    till an answer comes.
    """

    assumed: int
    proven: int = 0
    figure: int = 0
    quiet_until: float = float("-inf")
    _certain: int = 0  # proven, however the line's delays differ
    _ceiling: int = 0  # what the last refusal leaves, while it is quiet
    _not_before: float = float("-inf")
    _tried: int = 0  # requests of the minute with the last that was tried beyond
    _tried_before: int = 0
    _doubted_at: float = float("-inf")  # what was certain was refused then: only what left later makes it so again

    @property
    def limit(self) -> int:
        return max(self.assumed, self.proven)

    @property
    def in_hope(self) -> int | None:
        """So many requests a minute are not proven, and nothing beyond them is tried before they are; else None."""
        return self.figure if self.figure > self.proven else None

    def try_at(self, now: float) -> float:
        """When one request beyond the proven ones may leave, as far as those before it are concerned."""
        return max(now, self._not_before, self.quiet_until)

    def taken_for_proven(self, now: float) -> int:
        """Requests a minute that are proven, or that were tried and not refused since."""
        return max(self.proven, self._tried if self._not_before <= now else self._tried_before)

    def free(self, used: int, now: float) -> int:
        """How many requests could leave now, of a minute that holds `used`."""
        may_try = self.try_at(now) <= now and (self.in_hope is None or used < self.in_hope)
        return max(self.taken_for_proven(now) - used, 1 if may_try else 0)

    def leased(self, used: int, now: float, heard_in: float = 0.0) -> None:
        """A slot was leased while `used` were taken already; a refusal is heard in so many seconds."""
        known = self.taken_for_proven(now)
        if used >= known:
            seldom = max(LEAST_SPACING_S, heard_in, min(SPACING_S, 2 * MINUTE / (used + 1)))
            self._not_before = max(self._not_before, now + (FIGURE_S / self.figure if used < self.figure else seldom))
            self._tried_before, self._tried = known, used + 1

    def never_left(self) -> None:
        """A request that a slot was leased for was not sent: it may be one that was tried."""
        self._tried = self._tried_before = 0

    def accepted(self, held: int, certain: int, left_at: float, now: float) -> None:
        """A request was not refused that left at `left_at`; its minute held `held` with it, `certain` of them by any
        count.

        Our minute is longer by the guard, so that `held` may be more than the provider takes: what was refused is not
        proven by it.
        """
        self.proven = max(self.proven, held if now >= self.quiet_until else min(held, self._ceiling))
        if left_at >= self._doubted_at:
            self._certain = max(self._certain, certain)

    def refused(self, held: int, now: float, quiet_s: float = QUIET_S) -> None:
        """It was refused: so many less one is what the provider takes."""
        self._ceiling = max(1, held - 1)
        self._tried = self._tried_before = 0
        self.assumed = self.proven = min(self.limit, self._ceiling)
        self._certain = min(self._certain, self.proven)
        self.figure = 0
        self.quiet_until = max(self.quiet_until, now + quiet_s)

    def refused_without_a_word(self, held: int, left_at: float, now: float) -> None:
        """That may come of anything; the number is to blame where it was never certain, or is refused once more."""
        if held > max(1, self._certain):
            if left_at >= self._doubted_at:
                self.refused(held, now, QUIET_WITHOUT_A_WORD_S)
        else:
            self._certain, self._doubted_at = 0, now

    def named(self, limit: int, at: float) -> None:
        """The provider said then how many it takes. It may come to take more, so that is tried as after any refusal."""
        self.assumed = self.proven = self._ceiling = limit
        self._certain = min(self._certain, limit)
        self.figure = self._tried = self._tried_before = 0
        self.quiet_until = max(self.quiet_until, at + QUIET_S)

    def remember(self, proven: int, quiet_until: float) -> None:
        """What an earlier daemon came to; one that was refused found the limit itself."""
        self.proven = self._certain = self._ceiling = proven
        self.quiet_until = quiet_until
        if quiet_until > float("-inf"):
            self.assumed, self.figure = min(self.assumed, proven), 0


def search_for(model: str) -> LimitSearch:
    known = find_model(model)
    figure = (known.rpm if known is not None else None) or 0
    return LimitSearch(figure or AUTO_RPM, figure=figure)
