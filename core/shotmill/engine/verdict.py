"""What an answer without image makes of its beat. Pure."""

from __future__ import annotations

from shotmill.engine.board import Beat, BeatState
from shotmill.gemini.outcome import Fate, Outcome, Scope

FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 60.0
ALONE_TRIES = 12
"""Errors of the provider that were not counted, since it answered no other beat either; so many are the beat's own."""


def counts(beat: Beat, outcome: Outcome, answers_others: bool, *, alone: bool = False) -> bool:
    """Whether the answer uses up one of the beat's attempts.

    An internal error, and a page of something on the way, is the beat's own only while the model answers other beats.
    A beat that is the last one left has no others to compare with; it is given up after a dozen, which with the pauses
    take a quarter of an hour. As long as there are others, a network that is away fails none.
    """
    if not outcome.counts or outcome.scope not in (Scope.MODEL, Scope.NETWORK):
        return outcome.counts
    return answers_others or (beat.setbacks >= ALONE_TRIES and (alone or outcome.scope is Scope.MODEL))


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


def note_failure(beat: Beat, outcome: Outcome, counted: bool) -> None:
    """Take the answer into the beat's counts."""
    if counted:
        beat.failures += 1
        beat.tries = beat.tries or {}
        beat.tries[outcome.code] = beat.tries.get(outcome.code, 0) + 1
    elif outcome.counts:
        beat.setbacks += 1


def rest_of(beat: Beat, outcome: Outcome, counted: bool) -> float:
    """Seconds till the beat goes again; 0 where what rests is the key, the quota, the model or the line, and not it."""
    if not counted and (outcome.rest is not None or outcome.scope is not Scope.NOBODY):
        return 0.0
    return min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(max(0, beat.failures - 1), 10))
