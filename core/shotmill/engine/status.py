"""The status object of the contract and what screens show beside it: pure views of a project and its run."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shotmill.clock import iso
from shotmill.engine.board import Beat, BeatState, Board, StyleBoard
from shotmill.engine.lane import Lane
from shotmill.engine.pace import FIRST_LATENCY_S, Estimate, Pace, QuotaRoom, StyleWork, estimate
from shotmill.quota.account import Account
from shotmill.quota.book import QuotaBook
from shotmill.quota.day import next_reset
from shotmill.quota.lease import Binding
from shotmill.quota.resting import Resting
from shotmill.settings.keys import Key
from shotmill.takes.record import ProjectRecord

if TYPE_CHECKING:
    from shotmill.engine.project import OpenProject
    from shotmill.engine.run import Run

SCHEMA = 1
MOST_FOR_YOU = 200
_SHORT = {
    "day_quota": "day quota spent",
    "key_invalid": "key not valid",
    "key_leaked": "key reported as leaked",
    "key_restricted": "key restricted",
    "no_quota": "may draw 0 images a day",
    "prepay_depleted": "prepaid balance is empty",
    "spend_cap": "spending cap reached",
    "spend_rate": "spend limit of ten minutes",
    "service_disabled": "API not enabled",
}
"""Why a quota project rests, in the words of a meter; the provider's own stand with its keys."""
_CURES = {
    "blocked": "reword the prompt in its file, then: shotmill start --retry-failed",
    "failed": "shotmill start --retry-failed",
    "in_doubt": "shotmill doubt retry (perhaps pays twice), or: shotmill doubt skip",
}


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
    ) -> None:
        self._project = project
        self._run = run
        self._book = book
        self._pools = pools
        self._unusable = unusable
        self._now = now
        self._model = project.settings.gemini.model
        self._estimate: Estimate | None = None

    def status(self) -> dict[str, Any]:
        """The contract's object, schema 1, and the fields that docs/api.md adds to it."""
        project = self._project
        return {
            "schema": SCHEMA,
            "project": {"id": project.id, "path": str(project.root), "title": project.title},
            "run": self._run_status(),
            "styles": {style.name: self._style(style) for style in project.board.styles},
            "keys": {key.name: self._key(key) for key in self._keys()} | self._unusable_keys(),
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
            "quota": self.quota(),
            "keys": self.key_list(),
            "pace": self.pace(),
            "log": project.log.recent(),
        }

    def topic(self, name: str) -> Any:
        """One part of the snapshot by its name."""
        return {"status": self.status, "quota": self.quota, "keys": self.key_list, "pace": self.pace}[name]()

    def quota(self) -> list[dict[str, Any]]:
        """One meter a quota project."""
        names = dict.fromkeys(key.quota_project for key in self._keys())
        return [self._meter(name) for name in names]

    def key_list(self) -> list[dict[str, Any]]:
        found = []
        for key in self._keys():
            resting = self._resting(key)
            found.append(
                {
                    "name": key.name,
                    "masked": key.secret.masked,
                    "quota_project": key.quota_project,
                    "state": self._key_state(key),
                    "reason": resting.reason if resting else "",
                    "cure": resting.cure if resting else "",
                }
            )
        for name, reason, cure in self._unusable:
            found.append(
                {"name": name, "masked": "", "quota_project": "", "state": "invalid", "reason": reason, "cure": cure}
            )
        return found

    def pace(self) -> dict[str, Any]:
        if self._run is not None and self._run.active:
            waits = [lane.wait for lane in self._run.scheduler.lanes.values() if lane.wait is not None]
            for wait in waits:
                if wait.binding in (Binding.NETWORK, Binding.OVERLOAD) or self._run.state == "waiting":
                    limit = {Binding.COOLING: "minute_quota", Binding.SPEND: "budget"}.get(wait.binding, wait.binding)
                    return Pace(str(limit), until=wait.until).to_json()
            if self._run.scheduler.held == "disk":
                return Pace("disk").to_json()
        return self._estimated().pace.to_json()

    def for_you(self) -> list[dict[str, Any]]:
        """What only the user can mend, the most telling first; at most 200 entries."""
        found: list[dict[str, Any]] = [
            {"kind": "key", "style": "", "beat": "", "what": f"{name}: {reason}", "cure": cure}
            for name, reason, cure in self._keys_for_you()
        ]
        project = self._project
        run = self._going
        if project.disk_trouble or (run is not None and run.scheduler.held == "disk"):
            what = project.disk_trouble or "too little room on the disk"
            found.append({"kind": "disk", "style": "", "beat": "", "what": what, "cure": "make room on the disk"})
        if _run_words(self._run, project.record)[:2] == ("stopped", "budget"):
            cure = "raise budget_usd in shotmill.toml, or: shotmill start --budget"
            found.append({"kind": "budget", "style": "", "beat": "", "what": "the budget is reached", "cure": cure})
        for style in project.board.styles:
            needing = heapq.nsmallest(MOST_FOR_YOU, style.needs_you, key=lambda beat: beat.place)
            found += [_beat_for_you(beat) for beat in needing]
            found += [
                _beat_for_you(beat, BeatState.IN_DOUBT)
                for beat in heapq.nsmallest(MOST_FOR_YOU, style.doubted, key=lambda beat: beat.place)
                if beat not in style.needs_you and _is_doubted(beat, project.record)
            ]
        return found[:MOST_FOR_YOU]

    @property
    def _going(self) -> Run | None:
        return self._run if self._run is not None and self._run.active else None

    def _run_status(self) -> dict[str, Any]:
        project, run = self._project, self._run
        money, board = project.money, project.board
        state, reason, identity = _run_words(run, project.record)
        seconds = self._estimated().seconds
        going = run is not None and run.active
        left = sum(style.to_do + style.counts[BeatState.IN_FLIGHT] for style in board.styles)
        return {
            "state": state,
            "id": identity,
            "reason": reason,
            "waiting_until": iso(run.waiting_until) if run is not None and run.waiting_until else None,
            "elapsed_s": round((run.ended_at or self._now) - run.started_at, 1) if run is not None else 0.0,
            "eta_s": None if seconds is None else round(seconds, 1),
            "spent_usd": round(money.spent, 4),
            "in_doubt_usd": round(money.in_doubt, 4),
            "reserved_usd": round(money.reserved, 4),
            "budget_usd": project.settings.budget_usd,
            "ends_at": self._now + seconds if going and seconds is not None else None,
            "images": {"done": board.drawn, "total": board.total},
            "cost_left_usd": round(left * project.price_usd, 4),
            "agreed_usd": round(project.agreed_usd, 4),
            "filter": _filter_words(run) if going else "",
        }

    def _style(self, style: StyleBoard) -> dict[str, Any]:
        counts = style.counts
        state, reason, until = self._style_state(style)
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
            "reason": reason,
            "waiting_until": iso(until) if until is not None else None,
        }

    def _style_state(self, style: StyleBoard) -> tuple[str, str, float | None]:
        lane = self._run.scheduler.lanes.get(style.name) if self._run is not None else None
        if lane is not None and lane.paused:
            return "paused", lane.paused, None
        if not style.to_do and not style.counts[BeatState.IN_FLIGHT]:
            return "done", "", None
        if lane is None or self._run is None or not self._run.active or lane.exhausted:
            return "idle", "", None
        if lane.wait is not None and not lane.in_flight and lane.wait.binding is not Binding.MINUTE:
            return "waiting", lane.wait.reason, lane.wait.until
        return "running", "", None

    def _grid(self, style: StyleBoard) -> dict[str, Any]:
        return {
            "name": style.name,
            "quota": list(dict.fromkeys(key.quota_project for key in self._pools.get(style.name, ()))),
            "shots": [
                {"shot": shot, "beats": [beat.id for beat in beats], "states": "".join(beat.mark for beat in beats)}
                for shot, beats in style.shots
            ],
        }

    def _keys(self) -> list[Key]:
        return list({key.fingerprint: key for pool in self._pools.values() for key in pool}.values())

    def _account(self, quota_project: str) -> Account | None:
        """With what earlier daemons sent: a window is as full after a restart as it was before."""
        if self._book is None:
            return None
        known = self._book.accounts.get((quota_project, self._model))
        return known or self._book.account(quota_project, self._model, self._keys(), self._now)

    def _resting(self, key: Key) -> Resting | None:
        return self._book.resting(key, self._model, self._now) if self._book is not None else None

    def _key_state(self, key: Key) -> str:
        resting = self._resting(key)
        account = self._account(key.quota_project)
        if resting is not None:
            if resting.code == "no_quota":
                return "no_quota"
            if resting.code == "day_quota":
                return "exhausted"
            return "invalid" if resting.until is None else "cooling"
        if account is not None and account.today(self._now) >= account.rpd:
            return "exhausted"
        return "ready" if self._book is not None and self._book.key(key).draws else "untested"

    def _key(self, key: Key) -> dict[str, Any]:
        meter = self._meter(key.quota_project)
        resting = self._resting(key)
        next_slot = meter["next_slot_at"]
        return {
            "quota_project": key.quota_project,
            "state": self._key_state(key),
            "reason": resting.reason if resting else "",
            "rpm": meter["rpm"],
            "rpd": meter["rpd"] | {"resets_at": iso(meter["rpd"]["resets_at"])},
            "next_slot_s": round(max(0.0, next_slot - self._now), 1) if next_slot is not None else None,
        }

    def _unusable_keys(self) -> dict[str, dict[str, Any]]:
        nothing = {"used": 0, "limit": 0}
        return {
            name: {
                "quota_project": "",
                "state": "invalid",
                "reason": reason,
                "rpm": nothing,
                "rpd": nothing | {"resets_at": None},
                "next_slot_s": None,
            }
            for name, reason, _ in self._unusable
        }

    def _keys_for_you(self) -> Iterable[tuple[str, str, str]]:
        yield from self._unusable
        for key in self._keys():
            resting = self._resting(key)
            if resting is not None and resting.until is None:
                yield key.name, resting.reason, resting.cure or f"shotmill keys add {key.name} --replace"

    def _meter(self, name: str) -> dict[str, Any]:
        keys = [key for key in self._keys() if key.quota_project == name]
        account = self._account(name) or Account(name, self._model, self._book_limits(name))
        wait = account.wait(self._now)
        states = [self._key_state(key) for key in keys]
        restings = [resting for key in keys if (resting := self._resting(key)) is not None]
        usable = len(restings) < len(keys)
        until = None if usable else min((rest.until for rest in restings if rest.until is not None), default=None)
        return {
            "name": name,
            "keys": [key.name for key in keys],
            "model": self._model,
            "styles": [style for style, pool in self._pools.items() if any(key.quota_project == name for key in pool)],
            "state": states[0] if len(set(states)) == 1 else ("ready" if usable else states[0]),
            "reason": "" if usable else _SHORT.get(restings[0].code, restings[0].code.replace("_", " ")),
            "until": until,
            "rpm": {"used": account.minute(self._now), "limit": account.rpm},
            "rpd": {"used": account.today(self._now), "limit": account.rpd, "resets_at": next_reset(self._now)},
            "in_flight": account.in_flight,
            "next_slot_at": wait.until if wait is not None else None,
        }

    def _book_limits(self, name: str) -> Any:
        from shotmill.quota.account import AccountLimits

        limits = self._project.settings.limits
        return self._book.limits(name) if self._book is not None else AccountLimits(limits.rpm, limits.rpd)

    def _estimated(self) -> Estimate:
        if self._estimate is None:
            latency = (self._run.latency_s if self._run is not None else None) or FIRST_LATENCY_S
            lanes = self._going.scheduler.lanes if self._going is not None else None
            work = _work(self._project.board, self._pools, lanes)
            self._estimate = estimate(work, self._rooms(), latency, self._now)
        return self._estimate

    def _rooms(self) -> dict[str, QuotaRoom]:
        rooms = {}
        for meter in self.quota():
            left = max(0, meter["rpd"]["limit"] - meter["rpd"]["used"])
            if meter["state"] in ("invalid", "no_quota", "exhausted"):
                left = 0
            free = meter["rpm"]["limit"] - meter["rpm"]["used"]
            a_day = 0 if meter["state"] in ("invalid", "no_quota") else meter["rpd"]["limit"]
            rooms[meter["name"]] = QuotaRoom(
                meter["name"], meter["rpm"]["limit"], max(0, free), left, meter["rpd"]["resets_at"], a_day
            )
        return rooms


def _work(board: Board, pools: Mapping[str, Sequence[Key]], lanes: Mapping[str, Lane] | None) -> list[StyleWork]:
    """What is left of the run that goes on, whose `lanes` these are; without one, of the project."""
    work = []
    for style in board.styles:
        lane = lanes.get(style.name) if lanes else None
        if lane is not None:
            left, flying, chain = lane.left, lane.in_flight, lane.longest_chain()
        else:
            flying = style.counts[BeatState.IN_FLIGHT]
            left, chain = style.to_do + flying, style.longest_chain()
        names = tuple(dict.fromkeys(key.quota_project for key in pools.get(style.name, ())))
        work.append(StyleWork(style.name, left, chain, names, flying))
    return work


def _beat_for_you(beat: Beat, state: BeatState | None = None) -> dict[str, Any]:
    kind = (state or beat.state).value
    return {"kind": kind, "style": beat.style, "beat": beat.id, "what": beat.reason, "cure": _CURES[kind]}


def _is_doubted(beat: Beat, record: ProjectRecord) -> bool:
    known = record.beat(beat.style, beat.id)
    return known is not None and bool(known.doubts)


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


def _filter_words(run: Run | None) -> str:
    if run is None:
        return ""
    options = run.options
    parts = [*options.styles, *(f"shot {shot}" for shot in options.shots), *(f"beat {beat}" for beat in options.beats)]
    if options.limit is not None:
        parts.append(f"at most {options.limit} beats a style")
    return ", ".join(parts)
