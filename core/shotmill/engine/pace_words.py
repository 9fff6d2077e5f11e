"""What sets a run's pace, in words: the same for screens, for the doctor and for the log. Pure."""

from __future__ import annotations

from typing import Protocol

from shotmill.moment import about, moment
from shotmill.untrusted import printable

_NAMES_ITS_REMEDY = frozenset({"minute_quota", "in_flight"})


class Bound(Protocol):
    """What sets the pace, as `shotmill.engine.pace.Pace` and a screen's own reading of it have it."""

    @property
    def limit(self) -> str: ...
    @property
    def style(self) -> str: ...
    @property
    def beats(self) -> int: ...
    @property
    def seconds_each(self) -> float: ...
    @property
    def per_minute(self) -> float: ...
    @property
    def quota_projects(self) -> int: ...
    @property
    def by_tokens(self) -> bool: ...
    @property
    def saves_s(self) -> float: ...
    @property
    def until(self) -> float | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def helps(self) -> str: ...
    @property
    def helps_s(self) -> float: ...


def binds(pace: Bound, back: str = "", *, short: bool = False) -> str:
    """What sets the pace: the middle of a sentence. `back`: the moment at which the day's quota is back, as the reader
    tells moments."""
    match pace.limit:
        case "minute_quota":
            return f"{_rate(pace)}the minute quota {'of tokens ' if pace.by_tokens else ''}of {_projects(pace)}"
        case "day_quota":
            return f"what is left of the day quota of {_projects(pace)}{f', back {back}' if back else ''}"
        case "chain":
            return _chain(pace, short=short)
        case "in_flight":
            held = "held by limits.in_flight" if short else "as many at once as limits.in_flight allows"
            return f"{_rate(pace)}{held}"
        case "latency":
            return f"the provider's own time{_each(pace, ', about {} an image')}"
        case "overload":
            through = f", {per_minute(pace.per_minute)} get through" if pace.per_minute else ""
            return f"the provider is overloaded{through}"
        case "network":
            return "the network is away"
        case "disk":
            return printable(pace.reason, 300).rstrip(".") or f"{'' if short else 'there is '}little room on the disk"
        case "budget":
            return "the last images that the budget allows are out"
        case "spend":
            return f"{_rate(pace)}the spend limit of the billing account"
        case "quiet":
            return "the daemon waits a moment after a fault, to be sure of what was sent"
        case "person":
            return "what is left needs you"
    return per_minute(pace.per_minute) if pace.per_minute else "nothing holds it"


def would_help(pace: Bound) -> str:
    """Whether keys would help, as a sentence; empty where the limit says it."""
    match pace.limit:
        case "minute_quota" if pace.saves_s >= 1:
            return f"One more would save {about(pace.saves_s)}."
        case "in_flight":
            return "A higher number would help."
        case "chain" | "latency":
            return "Keys would not help."
        case "overload":
            return "No try is used up, keys would not help."
        case "network":
            return "No try is used up."
    return ""


def told(pace: Bound, seconds: float | None, now: float) -> str:
    """What binds and how long the rest takes, in sentences; what would help is `cured`'s to say."""
    back = moment(pace.until, now) if pace.until else ""
    parts = [f"{binds(pace, back)}."]
    if pace.limit not in _NAMES_ITS_REMEDY:
        parts.append(would_help(pace))
    if seconds is not None:
        parts.append(f"The rest takes about {about(seconds)}.")
    return " ".join(filter(None, parts))


def cured(pace: Bound) -> str:
    """What would help most and by how much: `shotmill keys add … (about 4 min less)`."""
    return f"{pace.helps} (about {about(pace.helps_s)} less)" if pace.helps else ""


def per_minute(rate: float) -> str:
    """`27 a minute`, `0.4 a minute`."""
    return f"{rate:.0f} a minute" if rate >= 1 else f"{rate:.1f} a minute"


def _chain(pace: Bound, *, short: bool) -> str:
    said = f"{pace.style or 'one style'} is one chain, {_count(pace.beats, 'beat')}"
    return f"{said}; keys will not help" if short else f"{said}{_each(pace, ' of about {}')}, each after the one before"


def _each(pace: Bound, form: str) -> str:
    return form.format(about(pace.seconds_each)) if pace.seconds_each else ""


def _rate(pace: Bound) -> str:
    return f"{per_minute(pace.per_minute)}, " if pace.per_minute else ""


def _projects(pace: Bound) -> str:
    return _count(max(1, pace.quota_projects), "cloud project")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
