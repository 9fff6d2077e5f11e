"""What sets a running project's pace, and whether another key would help: one sentence for each limit."""

from __future__ import annotations

from datetime import tzinfo

from shotmill_tui.model import words
from shotmill_tui.model.view import Pace, View

Sentence = tuple[str, str, bool]  # long, short, changes by the clock alone


def pace_sentence(view: View, now: float, zone: tzinfo | None) -> Sentence:
    pace = view.pace
    match pace.limit:
        case "chain":
            return _chain(pace)
        case "minute_quota":
            return _minute_quota(pace)
        case "day_quota":
            until = f", back {words.moment(pace.until, now, zone)}" if pace.until else ""
            text = f"Pace: what is left of the day quota of {_projects(pace)}{until}."
            return text, text, False
        case "in_flight":
            rate = f"{_some(pace)}, " if pace.per_minute else ""
            long = f"Pace: {rate}as many at once as limits.in_flight allows. A higher number would help."
            return long, f"Pace: {rate}held by limits.in_flight.", False
        case "latency":
            each = f", about {words.about(pace.seconds_each)} an image" if pace.seconds_each else ""
            short = f"Pace: the provider's own time{each}."
            return f"{short} Keys would not help.", short, False
        case "overload":
            text = "Pace: the provider is overloaded" + (f", {_some(pace)} get through." if pace.per_minute else ".")
            return f"{text} No try is used up, keys would not help.", text, False
        case "network":
            return _away(view, now, zone)
        case "disk":
            return "Pace: there is little room on the disk.", "Pace: little room on the disk.", False
        case "budget":
            text = "The last images that the budget allows are out."
            return text, text, False
        case "spend":
            text = "Pace: the spend limit of the billing account."
            return text, text, False
        case "person":
            text = "What is left needs you"
            return text, text, False
    text = f"Pace: {_some(pace)}." if pace.per_minute else "Drawing."
    return text, text, False


def _chain(pace: Pace) -> Sentence:
    style = pace.style or "One style"
    each = f" of about {words.about(pace.seconds_each)}" if pace.seconds_each else ""
    beats = words.count(pace.beats, "beat")
    long = f"Pace: {style} is one chain, {beats}{each}, each after the one before. Keys would not help."
    return long, f"Pace: {style} is one chain, {beats}; keys will not help.", False


def _minute_quota(pace: Pace) -> Sentence:
    short = f"Pace: {_some(pace)}, the minute quota of {_projects(pace)}."
    saves = f" One more would save {words.about(pace.saves_s)}." if pace.saves_s >= 1 else ""
    return short + saves, short, False


def _away(view: View, now: float, zone: tzinfo | None) -> Sentence:
    since = f" since {words.moment(view.pace.since, now, zone)}" if view.pace.since else ""
    until = view.pace.until
    again = f", next try in {words.length(until - now)}" if until is not None and until > now else ""
    text = f"The network is away{since}{again}. No try is used up."
    return text, text, until is not None


def _some(pace: Pace) -> str:
    return words.per_minute(pace.per_minute)


def _projects(pace: Pace) -> str:
    return words.count(max(1, pace.quota_projects), "cloud project")
