"""One style's share of a run: its queues, its keys, and whether something holds it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from shotmill.engine.beat import DRAWN, TO_DO, Beat, BeatState
from shotmill.engine.board import StyleBoard
from shotmill.engine.chains import Chains
from shotmill.gemini.outcome import Outcome
from shotmill.quota.lease import Binding, Wait
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim
from shotmill.settings.keys import Key


@dataclass(slots=True, eq=False)
class Lane:
    """`ready` is a heap of the beats that may go now, the longest chain first, in file order.

    `later` those that rest till a moment. `wait` is what the last ask for a lease came to, `paused` a reason for which
    a person has to look at the style, and `paused_cure` what they can do.
    """

    board: StyleBoard
    pool: KeyPool
    claim: Claim = field(default_factory=Claim)
    ready: list[Beat] = field(default_factory=list)
    later: list[tuple[float, Beat]] = field(default_factory=list)
    in_flight: int = 0
    dispatched: int = 0
    unsent: int = 0  # wanted beats that are not out, those that wait for others with them
    tails_out: Counter[int] = field(default_factory=Counter)  # of the beats that are out and have followers
    paused: str = ""
    paused_cure: str = ""
    wait: Wait | None = None
    same_code: str = ""
    same: int = 0
    unheard: int = 0  # errors of the provider that counted for no beat, since the last image
    _chains: Chains = field(default_factory=Chains)  # of the wanted ones

    @property
    def keys(self) -> Sequence[Key]:
        return self.pool.keys

    @property
    def exhausted(self) -> bool:
        """Nothing is queued and nothing is out."""
        return not self.ready and not self.later and not self.in_flight

    @property
    def for_a_person(self) -> bool:
        """Only a person can make this style go on."""
        return bool(self.paused) or (not self.later and self.wait is not None and self.wait.binding is Binding.PERSON)

    @property
    def progress(self) -> float:
        """The share of its work that was sent: the style that is furthest behind is asked first."""
        return self.dispatched / (self.dispatched + len(self.ready) + len(self.later) + 1)

    @property
    def left(self) -> int:
        """Beats of this run that are not settled."""
        return self.unsent + self.in_flight

    @property
    def chains(self) -> list[tuple[int, int]]:
        """(beats to send one after the other, how many chains with so many) of those that are out, and of the longest
        that is ready."""
        found = list(self.tails_out.items())
        if self.ready and self.ready[0].tail:
            found.append((self.ready[0].tail + 1, 1))
        return found

    def measure(self) -> None:
        """Take in which beats are wanted, and the chains that these are: what is not wanted hangs on nobody."""
        self.unsent = 0
        for beat in self.board.beats:
            beat.queued = False
            beat.setbacks = 0
            if beat.wanted:
                self.unsent += 1
                beat.tail = 0
        self._chains.measure((beat for beat in reversed(self.board.beats) if beat.wanted), waits_for)

    def longest_chain(self) -> int:
        """How many beats of this run the longest chain still has, each after the one before; 0 when all are settled."""
        return self._chains.longest(_is_wanted) or min(1, self.left)

    def leaves(self, beat: Beat) -> None:
        self.in_flight += 1
        self.dispatched += 1
        self.unsent -= 1
        self._count_tail(beat, 1)

    def lands(self, beat: Beat) -> None:
        self.in_flight -= 1
        self.unsent += 1
        self._count_tail(beat, -1)

    def queue(self, beat: Beat) -> None:
        """The beat may go now. One that is queued already stays where it is."""
        if not beat.queued:
            beat.queued = True
            heapq.heappush(self.ready, beat)

    def hang(self, after: Beat, before: Beat | None) -> None:
        """Since what was between them can't be had, `after` waits for `before`, which goes the sooner."""
        tail = after.tail
        while before is not None and before.wanted:
            tail += 1
            if tail <= before.tail:
                return
            self._raise_tail(before, tail)
            before = waits_for(before)

    def _raise_tail(self, beat: Beat, tail: int) -> None:
        out = beat.state is BeatState.IN_FLIGHT
        self._count_tail(beat, -out)
        beat.tail = tail
        self._count_tail(beat, out)
        self._chains.longer(beat)
        if beat in self.ready:
            _sift_up(self.ready, self.ready.index(beat))

    def _count_tail(self, beat: Beat, by: int) -> None:
        if beat.tail and by:
            self.tails_out[beat.tail] += by
            if not self.tails_out[beat.tail]:
                del self.tails_out[beat.tail]

    def queue_later(self, beat: Beat, at: float) -> None:
        if not beat.queued:
            beat.queued = True
            heapq.heappush(self.later, (at, beat))

    def wake(self, now: float) -> None:
        """Beats whose rest is over may go; queued ones that were settled from elsewhere are dropped."""
        while self.later and self.later[0][0] <= now:
            beat = heapq.heappop(self.later)[1]
            beat.queued = False
            self.queue(beat)
        while self.ready and not to_send(self.ready[0]):
            heapq.heappop(self.ready).queued = False

    def pop(self) -> Beat:
        beat = heapq.heappop(self.ready)
        beat.queued = False
        return beat

    def count_alike(self, outcome: Outcome, most: int) -> None:
        """One more failure; so many equal ones in a row pause the style."""
        self.same = self.same + 1 if outcome.code == self.same_code else 1
        self.same_code = outcome.code
        if self.same >= most and not self.paused:
            self.pause(f'{self.same} times the same answer, "{outcome.message or outcome.code}"', outcome.cure)

    def count_unheard(self, outcome: Outcome, most: int) -> None:
        """One more error of the provider, and no image in between; so many pause the style, and fail none of it."""
        self.unheard += 1
        if self.unheard >= most and not self.paused:
            self.pause(f'for a day no image, and "{outcome.message or outcome.code}"', outcome.cure)

    def pause(self, reason: str, cure: str) -> None:
        self.paused, self.paused_cure = reason, cure

    def resume(self) -> None:
        self.pause("", "")
        self.drew()

    def drew(self) -> None:
        self.same_code, self.same, self.unheard = "", 0, 0


def waits_for(beat: Beat) -> Beat | None:
    """What it has to continue from and is still to come in this run. One that is in doubt may still come; one that is
    blocked, failed, or to do and no part of the run does not, and the chain goes on from what is before it.
    """
    if beat.previous is None:  # as with most: no look behind
        return None
    if beat.previous.wanted:
        return beat.previous
    for before in beat.before():
        if before.wanted or before.state in (BeatState.IN_FLIGHT, BeatState.IN_DOUBT):
            return before
        if before.state in DRAWN:
            return None
    return None


def may_go(beat: Beat) -> bool:
    """Nothing that it continues from is still to come in this run."""
    return waits_for(beat) is None


def next_wanted(beat: Beat) -> Beat | None:
    """The beat of this run that may have waited for this one."""
    for after in beat.behind():
        if after.wanted:
            return after
        if after.state in DRAWN:
            return None
    return None


def _is_wanted(beat: Beat) -> bool:
    return beat.wanted


def _sift_up(heap: list[Beat], at: int) -> None:
    """Put a beat of a heap in order that comes before more of the others than it did."""
    while at and heap[at] < heap[(at - 1) // 2]:
        above = (at - 1) // 2
        heap[at], heap[above] = heap[above], heap[at]
        at = above


def to_send(beat: Beat) -> bool:
    """It is part of the run, and to do or to be drawn anew."""
    return beat.wanted and (beat.state in TO_DO or beat.state in DRAWN)
