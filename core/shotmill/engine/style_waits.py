"""Styles that stand while their run goes on: why, till when, and when that is news for the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shotmill.engine.lane import Lane
from shotmill.engine.waiting import Waiting, then_start, until_words, waiting_of
from shotmill.quota.lease import Binding, Wait

PAUSED, NO_KEY = "paused", "no_key"
_TOLD = (Binding.DAY, Binding.PERSON)


def stands_for(lane: Lane) -> Waiting | None:
    """What a style waits for with nothing of it out, or what paused it; None while it goes on or has nothing to do."""
    if lane.paused:
        return Waiting(PAUSED, lane.paused, cure=then_start(lane.paused_cure))
    if lane.exhausted or lane.in_flight or lane.wait is None or lane.wait.binding is Binding.MINUTE:
        return None
    found = waiting_of(lane.wait)
    by_a_start = lane.wait.binding is Binding.PERSON and found.code != NO_KEY  # a key that is added is used at once
    return replace(found, cure=then_start(found.cure)) if by_a_start else found


class StyleWaits:
    """What the log was told of each style of a run."""

    def __init__(self) -> None:
        self._told: dict[str, Waiting] = {}
        self._stood: dict[str, str] = {}

    def moved(self, lanes: Mapping[str, Lane]) -> bool:
        """Whether another style stands than when this was asked last, or one for another reason."""
        stands = {name: why.code for name, lane in lanes.items() if (why := stands_for(lane)) is not None}
        before, self._stood = self._stood, stands
        return stands != before

    def news(self, lanes: Mapping[str, Lane], now: float, *, run_waits: bool) -> list[str]:
        """Lines for the log. While the whole run waits, its own line says what the styles wait for; waits of moments,
        for others or for what is out, are none."""
        said = []
        for name, lane in lanes.items():
            why, before = stands_for(lane), self._told.get(name)
            if why is None or (why.code != PAUSED and (run_waits or not _is_told(lane.wait))):
                self._told.pop(name, None)
            elif before is None or before.code != why.code or (why.code == PAUSED and before.reason != why.reason):
                self._told[name] = why
                said.append(_words(name, why, now))
        return said


def _is_told(wait: Wait | None) -> bool:
    return wait is not None and (bool(wait.code) or wait.binding in _TOLD)


def _words(name: str, why: Waiting, now: float) -> str:
    stands = "paused" if why.code == PAUSED else "waits"
    return f"{name} {stands}: {why.reason.rstrip('. ')}{until_words(why.code, why.until, now)}  → {why.cure}"
