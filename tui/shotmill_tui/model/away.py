"""What happened while nobody looked: the picture of then beside the one of now, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from shotmill_tui.model import parse, words
from shotmill_tui.model.hints import Keys
from shotmill_tui.model.logbook import Entry
from shotmill_tui.model.view import Run, View

AWAY_S = 600.0
"""Seconds without a look after which it is told."""
_MARKS = (("blocked", "#", "blocked"), ("failed", "x", "failed"), ("doubt", "?", "in doubt"))


def standing(view: View, now: float) -> dict[str, Any]:
    """What a later picture is compared with, as JSON: the moment, how far it is, which keys work."""
    return {
        "left_at": now,
        "done": view.done,
        **{name: _marked(view, plain) for name, plain, _ in _MARKS},
        "spent": view.run.spent,
        "state": view.run.state,
        "keys": {one.name: one.state for one in view.keys},
    }


def while_away(
    view: View, kept: dict[str, Any], log: Iterable[Entry], now: float, zone: tzinfo | None, keys: Keys
) -> str:
    """`While you were away: 412 drawn, 3 blocked, $13.78 spent, finn not valid since 02:14, waiting since 02:31.  n
    shows them`; empty for less than ten minutes, and where nothing happened. `kept` is `standing` of then."""
    left = parse.number(kept, "left_at")
    if left is None or now - left < AWAY_S:
        return ""
    told = [*_images(view, kept), *_money(view.run, kept), *_keys(view, kept, log, now, zone)]
    told += [said] if (said := _state(view, kept, left, now, zone)) else []
    if not told:
        return ""
    shows = f"  {keys['next']} shows them" if view.for_you and keys.get("next") else ""
    return f"While you were away: {', '.join(told)}.{shows}"


def _images(view: View, kept: dict[str, Any]) -> list[str]:
    counted = [("done", view.done, "drawn"), *((name, _marked(view, plain), word) for name, plain, word in _MARKS)]
    more = ((number - parse.whole(kept, name), word) for name, number, word in counted if name in kept)
    return [f"{words.thousands(number)} {word}" for number, word in more if number > 0]


def _money(run: Run, kept: dict[str, Any]) -> list[str]:
    spent = run.spent - parse.amount(kept, "spent") if "spent" in kept else 0.0
    return [f"{run.price(spent)} spent"] if spent >= 0.005 else []


def _keys(view: View, kept: dict[str, Any], log: Iterable[Entry], now: float, zone: tzinfo | None) -> list[str]:
    """A key that is not valid is not asked again: its last line in the log is the moment when it was refused."""
    before = parse.obj(kept, "keys")
    lost = [one.name for one in view.keys if one.state == "invalid" != before.get(one.name)]
    last = {one.key: one.at for one in log if one.key in lost} if lost else {}
    since = {name: f" since {words.moment(at, now, zone)}" for name, at in last.items()}
    return [f"{name} not valid{since.get(name, '')}" for name in lost]


def _state(view: View, kept: dict[str, Any], left: float, now: float, zone: tzinfo | None) -> str:
    run, before = view.run, kept.get("state")
    if run.state == "waiting":
        if run.waiting_since is not None:
            return f"waiting since {words.moment(run.waiting_since, now, zone)}" if run.waiting_since > left else ""
        return "waiting" if before != "waiting" else ""
    if run.state not in ("finished", "stopped"):
        return ""
    word = {"budget": "stopped at the budget", "interrupted": "interrupted"}.get(run.reason, run.state)
    if run.ended_at is not None:
        return f"{word} {words.moment(run.ended_at, now, zone)}" if run.ended_at > left else ""
    return word if before != run.state else ""


def _marked(view: View, plain: str) -> int:
    return sum(style.counts.get(plain, 0) for style in view.styles)
