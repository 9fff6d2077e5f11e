"""What may be kept of a minute for the chains of other runs, told by what is out and who hangs on it."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from engine.simulated_world import MODEL
from shotmill.engine.beat import Beat
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.lane import Lane, next_wanted
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulation import Simulation

MINUTE = 60.0
PATIENCE = 1.5

Returns = Callable[[str], Sequence[float]]
"""When the slots of a quota project that are taken come back, those that are free now with them, oldest first."""


class ShareOracle:
    """Remembers who had which slots."""

    def __init__(self) -> None:
        self._had: dict[tuple[Scheduler, str], deque[float]] = defaultdict(deque)
        self._seen: set[Dispatch] = set()

    def look(self, simulation: Simulation) -> None:
        out = {dispatch: run.scheduler for run in simulation.runs if not run.dead for dispatch in run.scheduler.out}
        for dispatch, scheduler in out.items():
            if dispatch not in self._seen:
                self._had[scheduler, dispatch.lease.key.quota_project].append(dispatch.lease.at)
        self._seen = set(out)

    def most_kept(self, simulation: Simulation, scheduler: Scheduler, project: str, returns: Returns) -> int:
        """From this run. None before it had its even share: one slot, and one more for each part of a minute."""
        now, gap = simulation.ours, simulation.book.accounts[project, MODEL].gap
        working = [run.scheduler for run in simulation.runs if run.end is None and _works_here(run.scheduler, project)]
        share = MINUTE / gap / max(1, len({*working, scheduler}))
        had = self._had[scheduler, project]
        while had and had[0] <= now - MINUTE:
            had.popleft()
        if not any((len(had) - n) * MINUTE / share > now - at - 0.01 for n, at in enumerate(had)):
            return 0
        free = sum(1 for at in returns(project) if at <= now)
        needed = sorted(
            at + gap
            for other in working
            if other is not scheduler
            for at in self._needed(simulation, other, project, gap, returns)[: math.ceil(share)]
        )
        back = [at for at in returns(project) if at > now]
        short = [number - sum(1 for one in back if one <= at) for number, at in enumerate(needed, 1)]
        return min(free, max(short, default=0))

    def _needed(
        self, simulation: Simulation, scheduler: Scheduler, project: str, gap: float, returns: Returns
    ) -> list[float]:
        """When the chains of a run ask within a minute for slots that its other quota projects don't have."""
        found = []
        for lane in scheduler.lanes.values():
            projects = {key.quota_project for key in lane.keys}
            if lane.paused or project not in projects:
                continue
            others = [at for other in projects - {project} for at in returns(other)]
            elsewhere = 0
            for at in sorted(_asked_for(simulation, scheduler, lane)):
                if sum(1 for one in others if one <= at + gap) > elsewhere:
                    elsewhere += 1
                else:
                    found.append(at)
        return sorted(found)


def _asked_for(simulation: Simulation, scheduler: Scheduler, lane: Lane) -> list[float]:
    """Within a minute. How long an image takes is what this style's took so far."""
    now, usual = simulation.ours, lane.claim.chains._usual_s
    if usual is None:
        return []
    firsts = [
        (dispatch.lease.at + usual, _behind(dispatch.beat))
        for dispatch in scheduler.out
        if dispatch.beat.lane is lane.board and now < dispatch.lease.at + PATIENCE * usual
    ]
    if lane.ready:
        firsts.append((now, _behind(lane.ready[0]) + 1))
    return [at + n * usual for at, beats in firsts for n in range(beats) if at + n * usual < now + MINUTE]


def _behind(beat: Beat) -> int:
    """How many beats come after this one, each after the one before."""
    found, after = 0, next_wanted(beat)
    while after is not None:
        found, after = found + 1, next_wanted(after)
    return found


def _works_here(scheduler: Scheduler, project: str) -> bool:
    return scheduler.pending + scheduler.in_flight > 0 and any(
        key.quota_project == project for lane in scheduler.lanes.values() if not lane.paused for key in lane.keys
    )
