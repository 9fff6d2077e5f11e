"""The status object of the contract and what screens show beside it: pure views of a project and its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from shotmill.clock import iso
from shotmill.engine.ahead import Ahead, keys_of, pace_under, work_beside, work_of
from shotmill.engine.beat import BeatState
from shotmill.engine.board import StyleBoard
from shotmill.engine.clock_watch import CURE_OF_DAEMON, clock_words
from shotmill.engine.for_you import MOST_FOR_YOU, beats_for_you
from shotmill.engine.gone import images_gone
from shotmill.engine.meters import Meters
from shotmill.engine.pace import Estimate, Pace
from shotmill.engine.redraws import doubt_usd, doubts_to_redraw, may_risk
from shotmill.engine.selection import Options
from shotmill.engine.style_waits import PAUSED, stands_for
from shotmill.engine.waiting import DISK, Waiting, cure_of, of_last_run
from shotmill.quota.book import QuotaBook
from shotmill.settings.keys import Key
from shotmill.takes.record import ProjectRecord

if TYPE_CHECKING:
    from shotmill.engine.project import OpenProject
    from shotmill.engine.run import Run
    from shotmill.engine.scheduler import Scheduler

SCHEMA = 1
_NOTHING = Waiting("", "", cure="")
_UNTIMED = frozenset({"network", "disk"})
_NOTHING_OUT = {"in_doubt": 0, "in_doubt_usd": 0.0, "received": 0}


class View:
    """One project at one moment: everything that status, snapshot and changes are made of."""

    def __init__(
        self,
        project: OpenProject,
        run: Run | None,
        book: QuotaBook | None,
        pools: Mapping[str, Sequence[Key]],
        unusable: Sequence[tuple[str, str, str]],
        now: float,
        beside: Sequence[Scheduler] = (),
    ) -> None:
        self._project = project
        self._beside = beside
        self._run = run
        self._pools = pools
        self._now = now
        self.meters = Meters(project.settings, book, pools, unusable, now)
        self._estimate: Estimate | None = None

    def status(self, *, counted: bool = False) -> dict[str, Any]:
        """The contract's object, schema 1, and the fields of docs/api.md; `counted` as in `Meters.keys`."""
        project = self._project
        return {
            "schema": SCHEMA,
            "project": {"id": project.id, "path": str(project.root), "title": project.title},
            "run": self._run_status(),
            "styles": {style.name: self._style(style) for style in project.board.styles},
            "keys": self.meters.keys(counted=counted),
            "for_you": self.for_you(),
        }

    def snapshot(self, daemon: dict[str, Any]) -> dict[str, Any]:
        project = self._project
        return {
            "seq": project.feed.seq,
            "at": self._now,
            "daemon": daemon,
            "project": {"id": project.id, "path": str(project.root), "title": project.title},
            "status": self.status(),
            "styles": [self._grid(style) for style in project.board.styles],
            "quota": self.meters.quota(),
            "keys": self.meters.key_list(),
            "pace": self.pace(),
            "log": project.log.recent(),
        }

    def topic(self, name: str) -> Any:
        """One part of the snapshot by its name."""
        if name == "status":
            return self.status()
        return {"quota": self.meters.quota, "keys": self.meters.key_list, "pace": self.pace}[name]()

    def pace(self) -> dict[str, Any]:
        return self.pace_now().to_json()

    def pace_now(self) -> Pace:
        """What binds, and what would help most."""
        run = self._going
        if run is None:
            return self._estimated().pace
        waiting = run.waiting if run.state == "waiting" else None
        return pace_under(run.scheduler.lanes, waiting, self._estimated())

    def for_you(self) -> list[dict[str, Any]]:
        """What only the user can mend, the most telling first; at most 200 entries."""
        found: list[dict[str, Any]] = [
            {"kind": "key", "style": "", "beat": "", "what": f"{name}: {reason}", "cure": cure}
            for name, reason, cure in self.meters.for_you()
        ]
        project, disk = self._project, self._disk()
        if disk is not None:
            found.append({"kind": "disk", "style": "", "beat": "", "what": disk.reason, "cure": disk.cure})
        if project.clock_watch.off_s:
            what = clock_words(project.clock_watch.off_s)
            found.append({"kind": "clock", "style": "", "beat": "", "what": what, "cure": CURE_OF_DAEMON})
        if _run_words(self._run, project.record)[:2] == ("stopped", "budget"):
            why = self._run.waiting if self._run is not None else _stopped_then(project)
            what, cure = "the budget is reached", cure_of(why.code if why is not None else "budget")
            found.append({"kind": "budget", "style": "", "beat": "", "what": what, "cure": cure})
        found += beats_for_you(project.board, project.record, project.settings.gemini.model)
        return found[:MOST_FOR_YOU]

    def _disk(self) -> Waiting | None:
        """What the disk is waited for, or what it refused."""
        run = self._going
        held = run.waiting if run is not None and run.scheduler.held == "disk" else None
        return held if held is not None and held.code in DISK else self._project.disk.trouble

    @property
    def _going(self) -> Run | None:
        return self._run if self._run is not None and self._run.active else None

    def _run_status(self) -> dict[str, Any]:
        project, run = self._project, self._run
        money, board = project.money, project.board
        state, reason, identity = _run_words(run, project.record)
        seconds = self._seconds_left()
        going = run is not None and run.active
        left = sum(style.to_do + style.counts[BeatState.IN_FLIGHT] for style in board.styles)
        why = run.waiting if run is not None else _stopped_then(project)
        reserved = money.reserved - (run.flights.booked_usd if run is not None else 0.0)
        return {
            "state": state,
            "id": identity,
            "reason": reason,
            "waiting_until": iso(why.until) if why is not None and why.until else None,
            "waiting_since": iso(why.since) if why is not None and why.since and state == "waiting" else None,
            "code": why.code if why is not None else "",
            "cure": why.cure if why is not None else "",
            "elapsed_s": round((run.ended_at or self._now) - run.started_at, 1) if run is not None else 0.0,
            "eta_s": None if seconds is None else round(seconds, 1),
            "spent_usd": round(money.spent, 4),
            "in_doubt_usd": round(money.in_doubt, 4),
            "reserved_usd": round(max(0.0, reserved), 4),
            "budget_usd": project.settings.budget_usd,
            "stop_now": self._going.flights.would_leave().to_json() if self._going is not None else _NOTHING_OUT,
            "play_money": project.settings.gemini.is_play_money,
            "ends_at": self._now + seconds if going and seconds is not None else None,
            "images": {"done": board.drawn, "total": board.total},
            "cost_left_usd": round(left * project.expected.each_usd, 4),
            "again": self._again(),
            "gone": self._gone(),
            "image_bytes": project.image_bytes,
            "needed_bytes": left * project.image_bytes,
            "agreed_usd": round(project.agreed_usd, 4),
            "ended_at": _ended_at(run, project.record),
            "interrupted": _found_out(project) if reason == "interrupted" else None,
            "filter": run.options.in_words if run is not None and going else "",
            "limit": _limit(run, project.record),
        }

    def _again(self) -> dict[str, Any]:
        """What a start of the whole project would draw again of what is in doubt; nothing while a run goes on."""
        project, none = self._project, Options()
        images = 0
        if self._going is None and any(style.counts[BeatState.IN_DOUBT] for style in project.board.styles):
            risk = may_risk(project.settings.generation.in_doubt_usd, none)
            usd_of = partial(doubt_usd, project.record, project.prices)
            images = len(doubts_to_redraw(project.board, none, risk, usd_of, set(project.in_the_air.values())))
        return {"images": images, "cost_usd": round(images * project.expected.each_usd, 4)}

    def _gone(self) -> int:
        """Of what is to do, the images that were there before; nothing while a run goes on, that was told of them."""
        if self._going is not None:
            return 0
        return len(images_gone(self._project.board, self._project.record))

    def _style(self, style: StyleBoard) -> dict[str, Any]:
        counts = style.counts
        state, why = self._style_state(style)
        return {
            "total": len(style.beats),
            "done": style.drawn,
            "in_flight": counts[BeatState.IN_FLIGHT],
            "pending": style.to_do,
            "failed": counts[BeatState.FAILED],
            "blocked": counts[BeatState.BLOCKED],
            "in_doubt": counts[BeatState.IN_DOUBT],
            "stale": counts[BeatState.STALE],
            "state": state,
            "reason": why.reason,
            "waiting_until": iso(why.until) if why.until is not None else None,
            "code": why.code,
            "cure": why.cure,
        }

    def _style_state(self, style: StyleBoard) -> tuple[str, Waiting]:
        lane = self._run.scheduler.lanes.get(style.name) if self._run is not None else None
        why = stands_for(lane) if lane is not None else None
        if why is not None and why.code == PAUSED:
            return PAUSED, replace(why, cure=f"{why.cure}   (t: try again)")
        if not style.to_do and not style.counts[BeatState.IN_FLIGHT]:
            return "done", _NOTHING
        if lane is None or self._run is None or not self._run.active or lane.exhausted:
            return "idle", _NOTHING
        return ("waiting", why) if why is not None else ("running", _NOTHING)

    def _grid(self, style: StyleBoard) -> dict[str, Any]:
        return {
            "name": style.name,
            "quota": list(dict.fromkeys(key.quota_project for key in self._pools.get(style.name, ()))),
            "shots": [
                {"shot": shot, "beats": [beat.id for beat in beats], "states": "".join(beat.mark for beat in beats)}
                for shot, beats in style.shots
            ],
        }

    def _seconds_left(self) -> float | None:
        """To the end of the run; one that is stopping ends with what is out, and nobody knows when a network or a disk
        is back."""
        run = self._going
        if run is not None and run.state == "stopping":
            return run.flights.to_come_s(self._now)
        if run is not None and run.state == "waiting" and run.waiting is not None and run.waiting.limit in _UNTIMED:
            return None
        return self._estimated().seconds

    def _estimated(self) -> Estimate:
        if self._estimate is None:
            self._estimate = self.ahead().estimate()
        return self._estimate

    def ahead(self) -> Ahead:
        """What is left of the run that goes on, else of the project, while others' runs go on."""
        latency = (self._run.latency_s if self._run is not None else None) or self._project.expected.seconds
        lanes = self._going.scheduler.lanes if self._going is not None else None
        work = [*work_of(self._project.board, self._pools, lanes), *work_beside(self._beside)]
        rooms = self.meters.rooms([key for other in self._beside for key in keys_of(other)])
        return Ahead(work, rooms, latency, self._now)


def _run_words(run: Run | None, record: ProjectRecord) -> tuple[str, str, str | None]:
    """(state, reason, id) of the run that is there, else of the last one that the journal tells of."""
    if run is not None:
        return run.state, run.reason, run.id
    last = record.last_run
    if last is None:
        return "idle", "", None
    if last.state == "started":
        return "stopped", "interrupted", last.run
    return last.state, last.reason, last.run


def _stopped_then(project: OpenProject) -> Waiting | None:
    """What an earlier daemon's run stopped for."""
    last = project.record.last_run
    state, reason, _ = _run_words(None, project.record)
    if last is None or state != "stopped":
        return None
    return of_last_run(last.code, reason, project.settings.gemini.model)


def _ended_at(run: Run | None, record: ProjectRecord) -> float | None:
    if run is not None:
        return run.ended_at
    last = record.last_run
    return last.at if last is not None and last.state != "started" else None


def _found_out(project: OpenProject) -> dict[str, int] | None:
    """What became of the requests that were out; nothing once another daemon has taken them in."""
    if project.interruption is None:
        return None
    saved, in_doubt = project.interruption
    return {"saved": saved, "in_doubt": in_doubt}


def _limit(run: Run | None, record: ProjectRecord) -> int | None:
    """To how many beats of each style the run was limited, or the last one that the journal tells of."""
    if run is not None:
        return run.options.limit
    said = record.last_run.options.get("limit") if record.last_run is not None else None
    return said if isinstance(said, int) and said > 0 else None
