"""Why a run is as slow as it is, what would help most, and by how much: the estimate's own arithmetic. Pure."""

from __future__ import annotations

from shotmill.doctor.check import Check, Verdict
from shotmill.engine.ahead import Ahead
from shotmill.engine.estimate import RunEstimate
from shotmill.engine.pace import Pace
from shotmill.engine.pace_words import binds, cured, told
from shotmill.engine.remedies import ANOTHER_KEY, AS_MANY_AS_ASKED, WORTH
from shotmill.moment import about, moment
from shotmill.untrusted import printable

LONG_S = 600.0
UNKNOWN = Check("pace", "Pace", Verdict.FINE, "not known without a key that may draw", page="slow")


def judged_pace(pace: Pace, ahead: Ahead, *, going: bool) -> Check:
    """What binds now, and the remedy that helps most. Worth a look where the rest takes long and something helps."""
    if pace.limit == "nothing" or not any(style.beats for style in ahead.work):
        return Check("pace", "Pace", Verdict.FINE, "nothing is left to draw", page="slow")
    if not going and not ahead.rooms:
        return UNKNOWN
    seconds = ahead.estimate().seconds
    is_slow = seconds is None or seconds > LONG_S
    verdict = Verdict.LOOK if is_slow and (pace.helps or seconds is None) else Verdict.FINE
    said = _capital(told(pace, seconds, ahead.now))
    return Check("pace", "Pace", verdict, said, cured(pace) or _patience(pace), page="slow")


def judged_estimate(found: RunEstimate, now: float) -> Check:
    """The same of a project that no daemon has open: how long a start would take."""
    if not found.images:
        return Check("pace", "Pace", Verdict.FINE, "nothing is left to draw", page="slow")
    if found.seconds is None:
        return UNKNOWN
    if found.within_budget is not None:
        said = f"The budget pays for {found.within_budget:,} of {found.images:,} images"
        return Check("pace", "Pace", Verdict.LOOK, said, "shotmill help stops", page="stops")
    back = moment(found.pace.until, now) if found.pace.until else ""
    said = f"{_capital(binds(found.pace, back))}. {found.images:,} images take about {about(found.seconds)}."
    if found.seconds > LONG_S and found.pace.limit == "in_flight":
        return Check("pace", "Pace", Verdict.LOOK, said, AS_MANY_AS_ASKED, page="slow")
    if found.seconds > LONG_S and found.pace.saves_s > WORTH * found.seconds:
        cure = f"{ANOTHER_KEY} (about {about(found.pace.saves_s)} less)"
        return Check("pace", "Pace", Verdict.LOOK, said, cure, page="slow")
    return Check("pace", "Pace", Verdict.FINE, said, page="slow")


def _patience(pace: Pace) -> str:
    return {
        "day_quota": "Wait till then, or: shotmill keys add NAME   with a key of another cloud project",
        "person": "shotmill status   lists what needs you",
        "disk": printable(pace.cure, 300),
        "budget": "shotmill help stops",
        "in_flight": AS_MANY_AS_ASKED,
    }.get(pace.limit, "")


def _capital(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}"
