"""The marks of a beat: drawn, plain, and the word that says the same. State is never colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """`plain` is also how the daemon's API writes it; `role` names the colour a theme gives it."""

    plain: str
    drawn: str
    word: str
    role: str


MARKS: tuple[Mark, ...] = (
    Mark("v", "✓", "done", "done"),
    Mark("=", "=", "was there", "done"),
    Mark(">", "→", "drawing", "drawing"),
    Mark(".", "◦", "to do", "dim"),
    Mark("-", "-", "in a chain", "dim"),
    Mark("r", "↻", "again", "again"),
    Mark("x", "✗", "failed", "failed"),
    Mark("#", "⊘", "blocked", "blocked"),
    Mark("?", "?", "in doubt", "doubt"),
    Mark("~", "~", "stale", "dim"),
    Mark("*", "★", "picked", "picked"),
)
UNKNOWN = Mark(" ", " ", "unknown", "dim")
BY_PLAIN = {mark.plain: mark for mark in MARKS}

# What needs the user most comes first: where many beats share one cell, the first of these that occurs is shown.
PRIORITY = "?#xr>-.~v=*"
DONE = frozenset("v=~*")
TO_DO = frozenset(".-r")
FOR_YOU = frozenset("?#x")

_HEADS = {"ready": ("○", "o"), "running": ("●", "*"), "stopping": ("◐", "/"), "waiting": ("◇", "-"),
          "stopped": ("■", "!"), "finished": ("✓", "v")}  # fmt: skip


def mark(plain: str) -> Mark:
    return BY_PLAIN.get(plain, UNKNOWN)


def head(state: str, plain: bool) -> str:
    """The sign before the first line's word."""
    drawn, ascii_form = _HEADS[state]
    return ascii_form if plain else drawn


def fold(states: Iterable[str]) -> str:
    """The one mark that stands for many beats."""
    present = set(states)
    return next((plain for plain in PRIORITY if plain in present), " ")


def by_state(state: str) -> Mark:
    """The mark of a beat's state as the API's beat object names it (`in_flight`, `exists`, …)."""
    words = {"pending": ".", "waiting": "-", "in_flight": ">", "done": "v", "exists": "=", "stale": "~",
             "failed": "x", "blocked": "#", "in_doubt": "?", "again": "r", "picked": "*"}  # fmt: skip
    return mark(words.get(state, " "))


def by_event(event: str) -> Mark | None:
    """The mark of a log line, None for a note."""
    words = {"sent": ">", "done": "v", "again": "r", "failed": "x", "blocked": "#", "in_doubt": "?", "exists": "="}
    plain = words.get(event)
    return None if plain is None else BY_PLAIN[plain]
