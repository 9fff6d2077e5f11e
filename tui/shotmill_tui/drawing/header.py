"""The two lines at the top: what it is and how far; then the one sentence that is always there."""

from __future__ import annotations

from shotmill_tui.drawing.look import Look
from shotmill_tui.model import words
from shotmill_tui.model.hints import KeyOf, with_hints
from shotmill_tui.model.marks import head
from shotmill_tui.model.pieces import Line, Piece, crop, join, spread, width
from shotmill_tui.model.told import Told
from shotmill_tui.model.view import View

_ROLES = {"ready": "dim", "running": "accent", "stopping": "again", "waiting": "again", "stopped": "failed",
          "finished": "done"}  # fmt: skip

WHOLE = 3
"""So many of the forms of the figures leave nothing out."""
TITLE = 20
"""Cells of a title that stay where all of it leaves no room for the figures."""


def header(
    view: View | None, told: Told, notice: str, look: Look, room: int, key_of: KeyOf, name: str = "Shotmill"
) -> list[Line]:
    """`notice` stands in the sentence's place for a few seconds: why a key did nothing, what a command answered.
    Only keys that `key_of` knows are named; `name` stands there until the picture has told the project's title."""
    return [_first(view, told, look, room, name), _second(view, told, notice, room, key_of)]


def sign_of(state: str, plain: bool) -> Piece:
    """The sign of a project's state with its colour."""
    return head(state, plain), _ROLES[state]


def _first(view: View | None, told: Told, look: Look, room: int, name: str) -> Line:
    """A title that leaves no room for state, images, end and money is cut off before they are."""
    gap = "   " if room >= 100 else "  "
    state: Line = ((gap, ""), sign_of(told.state, look.plain), (f" {told.word}", "text"))
    title: Line = ((f" {view.title if view else name}", "title"),)
    forms = _figures(view, told, look) if view else [()]
    for least, figures in [*((width(title), form) for form in forms[:WHOLE]), *((TITLE, form) for form in forms)]:
        free = room - width(state) - (2 + width(figures) if figures else 0)
        if free >= least:
            return spread((*crop(title, free), *state), figures, room)
    return spread((*title, *state), (), room)


def _figures(view: View, told: Told, look: Look) -> list[Line]:
    """From the fullest form to the barest."""
    run = view.run
    images = f"{words.thousands(view.done)}/{words.thousands(view.total)}"
    moves = run.ends_at is not None and told.state in ("running", "waiting")
    ends = words.moment(run.ends_at or 0.0, look.now, look.zone) if moves else ""
    money = run.money
    short = words.spending(run.spent, run.in_doubt, run.budget, play_money=run.play_money, short=True)
    ends_long: Line = (("ends about ", "dim"), (ends, "text")) if ends else ()
    ends_short: Line = (("ends ", "dim"), (ends, "text")) if ends else ()
    forms: list[list[Line]] = [
        [((images, "text"), (" images", "dim")), ends_long, ((money, "text"),)],
        [((images, "text"),), ends_short, ((money, "text"),)],
        [((images, "text"),), ends_short, ((short, "text"),)],
        [((images, "text"),), ends_short],
        [((images, "text"),)],
    ]
    return [(*join([part for part in form if part], "   "), (" ", "")) for form in forms]


def _second(view: View | None, told: Told, notice: str, room: int, key_of: KeyOf) -> Line:
    waiting = len(view.for_you) if view else 0
    right: Line = ()
    if waiting:
        key = key_of("next")
        right = ((f"{waiting} for you", "doubt"), *(((": ", "doubt"), (key, "key")) if key else ()), (" ", ""))
    if notice:
        return spread(((f" {notice}", "accent"),), right, room)
    free = room - width(right) - (2 if right else 0)
    said = with_hints(f" {told.long}", told.hints, key_of)
    if width(said) > free:
        said = with_hints(f" {told.short}", [hint for hint in told.hints if not hint.wide], key_of)
    if width(said) > free:  # whole words without a key before half of what a key does
        said = ((f" {told.short}", "text"),)
    return spread(said, right, room)
