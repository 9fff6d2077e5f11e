"""Which key a click means: sentences, footer and questions name keys, and a click on one is that key."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from textual import events

from shotmill_tui.actions import Action
from shotmill_tui.keymap import key_name
from shotmill_tui.model.pieces import Line, width
from shotmill_tui.question import Answer


def clicked_key(line: Line, x: int, actions: Sequence[Action], answers: Sequence[Answer] = ()) -> events.Key | None:
    """The key at a column; None beside the hints, and for what is no single key: `1-9`."""
    shown = key_at(line, x)
    known = {one.shown: one.keys[0] for one in reversed(actions) if one.shown and one.keys}
    known |= {"Enter": "enter", "Esc": "escape"} | {one.shown: one.key for one in answers}
    character = shown if len(shown) == 1 else None
    key = known.get(shown, character)
    return events.Key(key_name(key), character) if key else None


def key_at(line: Line, x: int) -> str:
    """The key, as it is written, whose hint covers a column; empty beside the hints. Of a question's answers too."""
    key, end = "", 0
    for at, piece in enumerate(line):
        end += width((piece,))
        text, role = piece
        key = text.strip() if role == "key" else key if role and text.startswith(" ") else ""
        if x < end:
            return key or _led_to(line[at:])
    return ""


def _led_to(pieces: Line) -> str:
    """The key of a few words that stand before it, in a colour of their own: `3 for you: n`."""
    role = pieces[0][1]
    for (text, of), (after, follows) in pairwise(pieces):
        if of != role or of in ("", "text"):
            return ""
        if follows == "key":
            return after if text.endswith(": ") else ""
    return ""
