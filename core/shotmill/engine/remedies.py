"""What would make the rest of a run quicker, and by how much: the estimate's own arithmetic. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shotmill.engine.pace import estimate
from shotmill.engine.rooms import QuotaRoom, StyleWork
from shotmill.quota.account_limits import MINUTES_OUT

WORTH = 0.15
"""A change that saves less than this share of the time is not worth a word."""
ANOTHER_KEY = (
    "shotmill keys add NAME   with a key of another cloud project, or raise rpm in keys.toml if yours allows more"
)
AS_MANY_AS_ASKED = 'in_flight = "auto" under [limits] in shotmill.toml'
NO_CHAIN = 'continuity = "off" in shotmill.toml, if beats need not follow from each other'
_ANOTHER = "another cloud project"


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that could be changed, and how many seconds the rest would then take less."""

    says: str
    saves_s: float


def remedies(work: Sequence[StyleWork], rooms: Mapping[str, QuotaRoom], latency_s: float, now: float) -> list[Remedy]:
    """The most telling first; none where nothing helps that is worth a word."""
    before = estimate(work, rooms, latency_s, now).seconds
    if before is None:
        return []
    unheld = {name: replace(room, at_once=max(room.at_once, MINUTES_OUT * room.rpm)) for name, room in rooms.items()}
    unchained = [replace(style, chain=min(1, style.beats)) for style in work]
    tried = {
        AS_MANY_AS_ASKED: estimate(work, unheld, latency_s, now).seconds,
        ANOTHER_KEY: estimate(*_with_another_project(work, rooms), latency_s, now).seconds,
        NO_CHAIN: estimate(unchained, rooms, latency_s, now).seconds,
    }
    found = [Remedy(says, before - seconds) for says, seconds in tried.items() if seconds is not None]
    return sorted(
        (remedy for remedy in found if remedy.saves_s > WORTH * before), key=lambda remedy: remedy.saves_s, reverse=True
    )


def _with_another_project(
    work: Sequence[StyleWork], rooms: Mapping[str, QuotaRoom]
) -> tuple[list[StyleWork], dict[str, QuotaRoom]]:
    """The same with one more project, as large as the largest that is there, for every style."""
    if not rooms:
        return list(work), {}
    like = max(rooms.values(), key=lambda room: room.rpm)
    more = replace(like, name=_ANOTHER, free_now=like.rpm, left_today=max(room.left_today for room in rooms.values()))
    with_it = [replace(style, quotas=(*style.quotas, _ANOTHER)) if style.is_ours else style for style in work]
    return with_it, {**rooms, _ANOTHER: more}
