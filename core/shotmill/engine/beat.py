"""One beat in one style, the states that it can be in, and what it may continue from."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from shotmill.story.model import Prompt

if TYPE_CHECKING:
    from shotmill.engine.board import StyleBoard


class BeatState(StrEnum):
    """A beat's states, as the contract has them."""

    PENDING = "pending"
    WAITING = "waiting"  # for the beat before it
    IN_FLIGHT = "in_flight"
    DONE = "done"
    EXISTS = "exists"
    STALE = "stale"
    FAILED = "failed"
    BLOCKED = "blocked"
    IN_DOUBT = "in_doubt"


DRAWN = frozenset({BeatState.DONE, BeatState.EXISTS, BeatState.STALE})
TO_DO = frozenset({BeatState.PENDING, BeatState.WAITING})
OPEN = TO_DO | {BeatState.IN_FLIGHT}
NOT_TO_BE_HAD = frozenset({BeatState.FAILED, BeatState.BLOCKED})
NEEDS_YOU = frozenset({BeatState.BLOCKED, BeatState.FAILED, BeatState.IN_DOUBT})

MARKS = {
    BeatState.PENDING: ".",
    BeatState.WAITING: "-",
    BeatState.IN_FLIGHT: ">",
    BeatState.DONE: "v",
    BeatState.EXISTS: "=",
    BeatState.STALE: "~",
    BeatState.FAILED: "x",
    BeatState.BLOCKED: "#",
    BeatState.IN_DOUBT: "?",
}
AGAIN_MARK = "r"
FORGIVEN = 2
"""Setbacks that leave a beat its turn: one error of the provider must not make a long chain's head the last to go."""


class Beat(Struct, eq=False):
    """One beat in one style. Mutable, and small: a project has up to 300,000 of them."""

    lane: StyleBoard
    prompt: Prompt
    shot: int  # the shot's index
    position: int  # in the shot
    index: int  # in the prompts' order
    state: BeatState = BeatState.PENDING
    previous: Beat | None = None  # the beat it continues from
    following: Beat | None = None  # the beat that continues from it
    tail: int = 0  # how many beats that are to do hang on it, each after the one before
    take: int = 1  # the number that the next take gets
    failures: int = 0  # attempts used up for the beat's own reasons
    tries: dict[str, int] | None = None  # how often each answer came, for answers with a limit of their own
    setbacks: int = 0  # errors of the provider while it answered nobody: not counted, but others go first
    set_back_at: float = 0.0  # when the first of these came
    fallback: BeatState | None = None  # what it is again when a further take can't be had
    wanted: bool = False  # part of the present run, and not settled in it
    queued: bool = False  # in one of the present run's queues
    reason: str = ""

    def __repr__(self) -> str:
        return f"<{self.style} {self.id} {self.state}>"  # not the whole chain that it is a link of

    def __lt__(self, other: Beat) -> bool:
        """Goes out before the other: not set back often, then the longest chain first, then the prompts' order."""
        mine, theirs = max(0, self.setbacks - FORGIVEN), max(0, other.setbacks - FORGIVEN)
        if mine != theirs:
            return mine < theirs
        if self.tail != other.tail:
            return self.tail > other.tail
        return self.index < other.index

    @property
    def place(self) -> tuple[int, int]:
        """(shot, beat in the shot) as indexes."""
        return self.shot, self.position

    @property
    def style(self) -> str:
        return self.lane.name

    @property
    def id(self) -> str:
        return self.prompt.beat

    @property
    def mark(self) -> str:
        if self.state is BeatState.PENDING and self.failures:
            return AGAIN_MARK
        return MARKS[self.state]

    @property
    def free_to_go(self) -> bool:
        """Nothing that comes before it is still to come."""
        before = self.nearest_before()
        return before is None or before.state in DRAWN

    def drawn_before(self) -> Beat | None:
        """What it continues from: the beat before, or where that could not be had the last drawn one of its shot.

        None for a hard cut, and where nothing of the shot was drawn: the style's references go along then.
        """
        return next((before for before in self.before() if before.state in DRAWN), None)

    def nearest_before(self) -> Beat | None:
        """Of what it may continue from the nearest that has an image or may still get one."""
        if self.previous is None or self.previous.state not in NOT_TO_BE_HAD:  # nearly always
            return self.previous
        return next((before for before in self.before() if before.state not in NOT_TO_BE_HAD), None)

    def before(self) -> Iterator[Beat]:
        """What it may continue from, the nearest first: the beat before, then the others of its shot. None for a hard
        cut."""
        if self.previous is None:
            return
        yield self.previous
        of_shot = self.lane.shots[self.shot][1]
        for position in range(self.position - 1, -1, -1):
            if of_shot[position] is not self.previous:
                yield of_shot[position]

    def behind(self) -> Iterator[Beat]:
        """What may continue from it, or from one behind it, the nearest first."""
        if self.following is not None:
            yield self.following
        of_shot = self.lane.shots[self.shot][1]
        for position in range(self.position + 1, len(of_shot)):
            if of_shot[position] is not self.following:
                yield of_shot[position]
