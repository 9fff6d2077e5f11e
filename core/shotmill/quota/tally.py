"""Who had how many of what comes one after another, so that the next is for the one with the fewest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Who = TypeVar("Who", bound=Hashable)


class Tally(Generic[Who]):
    """One that comes, or comes back, starts level with the least served of those that wait, or where those were that
    waited last: nobody saves up turns, and nobody is owed the time in which it wanted nothing. Of n that always want,
    each gets every n-th.
    """

    __slots__ = ("_level", "had")

    def __init__(self) -> None:
        self.had: dict[Who, int] = {}
        self._level = 0  # where one begins that comes while nobody waits

    def comes(self, who: Who, waiting: Iterable[Who]) -> None:
        """It wants some from now on, while these others wait."""
        self.had[who] = max(self.had.get(who, 0), self._least(waiting, self._level))

    def took(self, who: Who, waiting: Iterable[Who]) -> None:
        """It had one more, while these others wait."""
        before = self.had.get(who, 0)
        self._level = max(self._level, min(before, self._least(waiting, before)))
        self.had[who] = before + 1

    def leads(self, who: Who) -> bool:
        """Whether nobody had fewer."""
        return self.had.get(who, 0) <= min(self.had.values(), default=0)

    def lead(self, one: Who, over: Who) -> int:
        """How many fewer `one` had than `over`."""
        return self.had.get(over, 0) - self.had.get(one, 0)

    def _least(self, waiting: Iterable[Who], otherwise: int) -> int:
        return min((self.had[other] for other in waiting), default=otherwise)
