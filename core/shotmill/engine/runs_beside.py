"""Runs of other projects that are under way and draw from the same quotas: an estimate plays them beside its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.project_work import FoundProject, look
from shotmill.engine.selection import Options, select
from shotmill.engine.style_waits import PAUSED
from shotmill.engine.works import Beside
from shotmill.errors import ShotmillError
from shotmill.settings.endpoint import resolve_endpoint
from shotmill.settings.keys import Key, KeyRing
from shotmill.takes.entries import Run

if TYPE_CHECKING:
    from shotmill.emulator.options import EmulatorOptions

GOING = ("running", "waiting")
"""The states of a run that still sends."""


def runs_beside(
    statuses: Iterable[Mapping[str, Any]],
    own: FoundProject,
    ring: KeyRing,
    emulator: EmulatorOptions | None,
    now: float,
) -> list[Beside]:
    """Those of the daemon's other projects, whose `statuses` these are, that share a quota with `own`. One whose folder
    can't be read any more is left out."""
    found = []
    for status in statuses:
        try:
            beside = _beside(status, own, ring, emulator, now) if status["run"]["state"] in GOING else None
        except ShotmillError:
            continue
        if beside is not None:
            found.append(beside)
    return found


def _beside(
    status: Mapping[str, Any], own: FoundProject, ring: KeyRing, emulator: EmulatorOptions | None, now: float
) -> Beside | None:
    found = look(Path(status["project"]["path"]))
    pools = found.pools(ring)
    if _endpoint(found, ring) != _endpoint(own, ring) or not _levels(own.pools(ring)) & _levels(pools):
        return None
    out, last = found.put_in_flight(status), found.record.last_run
    options = left_of(found, last) if last is not None else None
    paused = {name for name, style in status["styles"].items() if style["state"] == PAUSED}
    if options is None or paused.issuperset(style for style, _ in options.only):
        return None
    found.choose(replace(options, only=tuple(place for place in options.only if place[0] not in paused)), 0.0)
    work = found.work(options.budget_usd, out, emulator, now)
    return Beside(str(status["project"]["title"]), work, pools, status["keys"])


def left_of(found: FoundProject, run: Run) -> Options | None:
    """What the run that is under way has not sent yet of what it was started for, None where that is nothing: what
    failed had its attempts, a limit is less what was drawn, and its own budget less what that cost.
    """
    options = Options.from_json(run.options)
    takes = [take for beat in found.record.beats.values() for take in beat.takes if take.at >= run.at]
    had = Counter(take.style for take in takes)
    had.update(beat.style for style in found.board.styles for beat in style.beats if beat.state is BeatState.IN_FLIGHT)
    left: list[Beat] = []
    for beat in select(found.board, replace(options, limit=None, retry_failed=False)).beats:
        had[beat.style] += 1
        if options.limit is None or had[beat.style] <= options.limit:
            left.append(beat)
    if not left:
        return None
    budget = options.budget_usd
    return Options(
        stale=options.stale,
        only=tuple((beat.style, beat.id) for beat in left),
        budget_usd=None if budget is None else max(0.0, budget - sum(take.cost_usd for take in takes)),
    )


def _endpoint(found: FoundProject, ring: KeyRing) -> tuple[str, str, str]:
    """Where the provider counts; each emulator that the daemon runs is its project's own."""
    gemini = found.settings.gemini
    place = resolve_endpoint(gemini.base_url, ring.base_urls)
    own = str(found.layout.root) if place.kind == "emulator" else ""
    return place.url, gemini.model, own


def _levels(pools: Mapping[str, Iterable[Key]]) -> set[tuple[str, str]]:
    keys = [key for pool in pools.values() for key in pool]
    return {("project", key.quota_project) for key in keys} | {("account", key.billing_account) for key in keys}
