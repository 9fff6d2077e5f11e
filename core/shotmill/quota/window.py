"""A strict sliding window: no more than `limit` requests in any 60 seconds, as the provider counts them."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque

MINUTE = 60.0
LONGEST_GUARD = 4.0
"""A line whose delays differ by more than this is not described by a guard any more."""
REMEMBERED = MINUTE + LONGEST_GUARD
"""So long a request is known after its minute: a refusal is heard in this, and asks what was taken as it left."""


class MinuteWindow:
    """Requests of the last minute, and slots that are leased but not yet sent.

    The provider counts a request when it arrives, a little after it left. Two requests 60 s apart here may arrive
    closer together than that, so a slot is free again `guard` seconds later than our own clock says. Requests are
    remembered for `REMEMBERED` beyond their minute, to tell a limit, a guard that was too short and a quota that others
    use too from one another. A clock that steps back makes what was sent "in the future" count from now: no slot opens
    by it.

    What earlier daemons told of, and what a set clock moved, is counted with care: `surely` leaves it out.
    """

    __slots__ = ("_open", "_past", "_seen", "_sent", "_surely")

    def __init__(self) -> None:
        self._sent: deque[float] = deque()  # those that count, oldest first
        self._past: deque[float] = deque()  # those that stopped counting a moment ago
        self._surely: deque[float] = deque()  # those that left from here, by a clock that was not set since
        self._open = 0
        self._seen = float("-inf")

    @property
    def open(self) -> int:
        """Slots that are leased and whose request has not left."""
        return self._open

    def used(self, now: float, guard: float) -> int:
        """Slots that can't be leased at `now`."""
        self._forget(now, guard)
        return self._open + len(self._sent)

    def moments(self, now: float, guard: float) -> list[float]:
        """When those that count left, oldest first; what is leased leaves now."""
        self._forget(now, guard)
        return [*self._sent, *[now] * self._open]

    def free_at(self, now: float, limit: int, guard: float) -> float | None:
        """When a slot is free: `now`, a later moment, or None while every slot waits for its request to leave."""
        self._forget(now, guard)
        surplus = self._open + len(self._sent) - limit
        if surplus < 0:
            return now
        if surplus >= len(self._sent):
            return None
        return self._sent[surplus] + MINUTE + guard

    def oldest_until(self, guard: float) -> float | None:
        """When the next request stops counting; None while none does."""
        return self._sent[0] + MINUTE + guard if self._sent else None

    def back_by(self, at: float, now: float, guard: float) -> int:
        """How many of those that count at `now` count no more by then."""
        self._forget(now, guard)
        return bisect_right(self._sent, at - MINUTE - guard)

    def lease(self) -> None:
        self._open += 1

    def sent(self, now: float) -> int:
        """The leased request has left; returns how many requests its minute holds with it."""
        self._open -= 1
        self.record(now)
        self._surely.append(now)
        return len(self._sent)

    def surely(self, now: float, guard: float) -> tuple[int, int]:
        """How many of those that count left from here, by a clock that was not set since; and how many of them so
        lately that they arrived within one minute of the provider's, however long each travelled."""
        while self._surely and self._surely[0] + MINUTE + guard <= now:
            self._surely.popleft()
        return len(self._surely), len(self._surely) - bisect_right(self._surely, now - MINUTE + guard)

    def give_back(self) -> None:
        """The leased request never left."""
        self._open -= 1

    def record(self, at: float) -> None:
        """A request that was sent at `at`: one that left just now, or one of an earlier daemon."""
        if self._sent and at < self._sent[-1]:
            insort(self._sent, at)
        else:
            self._sent.append(at)

    def withdraw(self, at: float) -> None:
        """A request recorded at `at` turned out never to have left."""
        for counted in (self._sent, self._surely):
            if at in counted:
                counted.remove(at)

    def within(self, seconds: float, at: float) -> int:
        """How many left in the last `seconds` up to `at`, since a minute and `REMEMBERED` before now."""
        known = [*self._past, *self._sent]
        return bisect_right(known, at) - bisect_right(known, at - seconds)

    def _forget(self, now: float, guard: float) -> None:
        if now < self._seen:
            self._sent = deque(min(at, now) for at in self._sent)
            self._past.clear()
            self._surely.clear()
        self._seen = now
        while self._sent and self._sent[0] + MINUTE + guard <= now:
            self._past.append(self._sent.popleft())
        while self._past and self._past[-1] + MINUTE + guard > now:  # the guard grew since
            self._sent.appendleft(self._past.pop())
        while self._past and self._past[0] + MINUTE + REMEMBERED <= now:
            self._past.popleft()
