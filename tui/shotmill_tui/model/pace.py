"""What sets a running project's pace, and whether another key would help: one sentence, in the engine's words."""

from __future__ import annotations

from datetime import tzinfo

from shotmill.engine.pace_words import binds, would_help
from shotmill_tui.model import words
from shotmill_tui.model.view import View

Sentence = tuple[str, str, bool]  # long, short, changes by the clock alone
_OF_ITSELF = {"budget": ".", "person": ""}
"""What is no pace: its words are the whole sentence, with its end; a key follows after `person`."""


def pace_sentence(view: View, now: float, zone: tzinfo | None) -> Sentence:
    pace = view.pace
    if pace.limit == "network":
        return _away(view, now, zone)
    if pace.limit == "nothing" and not pace.per_minute:
        return "Drawing.", "Drawing.", False
    back = words.moment(pace.until, now, zone) if pace.until else ""
    long, short = binds(pace, back), binds(pace, back, short=True)
    if pace.limit in _OF_ITSELF:
        text = f"{long[:1].upper()}{long[1:]}{_OF_ITSELF[pace.limit]}"
        return text, text, False
    return " ".join(filter(None, (f"Pace: {long}.", would_help(pace)))), f"Pace: {short}.", False


def _away(view: View, now: float, zone: tzinfo | None) -> Sentence:
    since = f" since {words.moment(view.pace.since, now, zone)}" if view.pace.since else ""
    until = view.pace.until
    again = f", next try in {words.length(until - now)}" if until is not None and until > now else ""
    text = f"The network is away{since}{again}. {would_help(view.pace)}"
    return text, text, until is not None
