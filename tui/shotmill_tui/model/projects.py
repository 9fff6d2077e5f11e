"""All projects of the daemon, as their status objects tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from shotmill_tui.model import parse, words

_ORDER = ("running", "stopping", "waiting", "stopped", "ready", "finished")


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """`state` names the sign as on the floor's first line, `word` stands behind it."""

    id: str
    path: str
    title: str
    state: str
    word: str
    done: int
    total: int
    ends_at: float | None
    spent: float
    in_doubt: float
    budget: float | None
    for_you: int
    play_money: bool = False

    def money(self, *, short: bool) -> str:
        return words.spending(self.spent, self.in_doubt, self.budget, play_money=self.play_money, short=short)


def read_projects(answer: dict[str, Any], now: float, zone: tzinfo | None) -> tuple[ProjectLine, ...]:
    """Of `GET /v1/status`: those that draw come first."""
    found = [_project(one, now, zone) for one in parse.items(answer, "projects")]
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.state), one.title.casefold(), one.path)))


def _project(source: object, now: float, zone: tzinfo | None) -> ProjectLine:
    project, run = parse.obj(source, "project"), parse.obj(source, "run")
    images, styles = parse.obj(run, "images"), parse.obj(source, "styles")
    told = parse.text(run, "state", 20)
    state = {"idle": "ready", "": "ready"}.get(told, told)
    state = state if state in _ORDER else "ready"
    path = parse.text(project, "path")
    done = sum(parse.whole(one, "done") for one in styles.values())
    total = sum(parse.whole(one, "total") for one in styles.values())
    return ProjectLine(
        parse.text(project, "id", 80),
        path,
        parse.text(project, "title", 200) or path.rstrip("/").rpartition("/")[2],
        state,
        _word(state, run, now, zone),
        parse.whole(images, "done") or done,
        parse.whole(images, "total") or total,
        parse.when(run, "ends_at") if state in ("running", "waiting") else None,
        parse.amount(run, "spent_usd"),
        parse.amount(run, "in_doubt_usd"),
        parse.number(run, "budget_usd"),
        len(parse.items(source, "for_you")),
        parse.flag(run, "play_money"),
    )


def _word(state: str, run: dict[str, Any], now: float, zone: tzinfo | None) -> str:
    until, reason = parse.when(run, "waiting_until"), parse.text(run, "reason", 80)
    if state == "waiting":
        return f"waiting until {words.back_at(until, now, zone)}" if until else "waiting"
    if state == "stopped":
        if "budget" in reason:
            return "stopped at the budget"
        return "interrupted" if "interrupted" in reason else "stopped"
    return state
