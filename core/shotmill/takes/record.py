"""What a journal adds up to: for each beat its takes, failures and doubts, and the project's money. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from msgspec import Struct

from shotmill.takes.entries import End, Entry, Exists, Fresh, Intent, Run, SetAside, Settled, Take

_IN_DOUBT = "in_doubt"
_NO_DOUBTS: Mapping[str, Intent] = MappingProxyType({})  # shared: a hundred thousand beats have none


class BeatRecord(Struct, gc=False):
    """One beat in one style.

    `takes` holds what was kept, by rising number; `highest_take` is the highest number that was asked for,
    `failures` the ends that count since the last image or fresh start, `last` the last end since then, `doubts` the
    attempts that were perhaps paid for, `settled` how the last doubt ended.
    """

    current: Take | Exists | None = None
    highest_take: int = 0
    failures: int = 0
    last: End | None = None
    settled: Settled | None = None
    takes: tuple[Take, ...] = ()
    doubts: Mapping[str, Intent] = _NO_DOUBTS

    @property
    def highest_kept(self) -> int:
        """The highest number among the takes that succeeded; 0 without one."""
        return self.takes[-1].take if self.takes else 0

    @property
    def left_out(self) -> bool:
        """Whether a person chose to do without an image that may have been paid for; a later attempt ends it."""
        settled, last = self.settled, self.last
        return settled is not None and last is not None and settled.how == "skip" and settled.attempt == last.attempt

    def take(self, number: int) -> Take | None:
        return next((take for take in self.takes if take.take == number), None)

    def take_of(self, attempt: str) -> Take | None:
        """The take that an attempt brought, if it is recorded."""
        return next((take for take in self.takes if take.attempt == attempt), None)


@dataclass(slots=True)
class ProjectRecord:
    """A project's record, folded from its journal.

    `spent_usd` is paid for certain. `in_doubt_usd` is perhaps paid: doubts that are open, those that were skipped
    or drawn again, for settling a doubt does not bring the money back, and answers that can't be read; `unproven` holds
    the price of each of these attempts until its answer turns up after all. `open_intents` were sent and have no end
    yet: at a start, what was out when the process died. `drawn_again_usd` is the price of the doubts that were settled
    by another drawing.
    """

    beats: dict[tuple[str, str], BeatRecord] = field(default_factory=dict)
    spent_usd: float = 0.0
    in_doubt_usd: float = 0.0
    last_run: Run | None = None
    unproven: dict[str, float] = field(default_factory=dict)
    open_intents: dict[str, Intent] = field(default_factory=dict)
    drawn_again_usd: float = 0.0

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> ProjectRecord:
        record = cls()
        for entry in entries:
            record.apply(entry)
        return record

    def beat(self, style: str, beat: str) -> BeatRecord | None:
        return self.beats.get((style, beat))

    @property
    def open_doubt_usd(self) -> float:
        """The part of `in_doubt_usd` that is still to be settled."""
        return sum(intent.price_usd for beat in self.beats.values() for intent in beat.doubts.values())

    def apply(self, entry: Entry) -> None:
        """Fold one more entry in; the record of n entries and one more is the record of n + 1."""
        if isinstance(entry, Run):  # the others by `type`: half a million structs, of which `isinstance` takes longer
            self.last_run = entry
            return
        key = (entry.style, entry.beat)
        beat = self.beats.get(key)
        if beat is None:
            beat = self.beats[key] = BeatRecord()
        if type(entry) is Intent:
            self.open_intents[entry.attempt] = entry
            if entry.take > beat.highest_take:
                beat.highest_take = entry.take
        elif type(entry) is Take:
            self._take(beat, entry)
        elif type(entry) is End:
            self._end(beat, entry)
        elif type(entry) is Exists:
            beat.current, beat.failures, beat.last = entry, 0, None
        elif type(entry) is SetAside:
            if beat.current is not None and beat.current.file == entry.file:
                beat.current = None
        elif type(entry) is Settled:
            self._settle(beat, entry)
        elif type(entry) is Fresh:
            beat.failures, beat.last = 0, None

    def _take(self, beat: BeatRecord, take: Take) -> None:
        if take.attempt is not None:
            self.open_intents.pop(take.attempt, None)
            if self.unproven or beat.doubts:
                self._free(beat, take.attempt)
        said_before = None
        if not beat.takes:  # as with most, of a hundred thousand
            beat.takes = (take,)
        else:
            said_before = beat.take(take.take)
            others = (one for one in beat.takes if one is not said_before)
            beat.takes = tuple(sorted((*others, take), key=_number))
        self.spent_usd += take.cost_usd - (said_before.cost_usd if said_before else 0.0)
        beat.highest_take = max(beat.highest_take, take.take)
        if said_before is None:
            beat.failures, beat.last = 0, None
        if take.current:
            beat.current = take
        elif isinstance(beat.current, Take) and beat.current.take == take.take:
            beat.current = None

    def _end(self, beat: BeatRecord, end: End) -> None:
        intent = self.open_intents.pop(end.attempt, None)
        if intent is None and beat.last is not None and _says_nothing_new(end, beat.last):
            return  # said twice around a crash
        if end.fate == _IN_DOUBT:
            if intent is None and self._is_over(beat, end.attempt):
                return  # a request that was told as in doubt before, and only broke off now
            intent = intent or _intent_of(end, beat)
            beat.doubts = {**beat.doubts, end.attempt: intent}
            self._prove_nothing(end.attempt, intent.price_usd)
        else:
            price = intent.price_usd if intent is not None else self.unproven.get(end.attempt, 0.0)
            self._free(beat, end.attempt)
            if end.cost_usd is None:
                self._prove_nothing(end.attempt, price)
            else:
                self.spent_usd += end.cost_usd
        beat.last = end
        beat.failures += end.counts

    def _settle(self, beat: BeatRecord, settled: Settled) -> None:
        beat.settled = settled
        if settled.how == "retry":
            self.drawn_again_usd += self.unproven.get(settled.attempt, 0.0)
        if settled.how in ("free", "arrived"):
            self._free(beat, settled.attempt)
        else:
            _without(beat, settled.attempt)

    def _prove_nothing(self, attempt: str, price: float) -> None:
        """Perhaps paid, and nobody can know."""
        self.unproven[attempt] = price
        self.in_doubt_usd += price

    def _free(self, beat: BeatRecord, attempt: str) -> None:
        """A doubt is over and its money is known now."""
        _without(beat, attempt)
        price = self.unproven.pop(attempt, None)
        if price is not None:
            self.in_doubt_usd = max(0.0, self.in_doubt_usd - price) if self.unproven else 0.0

    def _is_over(self, beat: BeatRecord, attempt: str) -> bool:
        """The attempt's doubt, its settling, another end of it or its image is on record already."""
        settled = beat.settled is not None and beat.settled.attempt == attempt
        ended = beat.last is not None and beat.last.attempt == attempt
        return settled or ended or attempt in self.unproven or beat.take_of(attempt) is not None


def _says_nothing_new(end: End, last: End) -> bool:
    """An end that counts is news after one that doesn't: only later was it known whose fault it was."""
    return (end.attempt, end.fate) == (last.attempt, last.fate) and (last.counts or not end.counts)


def _without(beat: BeatRecord, attempt: str) -> None:
    if attempt in beat.doubts:
        beat.doubts = {name: intent for name, intent in beat.doubts.items() if name != attempt} or _NO_DOUBTS


def _number(take: Take) -> int:
    return take.take


def _intent_of(end: End, beat: BeatRecord) -> Intent:
    """The intent's line is lost: what its end still tells of it."""
    price = end.cost_usd or 0.0
    return Intent(end.at, end.attempt, end.style, end.beat, beat.highest_take, "", "", "", price, "")
