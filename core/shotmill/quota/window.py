"""A strict sliding window: no more than `limit` requests in any 60 seconds, as the provider counts them."""

from __future__ import annotations

from collections import deque

MINUTE = 60.0


class MinuteWindow:
    """Requests of the last minute, and slots that are leased but not yet sent.

    The provider counts a request when it arrives, a little after it left. Two requests 60 s apart here may arrive
    closer together than that, so a slot is free again `guard` seconds later than our own clock says. Times are
    given by the caller and never step backwards.
    """

    __slots__ = ("_open", "_sent")

    def __init__(self) -> None:
        self._sent: deque[float] = deque()
        self._open = 0

    def used(self, now: float, guard: float) -> int:
        """Slots that can't be leased at `now`."""
        self._forget(now, guard)
        return self._open + len(self._sent)

    def free_at(self, now: float, limit: int, guard: float) -> float | None:
        """When a slot is free: `now`, a later moment, or None while every slot waits for its request to leave."""
        self._forget(now, guard)
        surplus = self._open + len(self._sent) - limit
        if surplus < 0:
            return now
        if surplus >= len(self._sent):
            return None
        return self._sent[surplus] + MINUTE + guard

    def lease(self) -> None:
        self._open += 1

    def sent(self, now: float) -> None:
        """The leased request has left."""
        self._open -= 1
        self.record(now)

    def give_back(self) -> None:
        """The leased request never left."""
        self._open -= 1

    def record(self, at: float) -> None:
        """A request that was sent at `at`: one that left just now, or one of an earlier daemon."""
        if self._sent and at < self._sent[-1]:
            self._sent = deque(sorted([*self._sent, at]))
        else:
            self._sent.append(at)

    def withdraw(self, at: float) -> None:
        """A request recorded at `at` turned out never to have left."""
        if at in self._sent:
            self._sent.remove(at)

    def _forget(self, now: float, guard: float) -> None:
        while self._sent and self._sent[0] + MINUTE + guard <= now:
            self._sent.popleft()
