"""Why a run is as slow as it is, what would help most, and by how much: the estimate's own arithmetic. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shotmill.doctor.check import Check, Verdict
from shotmill.engine.estimate import RunEstimate
from shotmill.engine.pace import Pace, QuotaRoom, StyleWork, estimate
from shotmill.quota.account import MINUTES_OUT
from shotmill.untrusted import printable

LONG_S = 600.0
WORTH = 0.15
"""A change that saves less than this share of the time is not worth a word."""

ANOTHER_KEY = (
    "shotmill keys add NAME   with a key of another cloud project, or raise rpm in keys.toml if yours allows more"
)
AS_MANY_AS_ASKED = 'in_flight = "auto" under [limits] in shotmill.toml'
_ANOTHER = "another cloud project"


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that could be changed, and how many seconds the rest would then take less."""

    says: str
    saves_s: float


UNKNOWN = Check("pace", "Pace", Verdict.FINE, "not known without a key that may draw", page="slow")


def judged_pace(
    pace: Pace, work: Sequence[StyleWork], rooms: Mapping[str, QuotaRoom], latency_s: float, now: float, *, going: bool
) -> Check:
    """What binds now, and the remedy that helps most. Worth a look where the rest takes long and something helps."""
    found = estimate(work, rooms, latency_s, now)
    if pace.limit == "nothing" or not any(style.beats for style in work):
        return Check("pace", "Pace", Verdict.FINE, "nothing is left to draw", page="slow")
    if not going and not rooms:
        return UNKNOWN
    binding = pace if going else found.pace
    said = binds(binding, now)
    if found.seconds is not None:
        said += f" The rest takes about {_length(found.seconds)}."
    best = [] if binding.limit == "disk" else remedies(work, rooms, latency_s, now)[:1]
    cure = f"{best[0].says} (about {_length(best[0].saves_s)} less)" if best else _patience(binding)
    is_slow = found.seconds is None or found.seconds > LONG_S
    verdict = Verdict.LOOK if is_slow and (best or found.seconds is None) else Verdict.FINE
    return Check("pace", "Pace", verdict, said, cure, page="slow")


def judged_estimate(found: RunEstimate, now: float) -> Check:
    """The same of a project that no daemon has open: how long a start would take."""
    if not found.images:
        return Check("pace", "Pace", Verdict.FINE, "nothing is left to draw", page="slow")
    if found.seconds is None:
        return UNKNOWN
    said = f"{binds(found.pace, now)} {found.images:,} images take about {_length(found.seconds)}."
    if found.seconds > LONG_S and found.pace.limit == "in_flight":
        return Check("pace", "Pace", Verdict.LOOK, said, AS_MANY_AS_ASKED, page="slow")
    if found.seconds > LONG_S and found.pace.saves_s > WORTH * found.seconds:
        cure = f"{ANOTHER_KEY} (about {_length(found.pace.saves_s)} less)"
        return Check("pace", "Pace", Verdict.LOOK, said, cure, page="slow")
    return Check("pace", "Pace", Verdict.FINE, said, page="slow")


def remedies(work: Sequence[StyleWork], rooms: Mapping[str, QuotaRoom], latency_s: float, now: float) -> list[Remedy]:
    """What would make the rest quicker, the most telling first."""
    before = estimate(work, rooms, latency_s, now).seconds
    if before is None:
        return []
    unheld = {name: replace(room, at_once=max(room.at_once, MINUTES_OUT * room.rpm)) for name, room in rooms.items()}
    tried = {
        AS_MANY_AS_ASKED:
            estimate(work, unheld, latency_s, now).seconds,
        ANOTHER_KEY:
            estimate(*_with_another_project(work, rooms), latency_s, now).seconds,
        'continuity = "off" in shotmill.toml, if beats need not follow from each other':
            estimate([replace(style, chain=min(1, style.beats)) for style in work], rooms, latency_s, now).seconds,
    }  # fmt: skip
    found = [Remedy(says, before - seconds) for says, seconds in tried.items() if seconds is not None]
    return sorted(
        (remedy for remedy in found if remedy.saves_s > WORTH * before), key=lambda remedy: remedy.saves_s, reverse=True
    )


def binds(pace: Pace, now: float) -> str:
    """The limit that sets the pace, as a sentence."""
    projects = f"{pace.quota_projects or 1} cloud project{'s' if pace.quota_projects > 1 else ''}"
    match pace.limit:
        case "minute_quota":
            rate = f"{pace.per_minute:.0f} a minute, " if pace.per_minute else ""
            return f"{rate}the minute quota of {projects} sets it."
        case "day_quota":
            back = f", back in {_length(pace.until - now)}" if pace.until else ""
            return f"The day quota of {projects} sets it{back}."
        case "chain":
            each = f" of about {_length(pace.seconds_each)}" if pace.seconds_each else ""
            return f"{pace.style} is one chain, {pace.beats} beats{each}, each after the one before: keys don't help."
        case "in_flight":
            rate = f"{pace.per_minute:.0f} a minute, " if pace.per_minute else ""
            return f"{rate}in_flight under [limits] in shotmill.toml sets it: as many requests at once as it allows."
        case "latency":
            return f"The provider's own time sets it, about {_length(pace.seconds_each)} an image."
        case "overload":
            return "The provider is overloaded: no try is used up, other keys don't help."
        case "network":
            return "The network is away: it is tried again and again, no try is used up."
        case "disk":
            return f"It waits: {printable(pace.reason, 300).rstrip('.') or 'the disk refuses'}."
        case "budget":
            return "The budget holds it."
        case "spend":
            return "The spend limit of the billing account holds it, and not the quota."
        case "quiet":
            return "The daemon waits a moment after a fault, to be sure of what was sent."
    return "What is left needs a person."


def _patience(pace: Pace) -> str:
    return {
        "day_quota": "Wait till then, or: shotmill keys add NAME   with a key of another cloud project",
        "person": "shotmill status   lists what needs you",
        "disk": printable(pace.cure, 300),
        "budget": "shotmill help stops",
        "in_flight": AS_MANY_AS_ASKED,
    }.get(pace.limit, "")


def _with_another_project(
    work: Sequence[StyleWork], rooms: Mapping[str, QuotaRoom]
) -> tuple[list[StyleWork], dict[str, QuotaRoom]]:
    """The same with one more project, as large as the largest that is there, for every style."""
    if not rooms:
        return list(work), {}
    like = max(rooms.values(), key=lambda room: room.rpm)
    more = replace(like, name=_ANOTHER, free_now=like.rpm, left_today=max(room.left_today for room in rooms.values()))
    return [replace(style, quotas=(*style.quotas, _ANOTHER)) for style in work], {**rooms, _ANOTHER: more}


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} days"
