"""Tokens a minute, where a refusal named such a limit: what the requests of the last minute asked with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from shotmill.quota.window import LONGEST_GUARD, MINUTE

NEW_SHARE = 1 / 32
"""How much the newest reply weighs in what a request is expected to ask with, once there were many. An error of what is
expected of each is made with every request that is out."""
SURE = 2.0
"""So many times what requests differ is kept free: those that are out may be the larger ones."""
MOST_RISE = 2.0
"""A refusal raises what is expected of each to so many times what replies came to, at most: others may have used the
minute, and what one reply asked with then weighs little."""


@dataclass(slots=True)
class TokenWindow:
    """Each request counts with the prompt tokens that its reply names, till then with what is expected (`each`).

    Requests are told apart by any object; they are kept for a minute and a guard, as in `MinuteWindow`.
    """

    each: float = 0.0  # 0: nothing is known yet
    differs: float = 0.0  # by how much a request asks with more or fewer, on average
    _told: int = 0
    _before: float | None = None  # what was expected before refusals raised it, where no reply came since
    _sent: dict[object, tuple[float, int | None]] = field(default_factory=dict)  # oldest first

    @property
    def guessed(self) -> bool:
        """Whether all that is known of what a request asks with is that a refusal found it too much."""
        return self._before == 0

    def sent(self, request: object, at: float) -> None:
        """It left at `at`, perhaps a while ago: what left after it is no clock that stepped back."""
        newest = next(reversed(self._sent.values()))[0] if self._sent else at
        self._forget(max(at, newest), LONGEST_GUARD)
        self._sent[request] = (at, None)

    def withdraw(self, request: object) -> None:
        """It never left."""
        self._sent.pop(request, None)

    def told(self, request: object, tokens: int) -> None:
        """A reply said what the request asked with."""
        guessed, self._before = self.guessed, None
        if self.each and not guessed:
            self._told += 1
            share = max(NEW_SHARE, 1 / (self._told + 1))
            self.differs += share * (abs(tokens - self.each) - self.differs)
            self.each += share * (tokens - self.each)
        else:
            self.each = float(tokens)
        if request in self._sent:
            self._sent[request] = (self._sent[request][0], tokens)

    def refused(self, limit: int, now: float, guard: float) -> None:
        """The minute's tokens were more than the limit: what is expected of each can't have been enough."""
        self._forget(now, guard)
        unknown = sum(1 for _, tokens in self._sent.values() if tokens is None)
        if unknown:
            known = sum(tokens for _, tokens in self._sent.values() if tokens is not None)
            if self._before is None:
                self._before = self.each
            most = MOST_RISE * self._before or math.inf
            self.each = max(self.each, min(most, (limit + 1 - known) / unknown))

    def used(self, now: float, guard: float) -> int:
        self._forget(now, guard)
        return round(sum(self._tokens(tokens) for _, tokens in self._sent.values()))

    def free_at(self, now: float, limit: int, leased: int, guard: float) -> float | None:
        """When one more request fits beside those that are `leased`: now, later, or None while these have to leave.

        One that is larger than the whole minute goes alone: the provider has the last word on it.
        """
        if not self.each:
            return now
        unknown = leased + 1 + sum(1 for _, tokens in self._sent.values() if tokens is None)
        margin = SURE * self.differs * math.sqrt(unknown)
        beyond = self.used(now, guard) + (leased + 1) * self.each + margin - limit
        for at, tokens in self._sent.values():
            if beyond <= 0:
                break
            beyond -= self._tokens(tokens)
            now = max(now, at + MINUTE + guard)
        return None if beyond > 0 and leased else now

    def _tokens(self, tokens: int | None) -> float:
        return self.each if tokens is None else tokens

    def _forget(self, now: float, guard: float) -> None:
        while self._sent:
            request, (at, _) = next(iter(self._sent.items()))
            if at > now:  # the clock stepped back
                self._sent = {request: (min(at, now), tokens) for request, (at, tokens) in self._sent.items()}
            if at + MINUTE + guard > now:
                return
            del self._sent[request]
