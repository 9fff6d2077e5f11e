"""What an answer without image makes of its beat. Pure."""

from __future__ import annotations

from typing import Literal

from shotmill.engine.beat import Beat, BeatState
from shotmill.gemini.outcome import Fate, Outcome, Scope
from shotmill.quota.network import Network
from shotmill.quota.overload import Capacity

FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 60.0
SUSPECT_TRIES = 30
"""Setbacks, an hour of them with the model's pauses, after which errors count for a beat beside which others were
drawn. Beats without that many go first, so that in an outage it takes as many hours as beats are left."""
ALONE_TRIES = 720
"""Setbacks, a day of them, after which errors count for the only beat left, to which nothing could be compared."""

Answers = Literal["now", "since", ""]
"""Whether the model answers others: while this beat was out, since its first setback, or not that anybody knows."""


def answers(beat: Beat, outcome: Outcome, sent_at: float, model: Capacity, network: Network) -> Answers:
    """What is known of others' luck before this answer is taken in."""
    # A page of something on the way comes at once: what tells is whether others got through since the last one.
    through = outcome.scope is Scope.NETWORK and beat.setbacks > 0 and network.away_since is None
    if through or model.last_image >= sent_at:
        return "now"
    return "since" if beat.setbacks and model.last_image > beat.set_back_at else ""


def counts(beat: Beat, outcome: Outcome, answers_others: Answers, *, alone: bool = False) -> bool:
    """Whether the answer uses up one of the beat's attempts.

    An internal error, and a page of something on the way, is the beat's own only while the model answers other beats.
    The last beats of a run have no others beside them: one of these is suspect if an image came after its first
    setback, and given time for an outage to pass. Without any such sign an outage is what it looks like, however long
    it takes, and only a beat that is alone is given up, after a day. A line that is away fails none while there are
    others.
    """
    if not outcome.counts or outcome.counts_in_any_case:
        return outcome.counts
    if answers_others == "now":
        return True
    if answers_others == "since" and (alone or outcome.scope is Scope.MODEL):
        return beat.setbacks >= SUSPECT_TRIES
    return alone and beat.setbacks >= ALONE_TRIES


def end_of(beat: Beat, outcome: Outcome, counted: bool, attempts: int) -> BeatState | None:
    """The state in which the beat is settled for this run, None when it is to be tried again.

    `beat.failures` and `beat.tries` have this answer in them.
    """
    fate = outcome.fate
    tried = (beat.tries or {}).get(outcome.code, 0)
    if fate is Fate.AGAIN and counted and outcome.tries is not None and tried > outcome.tries:
        fate = outcome.then
    if fate is Fate.AGAIN and beat.failures >= attempts:
        fate = Fate.FAILED
    if fate is Fate.BLOCKED:
        return beat.fallback or BeatState.BLOCKED
    if fate in (Fate.FAILED, Fate.UNUSABLE) and outcome.scope not in (Scope.STYLE, Scope.RUN):
        return beat.fallback or BeatState.FAILED
    return None


def note_failure(beat: Beat, outcome: Outcome, counted: bool, now: float) -> None:
    """Take the answer into the beat's counts."""
    if counted:
        beat.failures += 1
        beat.tries = beat.tries or {}
        beat.tries[outcome.code] = beat.tries.get(outcome.code, 0) + 1
    elif outcome.counts:
        beat.set_back_at = beat.set_back_at if beat.setbacks else now
        beat.setbacks += 1


def rest_of(beat: Beat, outcome: Outcome, counted: bool) -> float:
    """Seconds till the beat goes again; 0 where what rests is the key, the quota, the model or the line, and not it."""
    if not counted and (outcome.rest is not None or outcome.scope is not Scope.NOBODY):
        return 0.0
    return min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(max(0, beat.failures - 1), 10))
