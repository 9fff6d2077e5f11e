"""The pages of a first run: one question a page, the answers in words."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from shotmill_tui.drawing.look import Look
from shotmill_tui.model import words
from shotmill_tui.model.first import FIRST_PROJECT, NewKey, trial
from shotmill_tui.model.pieces import Line, fit, pad_text, wrap_text
from shotmill_tui.model.view import View
from shotmill_tui.question import Entry

PAGES = {"keys": "1 of 3", "sharing": "2 of 3", "limit": "3 of 3", "offer": ""}
HINTS = {
    "keys": (("Enter", "store it, or go on", "store"), ("?", "help", "help"), ("Esc", "to the mill floor", "leave")),
    "name": (("Enter", "store the key", "store"), ("Esc", "another key", "back")),
    "sharing": (("Enter", "go on", "go on"), ("1-9", "its cloud project", "project"), ("0", "not sure", "not sure"),
                ("↑ ↓", "choose a key", "key"), ("Esc", "back", "back")),
    "limit": (("Enter", "go on", "go on"), ("Esc", "back", "back")),
    "offer": (("Esc", "back", "back"),),
}  # fmt: skip
WIDEST = 76
"""Cells of a line of prose: longer ones are hard to read."""


def prose(text: str, room: int, role: str = "text", indent: int = 1) -> list[Line]:
    inner = max(10, min(WIDEST, room - indent - 1))
    return [((" " * indent, ""), (part, role)) for part in wrap_text(text, inner)]


def found_here(view: View | None, unusable: Sequence[tuple[str, str]] = ()) -> str:
    """`Found here: 60 beats in 3 styles (…), 20 images already drawn, no settings, no key on this machine.`"""
    if view is None:
        return "Looking at what is here."
    names = ", ".join(style.name for style in view.styles[:6]) + (", …" if len(view.styles) > 6 else "")
    beats = max((style.total for style in view.styles), default=0)
    drawn = f" {words.count(view.done, 'image')} already drawn," if view.done else ""
    return (
        f"Found here: {words.count(beats, 'beat')} in {words.count(len(view.styles), 'style')} ({names}),{drawn} "
        f"no settings, {_no_key(unusable)}."
    )


def _no_key(unusable: Sequence[tuple[str, str]]) -> str:
    """Keys that can't be used are named with their reason: a template that nobody filled in, mostly."""
    if not unusable:
        return "no key on this machine"
    return "no usable key on this machine (" + "; ".join(f"{name}: {reason}" for name, reason in unusable[:4]) + ")"


def typed(entry: Entry, lead: str, room: int) -> Line:
    """The line that is typed in, with its cursor."""
    seen = f"{entry.seen}  {len(entry.value)} characters" if entry.hidden and entry.value else entry.seen
    stars, _, count = seen.partition("  ")
    cursor: Line = ((stars, "text"), (" ", "text cursor"), (f"  {count}" if count else "", "dim"))
    return fit(((f" {lead} ", "accent"), *cursor), room)


def key_page(
    keys: Sequence[NewKey],
    unusable: Sequence[tuple[str, str]],
    view: View | None,
    entry: Entry,
    naming: str,
    look: Look,
    room: int,
    height: int,
) -> list[Line]:
    """Page 1. `unusable`: names and reasons of keys that are there and can't be used. `naming` is the masked key whose
    name is asked for, "" while a key is."""
    if naming:
        asked = [*prose(f"A name for the key {naming}:", room), typed(entry, " ", room)]
    elif keys:
        asked = [*prose("Another key, or Enter to go on:", room), typed(entry, " ", room)]
    else:
        told = "Paste a key (it stays hidden); it is made at aistudio.google.com/apikey."
        asked = [*prose(told, room), typed(entry, " ", room)]
    stored = [line for one in keys for line in key_row(one, keys, look, room)]
    lines = [*prose(found_here(view, unusable), room), (), *asked, (), *stored]
    # What was found has been read by the time that a key is there; where room is short the key's verdict comes first.
    return lines if not keys or len(lines) <= height else [*asked, (), *stored]


def key_row(key: NewKey, keys: Sequence[NewKey], look: Look, room: int) -> list[Line]:
    """`✓ anna …x7Qp  known to the provider`, and a cure below what is not."""
    sign, role, said = _verdict(key, look)
    names = max(cell_len(one.name) for one in keys)
    masked = max(cell_len(one.masked) for one in keys)
    lead: Line = ((f"   {sign} ", role), (f"{pad_text(key.name, names)} ", "title"))
    indent = 5 + names + 1 + masked + 2
    parts = wrap_text(said, max(10, min(WIDEST, room) - indent - 1))
    lines: list[Line] = [(*lead, (f"{pad_text(key.masked, masked)}  ", "dim"), (parts[0], "text"))]
    lines.extend(((" " * indent, ""), (part, "text")) for part in parts[1:])
    if key.verdict in ("invalid", "refused"):
        arrow = "-> " if look.plain else "→ "
        again = f"paste another one, and call it {key.name} again"
        cure = again if key.verdict == "invalid" or not key.cure else key.cure
        for index, part in enumerate(wrap_text(cure, max(10, min(WIDEST, room) - indent - 4))):
            lines.append(((" " * indent, ""), (arrow if index == 0 else "   ", "accent"), (part, "text")))
    return lines


def _verdict(key: NewKey, look: Look) -> tuple[str, str, str]:
    signs = {"known": ("✓", "v", "done"), "invalid": ("✗", "x", "failed"), "refused": ("✗", "x", "failed"),
             "": ("→", ">", "drawing")}  # fmt: skip
    drawn, plain, role = signs.get(key.verdict, ("?", "?", "doubt"))
    said = {
        "known": "known to the provider",
        "invalid": key.message or "not valid",
        "refused": key.message or "refused",
        "": "asking the provider",
    }.get(key.verdict, f"stored; the provider could not be asked: {key.message or 'no answer'}")
    return (plain if look.plain else drawn), role, said


def sharing_page(keys: Sequence[NewKey], at: int, look: Look, room: int) -> tuple[list[Line], int]:
    """Page 2, and which of its lines is the first key's."""
    told = (
        "Google counts images for each cloud project, not for each key. In AI Studio the project stands beside the "
        "key. Which keys are of the same project?"
    )
    names = max(cell_len(one.name) for one in keys)
    lines = [*prose(told, room), ()]
    first = len(lines)
    for index, one in enumerate(keys):
        lead = (">" if look.plain else "▸") if index == at else " "
        name = (f"{pad_text(one.name, names)}  ", "title" if index == at else "text")
        chosen = f"film-{one.project}" if one.project else "not sure"
        line: Line = ((f" {lead} ", "accent"), name, (f"{one.masked}  ", "dim"), (pad_text(chosen, 10), "text"))
        if not one.project and room >= 60:
            line = (*line, (f"counted with {FIRST_PROJECT} until you say otherwise", "dim"))
        lines.append(fit(line, room))
    if room < 60:
        lines += [(), *prose(f"Not sure: counted with {FIRST_PROJECT} until you say otherwise.", room, "dim")]
    return lines, first


def limit_page(view: View | None, entry: Entry, room: int) -> list[Line]:
    """Page 3."""
    if view is None:
        rest = ""
    else:
        rest = f"The {words.count(view.to_do, 'image')} to draw cost about {view.run.price(view.run.cost_left)}. "
    told = rest + "What may this project cost in all, in dollars? What is in doubt counts as spent."
    hint = "Nothing is spent yet. An empty line is no limit; shotmill.toml keeps it, and it can be changed there."
    return [*prose(told, room), (), typed(entry, "  $", room), (), *prose(hint, room, "dim")]


def offer_page(view: View | None, saved: str, room: int, height: int) -> list[Line]:
    """The estimate, then what can be done, each with its key; what was written is said where there is room."""
    told: list[Line] = []
    if view is not None:
        eta = f", about {words.about(view.run.eta_s)}" if view.run.eta_s else ""
        limit = f" The limit is {words.usd(view.run.budget)}." if view.run.budget is not None else ""
        images = words.count(view.to_do, "image")
        text = f"{images} to draw, about {view.run.price(view.run.cost_left)}{eta}.{limit} Nothing is spent yet."
        told = prose(text, room)
    choices = offers(view)
    keys = max(len(key) for key, _ in choices)
    rows: list[Line] = [()]
    for key, said in choices:
        for index, part in enumerate(wrap_text(said, max(10, room - keys - 6))):
            rows.append(((f"   {pad_text('' if index else key, keys)} ", "key"), (f" {part}", "text")))
    written = prose(saved, room, "dim") if saved else []
    return [*told, *(written if len(told) + len(written) + len(rows) <= height else ()), *rows]


def offers(view: View | None) -> list[tuple[str, str]]:
    """Key and words of what the last page offers; the least costly first."""
    found: list[tuple[str, str]] = []
    if view is not None and view.to_do:
        images, usd = trial(view)
        if images < view.to_do:
            told = f"{words.count(images, 'image')}, about {view.run.price(usd)}"
            found.append(("Enter", f"try three beats of each style: {told}"))
        cost = view.run.price(view.run.cost_left)
        found.append(("a", f"all {words.count(view.to_do, 'image')}, about {cost}"))
    found.append(("0", "the demo first: no key, no cent"))
    found.append(("n", "not now: to the mill floor"))
    return found
