"""Keys and their quotas as the keys screen shows them: what the daemon knows of each, and the picture's newest word."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shotmill_tui.model import parse
from shotmill_tui.model.reading import window_of
from shotmill_tui.model.view import Key, Quota, View, Window

BROKEN = ("invalid", "refused", "no_quota")
_ORDER = ("invalid", "refused", "no_quota", "exhausted", "cooling")
_SETTLED = ("", "ready", "untested")  # the picture knows less of these than the daemon's own list of keys


@dataclass(frozen=True, slots=True)
class KeyLine:
    """`state`: draws, known, untested, cooling, exhausted, no_quota, refused or invalid; `until` when it rests.
    `origin`: file, environment or emulator."""

    name: str
    masked: str
    quota_project: str
    origin: str
    state: str
    reason: str
    cure: str
    until: float | None
    styles: tuple[str, ...]
    code: str = ""
    """Of what keeps it from drawing."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One quota project. `minutes`: requests of each of the last 60; `hours`: of each hour of the provider's day so
    far, which ends at `day.resets_at`."""

    name: str
    keys: tuple[str, ...]
    minute: Window
    day: Window
    minutes: tuple[int, ...]
    hours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Keyring:
    keys: tuple[KeyLine, ...] = ()
    meters: tuple[Meter, ...] = ()
    notes: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = field(default=())


def read_keyring(answer: dict[str, Any], view: View | None, *, emulated: bool = False) -> Keyring:
    """Of `GET /v1/keys`; keys that need a person come first, then those that rest."""
    live = {one.name: one for one in view.keys} if view else {}
    quotas = {one.name: one for one in view.quota} if view else {}
    lines = [_key(one, live, quotas, emulated) for one in parse.items(answer, "keys")]
    lines += [_unusable(one) for one in parse.items(answer, "unusable")]
    lines.sort(key=lambda one: _ORDER.index(one.state) if one.state in _ORDER else len(_ORDER))
    together = tuple(
        tuple(parse.word(name, 80) for name in group)
        for group in parse.items(answer, "together")
        if isinstance(group, list) and len(group) > 1
    )
    meters = tuple(_meter(one, quotas) for one in parse.items(answer, "quota"))
    return Keyring(tuple(lines), meters, parse.words(answer, "notes"), together)


def _key(source: object, live: dict[str, Key], quotas: dict[str, Quota], emulated: bool) -> KeyLine:
    name, project = parse.text(source, "name", 80), parse.text(source, "quota_project", 80)
    state, reason, cure = (parse.text(source, part, 300) for part in ("state", "reason", "cure"))
    quota, seen = quotas.get(project), live.get(name)
    if seen is not None and seen.state not in _SETTLED:
        state, reason, cure = seen.state, seen.reason or reason, seen.cure or cure
    elif seen is not None and seen.state == "ready":
        state = "draws"
    until = parse.when(source, "until") or (quota.until if quota else None)
    if state == "exhausted" and until is None and quota is not None:
        until = quota.day.resets_at
    return KeyLine(
        name,
        parse.text(source, "masked", 12),
        project,
        "emulator" if emulated else parse.text(source, "origin", 20) or "file",
        state or "untested",
        reason,
        cure,
        until,
        quota.styles if quota else (),
        parse.text(source, "code", 40),
    )


def _unusable(source: object) -> KeyLine:
    name, reason, cure = (parse.text(source, part, 300) for part in ("name", "reason", "cure"))
    origin = "environment" if name == "env" else "file"
    return KeyLine(name, "", "", origin, "invalid", reason, cure, None, ())


def _meter(source: object, quotas: dict[str, Quota]) -> Meter:
    name = parse.text(source, "name", 80)
    quota = quotas.get(name)
    return Meter(
        name,
        parse.words(source, "keys"),
        quota.minute if quota else window_of(parse.obj(source, "rpm")),
        quota.day if quota else window_of(parse.obj(source, "rpd")),
        _figures(source, "minutes"),
        _figures(source, "hours"),
    )


def _figures(source: object, name: str) -> tuple[int, ...]:
    return tuple(max(0, one) for one in parse.items(source, name) if isinstance(one, int))[-64:]
