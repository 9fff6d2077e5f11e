"""All beats of a project with what is known of each: the one picture that runs change and screens draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from shotmill.engine.beat import DRAWN, NEEDS_YOU, NOT_TO_BE_HAD, OPEN, TO_DO, Beat, BeatState
from shotmill.engine.chains import Chains
from shotmill.story.model import Style


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
