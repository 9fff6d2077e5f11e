"""From the daemon's snapshot and changes to a `View`, and from one `View` to the next."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from shotmill.client.link import ChangeArrived, SnapshotArrived, Update
from shotmill_tui.model import parse
from shotmill_tui.model.parse import Object
from shotmill_tui.model.view import ForYou, Key, Pace, Quota, Run, Shot, Style, View, Window, count_states


def reduce(view: View | None, update: Update) -> View | None:
    """The picture after an update. A change before any snapshot, or one that is older than the picture, is nothing."""
    if isinstance(update, SnapshotArrived):
        return read_snapshot(update.snapshot)
    if isinstance(update, ChangeArrived) and view is not None and parse.whole(update.change, "seq") > view.seq:
        return apply_change(view, update.change)
    return view


def read_snapshot(source: Object) -> View:
    status, project = parse.obj(source, "status"), parse.obj(source, "project")
    path = parse.text(project, "path")
    states = parse.obj(status, "styles")
    return View(
        seq=parse.whole(source, "seq"),
        at=parse.amount(source, "at"),
        version=parse.text(parse.obj(source, "daemon"), "version", 40),
        project=parse.text(project, "id", 80),
        path=path,
        title=parse.text(project, "title", 200) or path.rstrip("/").rpartition("/")[2],
        run=_run(parse.obj(status, "run")),
        styles=tuple(_with_state(_style(one), parse.obj(states, _name(one))) for one in parse.items(source, "styles")),
        quota=_quotas(source),
        keys=_keys(source),
        pace=_pace(parse.obj(source, "pace")),
        for_you=_for_you(status),
    )


def apply_change(view: View, change: Object) -> View:
    new: dict[str, Any] = {"seq": parse.whole(change, "seq"), "at": parse.amount(change, "at")}
    styles = _marked(view.styles, parse.items(change, "beats"))
    if status := parse.obj(change, "status"):
        states = parse.obj(status, "styles")
        new |= {"run": _run(parse.obj(status, "run")), "for_you": _for_you(status)}
        styles = tuple(_with_state(one, parse.obj(states, one.name)) for one in styles)
    if "quota" in change:
        new["quota"] = _quotas(change)
    if "keys" in change:
        new["keys"] = _keys(change)
    if "pace" in change:
        new["pace"] = _pace(parse.obj(change, "pace"))
    return replace(view, styles=styles, **new)


def _marked(styles: tuple[Style, ...], beats: list[Any]) -> tuple[Style, ...]:
    """Only the shots with a changed beat are built anew."""
    by_style: dict[str, dict[int, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
    for entry in beats:
        if isinstance(entry, list) and len(entry) == 4 and isinstance(entry[1], int) and isinstance(entry[2], int):
            by_style[str(entry[0])][entry[1]][entry[2]] = str(entry[3])[:1]
    return tuple(_restyled(style, by_style[style.name]) if style.name in by_style else style for style in styles)


def _restyled(style: Style, changes: dict[int, dict[int, str]]) -> Style:
    shots, counts = list(style.shots), dict(style.counts)
    for shot_index, beats in changes.items():
        if not 0 <= shot_index < len(shots):
            continue
        states = list(shots[shot_index].states)
        for beat_index, plain in beats.items():
            if 0 <= beat_index < len(states) and plain:
                counts[states[beat_index]] -= 1
                counts[plain] = counts.get(plain, 0) + 1
                states[beat_index] = plain
        shots[shot_index] = replace(shots[shot_index], states="".join(states))
    return replace(style, shots=tuple(shots), counts=counts)


def _name(source: object) -> str:
    return parse.text(source, "name", 200)


def _style(source: object) -> Style:
    shots = tuple(_shot(one) for one in parse.items(source, "shots"))
    return Style(_name(source), parse.words(source, "quota"), shots, count_states(shots))


def _shot(source: object) -> Shot:
    beats = parse.words(source, "beats")
    states = parse.text(source, "states", len(beats) + 1)[: len(beats)]
    return Shot(parse.whole(source, "shot"), beats, states.ljust(len(beats), "."))


def _with_state(style: Style, source: Object) -> Style:
    said: dict[str, Any] = {name: parse.text(source, name, 300) for name in ("reason", "code", "cure")}
    told = replace(
        style,
        state=parse.text(source, "state", 20) or "idle",
        waiting_until=parse.when(source, "waiting_until"),
        **said,
    )
    return style if told == style else told


def _run(source: Object) -> Run:
    images = parse.obj(source, "images")
    return Run(
        state=parse.text(source, "state", 20) or "idle",
        id=parse.text(source, "id", 80),
        reason=parse.text(source, "reason", 300),
        waiting_until=parse.when(source, "waiting_until"),
        waiting_since=parse.when(source, "waiting_since"),
        eta_s=parse.number(source, "eta_s"),
        ends_at=parse.when(source, "ends_at"),
        ended_at=parse.when(source, "ended_at"),
        spent=parse.amount(source, "spent_usd"),
        in_doubt=parse.amount(source, "in_doubt_usd"),
        budget=parse.number(source, "budget_usd"),
        done=parse.whole(images, "done"),
        total=parse.whole(images, "total"),
        cost_left=parse.amount(source, "cost_left_usd"),
        again=parse.whole(parse.obj(source, "again"), "images"),
        again_cost=parse.amount(parse.obj(source, "again"), "cost_usd"),
        gone=parse.whole(source, "gone"),
        agreed=parse.number(source, "agreed_usd"),
        interrupted=_interrupted(parse.obj(source, "interrupted")),
        code=parse.text(source, "code", 40),
        cure=parse.text(source, "cure", 300),
        limit=parse.whole(source, "limit"),
        stop_now=_stop_now(parse.obj(source, "stop_now")),
        play_money=parse.flag(source, "play_money"),
    )


def _stop_now(source: Object) -> tuple[int, float, int]:
    return parse.whole(source, "in_doubt"), parse.amount(source, "in_doubt_usd"), parse.whole(source, "received")


def _interrupted(source: Object) -> tuple[int, int] | None:
    return (parse.whole(source, "saved"), parse.whole(source, "in_doubt")) if source else None


def _quotas(source: Object) -> tuple[Quota, ...]:
    return tuple(
        Quota(
            name=_name(one),
            keys=parse.words(one, "keys"),
            styles=parse.words(one, "styles"),
            state=parse.text(one, "state", 20),
            reason=parse.text(one, "reason", 300),
            until=parse.when(one, "until"),
            minute=window_of(parse.obj(one, "rpm")),
            day=window_of(parse.obj(one, "rpd")),
            next_slot_at=parse.when(one, "next_slot_at"),
        )
        for one in parse.items(source, "quota")
    )


def window_of(source: Object) -> Window:
    """One window of a quota, from a status or a list of keys."""
    used, limit = parse.whole(source, "used"), parse.whole(source, "limit")
    return Window(used, limit, parse.when(source, "resets_at"), parse.flag(source, "named"))


def _keys(source: Object) -> tuple[Key, ...]:
    names = ("name", "masked", "quota_project", "state", "reason", "cure", "code")
    return tuple(Key(*(parse.text(one, name, 300) for name in names)) for one in parse.items(source, "keys"))


def _pace(source: Object) -> Pace:
    return Pace(
        limit=parse.text(source, "limit", 20) or "nothing",
        style=parse.text(source, "style", 200),
        beats=parse.whole(source, "beats"),
        seconds_each=parse.amount(source, "seconds_each"),
        per_minute=parse.amount(source, "per_minute"),
        quota_projects=parse.whole(source, "quota_projects"),
        by_tokens=parse.flag(source, "by_tokens"),
        until=parse.when(source, "until"),
        since=parse.when(source, "since"),
        saves_s=parse.amount(source, "saves_s"),
        helps=parse.text(source, "helps", 300),
        helps_s=parse.amount(source, "helps_s"),
        free=parse.number(source, "free_bytes"),
        needed=parse.number(source, "needed_bytes"),
        code=parse.text(source, "code", 40),
        reason=parse.text(source, "reason", 300),
        cure=parse.text(source, "cure", 300),
    )


def _for_you(status: Object) -> tuple[ForYou, ...]:
    names = ("kind", "style", "beat", "what", "cure")
    return tuple(ForYou(*(parse.text(one, name, 500) for name in names)) for one in parse.items(status, "for_you"))
