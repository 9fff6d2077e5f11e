"""All beats of a project with what is known of each: the one picture that runs change and screens draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from shotmill.engine.chains import Chains
from shotmill.story.model import Prompt, Style


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


class Beat:
    """One beat in one style. Mutable, and small: a project has up to 300,000 of them."""

    __slots__ = (
        "failures",
        "fallback",
        "following",
        "index",
        "lane",
        "position",
        "previous",
        "prompt",
        "queued",
        "reason",
        "set_back_at",
        "setbacks",
        "shot",
        "state",
        "tail",
        "take",
        "tries",
        "wanted",
    )

    def __init__(self, lane: StyleBoard, prompt: Prompt, shot: int, position: int, index: int) -> None:
        self.lane = lane
        self.prompt = prompt
        self.shot = shot  # the shot's index
        self.position = position  # in the shot
        self.index = index  # in the prompts' order
        self.state = BeatState.PENDING
        self.previous: Beat | None = None  # the beat it continues from
        self.following: Beat | None = None  # the beat that continues from it
        self.tail = 0  # how many beats that are to do hang on it, each after the one before
        self.take = 1  # the number that the next take gets
        self.failures = 0  # attempts used up for the beat's own reasons
        self.tries: dict[str, int] | None = None  # how often each answer came, for answers with a limit of their own
        self.setbacks = 0  # errors of the provider while it answered nobody: not counted, but others go first
        self.set_back_at = 0.0  # when the first of these came
        self.fallback: BeatState | None = None  # what it is again when a further take can't be had
        self.wanted = False  # part of the present run, and not settled in it
        self.queued = False  # in one of the present run's queues
        self.reason = ""

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


class StyleBoard:
    """One style's beats in the prompts' order, their shots, and how many there are of each state."""

    def __init__(self, style: Style, *, chained: bool) -> None:
        self.name = style.name
        self.beats: list[Beat] = []
        self.shots: list[tuple[int, list[Beat]]] = []
        self.counts = dict.fromkeys(BeatState, 0)
        where: dict[int, int] = {}
        for prompt in style.prompts:
            index = where.setdefault(prompt.shot, len(self.shots))
            if index == len(self.shots):
                self.shots.append((prompt.shot, []))
            shot = self.shots[index][1]
            beat = Beat(self, prompt, index, len(shot), len(self.beats))
            shot.append(beat)
            if chained and prompt.continues and self.beats:
                beat.previous = self.beats[-1]
                beat.previous.following = beat
            self.beats.append(beat)
        self.by_id = {beat.prompt.beat: beat for beat in self.beats}
        self._chained = [beat for beat in self.beats if beat.previous is not None or beat.following is not None]
        self.counts[BeatState.PENDING] = len(self.beats)
        self.needs_you: set[Beat] = set()
        self.doubted: set[Beat] = (
            set()
        )  # drawn ones of which a further take was in doubt; the record knows if it still is
        self.absent: set[Beat] = set()  # those whose image was on record and not there as the board was made
        self._chains = Chains()
        self.measure_chains()

    def twin(self) -> StyleBoard:
        """The same beats in the same states, apart from these."""
        prompts = tuple(beat.prompt for beat in self.beats)
        twin = StyleBoard(Style(self.name, Path(), prompts), chained=any(beat.previous for beat in self.beats))
        for beat, other in zip(self.beats, twin.beats, strict=True):
            twin.place(other, beat.state, beat.reason)
        twin.measure_chains()
        return twin

    def measure_chains(self) -> None:
        """Set every beat's tail: how many are still to come one after the other behind it, over those that are failed
        or blocked, from which nobody goes on."""
        for beat in self.beats:
            beat.tail = 0
        self._chains.measure(reversed(self._chained), _hangs_on)

    def settle_order(self, settle: Callable[[Beat], None]) -> None:
        """Settle each beat that continues another; the others wait for nobody."""
        for beat in self._chained:
            settle(beat)

    def place(self, beat: Beat, state: BeatState, reason: str = "") -> None:
        """Put a beat into a state and keep the counts; the board's `set` also tells who watches."""
        self.counts[beat.state] -= 1
        self.counts[state] += 1
        reopened = state in OPEN and beat.state not in OPEN
        beat.state, beat.reason = state, reason
        if state in NEEDS_YOU:
            self.needs_you.add(beat)
        elif self.needs_you:
            self.needs_you.discard(beat)
        if beat.tail and reopened:
            self._chains.reopened()

    def longest_chain(self) -> int:
        """How many beats the longest chain that is still to come has, each after the one before; 0 when all is done."""
        return self._chains.longest(_is_open) or int(any(self.counts[state] for state in OPEN))

    @property
    def to_do(self) -> int:
        return self.counts[BeatState.PENDING] + self.counts[BeatState.WAITING]

    @property
    def drawn(self) -> int:
        return sum(self.counts[state] for state in DRAWN)


class Board:
    """Every style of a project. `changed` is called after each change of a beat's state or mark."""

    def __init__(self, styles: Iterable[Style], *, chained: bool = True) -> None:
        self.styles = [StyleBoard(style, chained=chained) for style in styles]
        self.changed: Callable[[Beat], None] = _nobody
        self._by_name = {style.name: style for style in self.styles}

    def twin(self) -> Board:
        """A board of the same beats in the same states, that nobody watches."""
        twin = Board((), chained=False)
        twin.styles = [style.twin() for style in self.styles]
        twin._by_name = {style.name: style for style in twin.styles}
        return twin

    def style(self, name: str) -> StyleBoard | None:
        return self._by_name.get(name)

    def find(self, style: str, beat: str) -> Beat | None:
        board = self._by_name.get(style)
        return board.by_id.get(beat) if board else None

    def set(self, beat: Beat, state: BeatState, reason: str = "") -> None:
        """Move a beat to another state; what continues from it waits or may go accordingly."""
        beat.lane.place(beat, state, reason)
        self.changed(beat)
        for after in beat.behind():
            self.settle_order(after)
            if after.state not in NOT_TO_BE_HAD:
                return

    def settle_order(self, beat: Beat) -> None:
        """A beat that is to do is `waiting` exactly while the beat before it is still to come."""
        if beat.state in TO_DO:
            right = BeatState.PENDING if beat.free_to_go else BeatState.WAITING
            if beat.state is not right:
                beat.lane.place(beat, right, beat.reason)
                self.changed(beat)

    def settle_all(self) -> None:
        for style in self.styles:
            style.settle_order(self.settle_order)
        self.measure_chains()

    def measure_chains(self) -> None:
        """Set every beat's tail by the states as they are."""
        for style in self.styles:
            style.measure_chains()

    @property
    def total(self) -> int:
        return sum(len(style.beats) for style in self.styles)

    @property
    def drawn(self) -> int:
        return sum(style.drawn for style in self.styles)


def _hangs_on(beat: Beat) -> Beat | None:
    """What it waits for by the states as they are, where its own image may still come: to do, out, in doubt, or to be
    drawn anew."""
    before = beat.previous
    if before is None or not (beat.wanted or beat.state in OPEN or beat.state is BeatState.IN_DOUBT):
        return None
    if before.wanted or before.state is BeatState.PENDING:  # nearly always, of 100,000 that are measured at a start
        return before
    if before.state in NOT_TO_BE_HAD:
        before = beat.nearest_before()
    return before if before is not None and (before.wanted or before.state not in DRAWN) else None


def _is_open(beat: Beat) -> bool:
    return beat.state in OPEN


def _nobody(_: Beat) -> None:
    """A board that nobody watches."""
