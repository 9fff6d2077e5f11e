"""What has to add up between a project's journal and a provider that counts: I1 to I3, as pure functions of the two.

Beats are named `style beat`. Each function returns what is wrong in words, and nothing where all is well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Line = Mapping[str, Any]
TOLD = ("in_doubt", "unusable")
"""Ends that say of a request: it was perhaps, or certainly, paid for, and there is no image."""


@dataclass(frozen=True)
class Bill:
    """The provider's side: how often each beat was asked for, would be billed, and was answered to the last byte."""

    asked: Counter[str] = field(default_factory=Counter)
    billed: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, sightings: Iterable[Mapping[str, Any]]) -> Bill:
        """From the provider's list of requests; one that it could not read names no style, and is not ours."""
        made = cls()
        for one in sightings:
            if one["style"]:
                beat = f"{one['style']} {one['beat']}"
                made.asked[beat] += 1
                made.billed[beat] += bool(one["billed"])
                made.delivered[beat] += one["status"] == 200
        return made


def wrong(
    journal: Collection[Line],
    bill: Bill | None,
    *,
    asked_again: Mapping[str, int] | None = None,
    sealed: Collection[str] = (),
    still_held: Collection[str] = (),
    may_be_open: Collection[str] | None = None,
) -> Iterator[str]:
    """Everything that does not add up.

    `asked_again`: how often a person asked once more for a beat; `sealed`: attempts whose answers the spool held whole
    at a death; `still_held`: those that it holds now; `may_be_open`: attempts that are on their way or were when the
    daemon died, None where nobody can say.
    """
    intents = {line["attempt"]: line for line in journal if line["kind"] == "intent"}
    ended = {line["attempt"] for line in journal if line["kind"] in ("take", "end")}
    open_now = set(intents) - ended
    if bill is not None:
        yield from _asked(intents.values(), bill)
        yield from _delivered(journal, bill, [intents[attempt] for attempt in open_now])
        yield from _billed(journal, bill, asked_again or {})
    lost = set(sealed) - ended - set(still_held)
    if lost:
        yield f"I2: a sealed answer was lost: {sorted(lost)}"
    untold = open_now - set(may_be_open) if may_be_open is not None else ()
    for attempt in sorted(untold):
        yield f"I2: {attempt} for {_beat(intents[attempt])} has no end, and is not on its way"


def _beat(line: Line) -> str:
    return f"{line['style']} {line['beat']}"


def _asked(intents: Iterable[Line], bill: Bill) -> Iterator[str]:
    """I1: nobody is asked more often than there are intents."""
    intended = Counter(map(_beat, intents))
    for beat, count in bill.asked.items():
        if count > intended[beat]:
            yield f"I1: {beat} was asked for {count} times with {intended[beat]} intents"


def _delivered(journal: Collection[Line], bill: Bill, still_open: Iterable[Line]) -> Iterator[str]:
    """I2: every answer that was sent to its last byte is a take, an end that is told, or still to be taken in."""
    known = {line["attempt"]: line for line in journal if line["kind"] in ("take", "end") and line["attempt"]}
    accounted = Counter(map(_beat, known.values())) + Counter(map(_beat, still_open))
    for beat, count in bill.delivered.items():
        if count > accounted[beat]:
            yield f"I2: {count} answers for {beat} were delivered whole, {accounted[beat]} are accounted for"


def _billed(journal: Collection[Line], bill: Bill, asked_again: Mapping[str, int]) -> Iterator[str]:
    """I3: nothing is paid for twice, unless it was told or a person asked again (its attempts are counted anew)."""
    told = Counter(
        _beat(line)
        for line in {line["attempt"]: line for line in journal if line["kind"] == "end"}.values()
        if line["fate"] in TOLD
    )
    fresh = Counter(_beat(line) for line in journal if line["kind"] == "fresh")
    for beat, billed in bill.billed.items():
        allowed = 1 + told[beat] + fresh[beat] + asked_again.get(beat, 0)
        if billed > allowed:
            yield f"I3: {beat} was billed {billed} times, told {told[beat]} times"
