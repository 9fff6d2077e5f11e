"""The ten-minute spend window of a billing account: so many dollars in any ten minutes, over all its quota projects."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from shotmill.quota.crowd import Crowd
from shotmill.quota.learned import KEEP_LEARNED_S, Learned

SPAN_S = 600.0
GUARD_S = 2.0
"""What the line's delays may differ. Nobody has told whether the provider counts a request when it comes or when its
image is billed, so that it counts here until ten minutes after its answer."""
SURE = 0.8
"""A refusal when the window held so much of its limit confirms it; when it held less, others spend too."""
LONGEST_QUIET_S = 3600.0
ANSWERED_S = 40.0
"""An answer of an earlier daemon's came so much later, at the latest as a rule, than its request left."""
COUNTED_S = ANSWERED_S + SPAN_S + GUARD_S
"""How long a request of an earlier daemon's counts."""
HEARD_S = 0.5
"""A refusal is heard of within this, as a rule; an image only much later."""
AT_FIRST = 10
ABREAST = 0.05
"""While the limit is not known, so many requests leave within `HEARD_S`, or so large a part of those that the window
holds: more would be refused all together where it ends."""
CENT = 1e-9


@dataclass(slots=True)
class SpendWindow:
    """What was spent in the last ten minutes, and how much that may be. Every method takes the moment; sums in dollars.

    The limit is not published: until the first refusal, which shows that what the window held is the limit, requests
    only don't leave all at once. After a refusal's rest one request goes first. When ten minutes went by without one, a
    single image more is tried; drawn, it raises the limit: by that image where the provider may have counted less than
    we did, else by half, or, where a refusal confirmed the limit, by a tenth. Each that confirms it doubles the time
    till the next try, up to an hour.
    """

    limit: float | None = None
    each_usd: float = 0.0
    """What an answer cost on average when the limit was seen: what those of earlier daemons are taken for."""
    crowd: Crowd = field(default_factory=Crowd)
    _out: dict[object, float] = field(default_factory=dict)  # reserved for leases, in their order
    _landed: deque[tuple[float, float, float]] = field(default_factory=deque)  # answered at, dollars, sent at
    _unpriced: deque[float] = field(default_factory=deque)  # sent by earlier daemons
    _sum: float = 0.0
    _probing: bool = False
    _beyond: object | None = None  # the lease that is tried beyond the limit
    _confirmed: int = 0
    _raise_at: float = math.inf
    _refused_at: float = -math.inf
    _seen: float = -math.inf
    _learned_at: float = 0.0
    _fresh: deque[float] = field(default_factory=deque)  # leased a moment ago, while no limit is known

    def used(self, usd: float, now: float) -> float:
        """Dollars that count, with those promised to requests that are out; a request of earlier daemons is `usd`, or
        what theirs are known to have cost."""
        self._forget(now)
        return self._sum + len(self._unpriced) * max(usd, self.each_usd)

    def moments(self) -> list[float]:
        """When the requests that `used` counted and that are not out were answered, or are taken to have been."""
        return [*self._unpriced, *(at for at, _, _ in self._landed)]

    def room(self, usd: float, now: float) -> int | None:
        """How many more requests of `usd` each may leave; None where nothing limits them."""
        if usd <= 0:
            return None
        if self.limit is None:
            return None if self._heard_at(now) is None else 0
        if self._probing and self._out:
            return 0
        used = self.used(usd, now)
        if used + usd > self.limit + CENT:
            return int(used == 0 or (now >= self._raise_at and self._beyond is None))
        return 1 if self._probing else math.floor((self.limit - used + CENT) / usd)

    def free_at(self, usd: float, now: float) -> float | None:
        """When there is room, asked where there is none; None where that waits for an answer."""
        if self.limit is None:
            return self._heard_at(now)
        over = self.used(usd, now) + usd - CENT - self.limit
        if over <= 0:
            return None
        ends = None
        for at, spent in chain(
            ((at, max(usd, self.each_usd)) for at in self._unpriced), ((at, spent) for at, spent, _ in self._landed)
        ):
            over -= spent
            ends = at + SPAN_S + GUARD_S
            if over <= 0:
                break
        if over > 0 and self._out:
            ends = None  # what is out counts for ten minutes more, and its answer may tell that it cost nothing
        tries = [at for at in (ends, self._raise_at) if at is not None and at > now]
        return min(tries) if tries and min(tries) < math.inf else None

    def lease(self, lease: object, usd: float, now: float) -> None:
        """A request may leave; `usd` is what its image costs."""
        if self.limit is not None and self.used(usd, now) + usd > self.limit + CENT:
            self._beyond = lease
        if self.limit is None and usd > 0:
            self._fresh.append(now)
        self._out[lease] = usd
        self._sum += usd

    def withdraw(self, lease: object) -> None:
        """The request never left, or was answered and cost nothing."""
        self._sum -= self._out.pop(lease, 0.0)
        if self._beyond is lease:
            self._beyond = None

    def paid(self, lease: object, usd: float, sent_at: float, now: float) -> None:
        """An answer that cost `usd`, or (0) what was reserved for it."""
        reserved = self._out.pop(lease, 0.0)
        self._sum += (usd or reserved) - reserved
        self._landed.append((now, usd or reserved, sent_at))
        if self._beyond is lease:
            self._beyond = None

    def accepted(self, lease: object, sent_at: float, now: float) -> None:
        """An image came; told before it is paid for."""
        self._probing = False
        if self._beyond is lease and self.limit is not None:
            usd, since = self._out[lease], sent_at - SPAN_S
            arrived = math.fsum(spent for at, spent, sent in self._landed if since < sent <= sent_at)
            counted = arrived + math.fsum(self._out.values()) + CENT > self.limit
            self.limit += max(usd, self.limit * (0.1 if self._confirmed else 0.5)) if counted else usd
            self._raise_at = now + (SPAN_S if self._confirmed else SPAN_S / 5)
            self._learn(now)

    def refused(self, lease: object, sent_at: float, now: float) -> None:
        """What was spent, and is on its way without having been refused, is the limit; never less than one image.

        Requests that were out together tell of one refusal: each that is refused too leaves less that was not.
        """
        usd = self._out.get(lease, 0.0)
        self.withdraw(lease)
        held = max(self.used(usd, now), usd)
        if self.limit is not None and sent_at >= self._refused_at:
            self._confirmed = self._confirmed + 1 if held >= self.limit * SURE else 0
        self.limit = held if self.limit is None else min(self.limit, held)
        self._probing, self._refused_at = True, now
        self._raise_at = now + min(SPAN_S * 2.0 ** min(self._confirmed, 10), LONGEST_QUIET_S)
        self._learn(now)

    def replay(self, sent: Iterable[float], now: float) -> None:
        """Requests of earlier daemons: what each cost, and when its answer came, is not known any more."""
        fresh = [min(at + ANSWERED_S, now) for at in sent if at + COUNTED_S > now]
        self._unpriced = deque(sorted([*self._unpriced, *fresh]))

    def learned(self) -> tuple[Learned, ...]:
        """What the next daemon should know; the same until a limit is learned anew."""
        if self.limit is None:
            return ()
        figures = {"spend": self.limit, "spend_each": self.each_usd, "spend_confirmed": float(self._confirmed)}
        return tuple(Learned(what, value, self._learned_at) for what, value in figures.items())

    def remember(self, learned: Iterable[Learned], now: float) -> None:
        """Take over what an earlier daemon learned, unless that was too long ago. Nothing is tried beyond the limit for
        ten minutes: what that daemon spent is known only roughly."""
        known = {one.what: one for one in learned if now - one.at < KEEP_LEARNED_S}
        if "spend" not in known or known["spend"].value <= 0:
            return
        self.limit, self._learned_at = known["spend"].value, min(known["spend"].at, now)
        self.each_usd = known["spend_each"].value if "spend_each" in known else 0.0
        self._confirmed = int(known["spend_confirmed"].value) if "spend_confirmed" in known else 0
        self._raise_at = now + SPAN_S

    def try_nothing(self) -> None:
        """The limit that is known is taken for true."""
        self._raise_at = math.inf

    def _learn(self, now: float) -> None:
        self._fresh.clear()
        self._learned_at = now
        if self._landed:
            self.each_usd = math.fsum(usd for _, usd, _ in self._landed) / len(self._landed)

    def _heard_at(self, now: float) -> float | None:
        """When more may leave though no limit is known; None for now."""
        while self._fresh and not now - HEARD_S < self._fresh[0] <= now:
            self._fresh.popleft()
        if len(self._fresh) < AT_FIRST:
            return None
        self._forget(now)
        held = len(self._out) + len(self._landed) + len(self._unpriced)
        return None if len(self._fresh) < max(AT_FIRST, int(held * ABREAST)) else self._fresh[0] + HEARD_S

    def _forget(self, now: float) -> None:
        if now < self._seen:  # a clock that stepped back opens nothing, and holds nothing for longer than the window
            self._landed = deque((min(at, now), usd, min(sent, now)) for at, usd, sent in self._landed)
            self._unpriced = deque(min(at, now) for at in self._unpriced)
            self._raise_at = min(self._raise_at, now + LONGEST_QUIET_S)
            self._refused_at = min(self._refused_at, now)
        self._seen = now
        while self._landed and self._landed[0][0] + SPAN_S + GUARD_S <= now:
            self._sum -= self._landed.popleft()[1]
        while self._unpriced and self._unpriced[0] + SPAN_S + GUARD_S <= now:
            self._unpriced.popleft()
        if not self._landed and not self._out:
            self._sum = 0.0
