"""Why a run waits, or what it stopped for: one value that status, screens and log share. Its cure goes by its code."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shotmill.engine.tried import TRIED
from shotmill.gemini.reactions import cure_by_code
from shotmill.moment import back_at
from shotmill.quota.lease import Binding, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shotmill.engine.lane import Lane
    from shotmill.engine.scheduler import Scheduler

BY_ITSELF = "Nothing: it goes on by itself"
GOES_ON = "shotmill start   goes on where it was; nothing that was received is lost"
_CLOCKS = {
    "day_quota": "It goes on by itself at midnight in Los Angeles. "
    "Keys of another cloud project would go on now: shotmill keys add NAME",
    "spend_rate": "It goes on by itself within minutes. "
    "A lower rpm avoids it; keys of the same billing account don't help",
    "spend_cap": "Raise the spending cap in AI Studio, then: shotmill start. Else it goes on by itself on the 1st",
}
_PERSONS = {
    "no_quota": "Link billing to the cloud project in AI Studio, or use a key of another: shotmill keys add NAME",
    "prepay_depleted": "Add credit at https://ai.studio/projects, then: shotmill start",
    "no_key": "shotmill keys add NAME   (shotmill doctor says what is wrong with those that are there)",
    "state_gone": "put the state folder back, then: shotmill start   (the projects' own journals are whole)",
    "ledger": GOES_ON,
    "budget": "raise budget_usd in shotmill.toml, then: shotmill start",
    "run_budget": "shotmill start   (the limit was of that start alone; --budget USD sets another)",
}
"""By the code of a `Resting` or of a wait: what clocks mend, and what only a person does. The five that speak of days
and money each have another cure. The last two before `budget` are what ended a daemon that could not go on.
"""

_OF_PLACES = (
    "disk_full",
    "not_writable",
    "read_only",
    "place_gone",
    "other_folder",
    "too_many_files",
    "disk_error",
    "unsafe_place",
    "decoder",
)
FOLDER_AWAY = frozenset({"place_gone", "other_folder"})
_START = re.compile(r"\bstart\b")
"""`shotmill start`, "start again"; a daemon that is restarted draws nothing yet."""
DISK = frozenset({*_OF_PLACES, "ledger", "ledger_disk", "ledger_damaged"})
_LIMITS = {
    **dict.fromkeys(DISK, "disk"),
    "throttled": "minute_quota",
    Binding.COOLING: "minute_quota",
    Binding.SPEND: "spend",
    "spend_rate": "spend",
    "spend_cap": "spend",
    "overloaded": "overload",
    "quiet": "quiet",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """`code` is a stable word, `reason` says it to people, `cure` what to do; `until` and `since` are epoch seconds.

    A disk that lacks room has `free_bytes`, and `needed_bytes` for all that is left to draw.
    """

    code: str
    reason: str
    until: float | None = None
    cure: str = BY_ITSELF
    since: float | None = None
    free_bytes: int | None = None
    needed_bytes: int | None = None

    @property
    def limit(self) -> str:
        """The same in the words of a pace."""
        known = _LIMITS.get(self.code)
        return known or (self.code if self.code in _OF_PACE else "person")


_OF_PACE = frozenset((Binding.MINUTE, Binding.DAY, Binding.IN_FLIGHT, Binding.OVERLOAD, Binding.NETWORK))


def cure_of(code: str, said: str = "") -> str:
    """What to do about a trouble by its code; `said` is what the table of reactions says of the answer."""
    return _CLOCKS.get(code) or said or _PERSONS.get(code, BY_ITSELF)


def then_start(cure: str) -> str:
    """The cure of what a person has to mend before anything is started again."""
    if _START.search(cure):
        return cure
    return f"{cure.rstrip(' .') or 'Mend that'}, then: shotmill start"


def of_last_run(code: str, reason: str, model: str) -> Waiting | None:
    """What stopped a run of an earlier daemon. Only the code is taken from the journal, which others may have written:
    a cure is a command that a person may type."""
    if reason == "interrupted":
        return Waiting(reason, reason, cure=GOES_ON)
    said = cure_by_code(code, model)
    return Waiting(code, reason, cure=then_start(cure_of(code, said))) if said or code in _PERSONS else None


def waiting_of(wait: Wait) -> Waiting:
    """What a style's keys wait for."""
    code = wait.code or wait.binding.value
    cure = _of_line(wait.cure) if wait.binding is Binding.NETWORK else cure_of(code, wait.cure)
    return Waiting(code, wait.reason, wait.until, cure)


def until_words(code: str, until: float | None, now: float) -> str:
    """`, until Tue 09:00`, or when it is tried again where nobody knows the end."""
    if until is None:
        return ""
    return f", {'next try' if code in TRIED else 'until'} {back_at(until, now)}"


def _of_line(cure: str) -> str:
    """The line is tried again and again; whether that helps is not for us to know."""
    return f"{cure} shotmill doctor --online names the step that fails. It goes on by itself then".strip()


def why_waiting(scheduler: Scheduler, before: Waiting | None, now: float) -> Waiting | None:
    """What the whole run waits for, by what ends first; None while it goes on. Ask after `next` said None.

    One request that goes out to see whether the line or the model is back ends no wait: its answer does, and where the
    minute has no slot for it, neither does the end of a pause. `before` is what it waited for until now.
    """
    lanes = [lane for lane in scheduler.lanes.values() if not lane.exhausted]
    waits = [lane.wait for lane in lanes if lane.wait is not None and not lane.paused]
    rests = bool(waits) and not scheduler.in_flight and all(lane.wait or lane.paused for lane in lanes)
    first = min(waits, key=_end) if rests else None
    of_minute = first is not None and first.binding is Binding.MINUTE
    line, model = scheduler.book.network, scheduler.book.model(scheduler.model)
    is_held = line.probe is not None or of_minute or any(wait.binding is Binding.NETWORK for wait in waits)
    if line.away_since is not None and is_held:
        until = _tried_at(scheduler, lanes, line.free_at(now), now)
        return Waiting(Binding.NETWORK, line.reason, until, _of_line(line.cure), since=line.away_since)
    if first is not None and first.binding is Binding.OVERLOAD and not any(lane.later for lane in lanes):
        return replace(waiting_of(first), until=_tried_at(scheduler, lanes, first.until, now))
    if first is not None and not of_minute and not any(lane.later for lane in lanes):
        return waiting_of(first)
    if before is not None and before.code == Binding.OVERLOAD and model.struggles and lanes:
        return replace(before, until=_tried_at(scheduler, lanes, model.free_at(now), now))
    return None


def _tried_at(scheduler: Scheduler, lanes: Sequence[Lane], free_at: float | None, now: float) -> float | None:
    """When a line or a model is tried that is free at `free_at`: not before a quota project has a slot for the try.
    None while one is out."""
    if free_at is None or scheduler.in_flight:
        return _later(free_at, now)
    accounts = [account for lane in lanes for account in scheduler.book.known(lane.pool, scheduler.model)]
    ends = [wait.until if (wait := account.wait(now)) is not None else now for account in accounts]
    slot = min((end for end in ends if end is not None), default=now)
    return _later(max(free_at, slot), now)


def _end(wait: Wait) -> float:
    return wait.until if wait.until is not None else float("inf")


def stopped_by(scheduler: Scheduler) -> Waiting | None:
    """What a person has to mend before a run that ended could go on; None where its reason says it all."""
    if scheduler.broken is not None:
        told = scheduler.broken
        return Waiting(told.code, told.message or told.code, cure=then_start(told.cure))
    if scheduler.short_of_money:
        code = scheduler.purse.tightest
        return Waiting(code, "budget", cure=cure_of(code))
    for lane in scheduler.lanes.values():
        if lane.exhausted:
            continue
        if lane.paused:
            return Waiting("paused", lane.paused, cure=then_start(lane.paused_cure))
        if lane.wait is not None and lane.wait.binding is Binding.PERSON:
            found = waiting_of(lane.wait)
            return replace(found, cure=then_start(found.cure))
    return None


def _later(at: float | None, now: float) -> float | None:
    return at if at is not None and at > now else None
