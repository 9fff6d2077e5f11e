"""The keys and, below them, each cloud project's quota with its last hour and the day so far."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from shotmill.engine.key_words import NEW_SECRET, invalid_as, short_of
from shotmill_tui.drawing.look import Look
from shotmill_tui.drawing.quota import rest_of, shared_words
from shotmill_tui.model import words
from shotmill_tui.model.keyring import BROKEN, KeyLine, Keyring, Meter
from shotmill_tui.model.meters import blocks
from shotmill_tui.model.pieces import Line, fit, pad_text, width, wrap_text
from shotmill_tui.model.plot import cells_for, plot

MOST_BLOCKS = 10
DAY_HOURS = 24
THIS_MINUTE = "this minute"
_MARKS = {
    "draws": ("✓", "v", "done"),
    "known": ("◦", ".", "dim"),
    "untested": ("◦", ".", "dim"),
    "cooling": ("↻", "r", "again"),
    "exhausted": ("◇", "-", "again"),
    "no_quota": ("✗", "x", "failed"),
    "invalid": ("✗", "x", "failed"),
    "refused": ("✗", "x", "failed"),
}


_UNPAID = {
    "prepay_depleted": "balance is empty",
    "payment_required": "account wants money",
    "billing_disabled": "billing is off",
}
"""Why a key that is known may not draw, where that is not its quota."""


def key_sign(state: str, look: Look) -> tuple[str, str]:
    """The mark of a key's state and its colour; the word beside it says the same."""
    drawn, plain, role = _MARKS.get(state, ("?", "?", "doubt"))
    return (plain if look.plain else drawn), role


def state_words(key: KeyLine, look: Look) -> str:
    until = f" until {words.moment(key.until, look.now, look.zone)}" if key.until else ""
    if key.state == "cooling" and key.until and key.until > look.now:
        until = f", {rest_of(key.until, look)}"
    told = {
        "draws": "draws",
        "known": "known to the provider",
        "untested": "not tried yet",
        "cooling": f"{short_of(key.code) if key.code else 'cooling'}{until}",
        "exhausted": f"day spent{until}",
        "no_quota": _UNPAID.get(key.code, "may draw 0 images"),
        "invalid": invalid_as(key.code),
        "refused": "refused",
    }
    return told.get(key.state, key.state.replace("_", " "))


def counts_line(ring: Keyring) -> Line:
    """`1 broken   4 draw   1 not tried yet`, for the first line."""
    broken = sum(1 for one in ring.keys if one.state in BROKEN)
    rest = sum(1 for one in ring.keys if one.state in ("cooling", "exhausted"))
    draw = sum(1 for one in ring.keys if one.state == "draws")
    fresh = len(ring.keys) - broken - rest - draw
    parts = ((broken, "broken", "failed"), (rest, "resting", "again"), (draw, "draw", "done"),
             (fresh, "not tried yet", "dim"))  # fmt: skip
    return tuple(piece for number, word, role in parts if number for piece in ((f"{number} {word}", role), ("   ", "")))


def key_lines(ring: Keyring, at: int, look: Look, room: int) -> tuple[list[Line], list[int]]:
    """The lines of all keys; the first line of each, and the one behind the last."""
    name_room = _room([one.name for one in ring.keys], 4, room // 5)
    project_room = _room([one.quota_project for one in ring.keys], 13, room // 4)
    masked_room = 5
    state_room = _room([state_words(one, look) for one in ring.keys], 5, 36)
    head = f"     {pad_text('key', name_room)}  {pad_text('ends', masked_room)}  "
    head += f"{pad_text('cloud project', project_room)}  {pad_text('state', state_room)}  styles"
    lines: list[Line] = [fit(((head, "dim"),), room)]
    starts: list[int] = []
    for index, one in enumerate(ring.keys):
        here = index == at
        starts.append(len(lines))
        lead = (">" if look.plain else "▸") if here else " "
        sign, role = key_sign(one.state, look)
        lines.append(
            fit(
                (
                    (f" {lead} ", "accent"),
                    (f"{sign} ", role),
                    (f"{pad_text(one.name, name_room)}  ", "title" if here else "text"),
                    (f"{pad_text(one.masked, masked_room)}  ", "dim"),
                    (f"{pad_text(one.quota_project, project_room)}  ", "text"),
                    (f"{pad_text(state_words(one, look), state_room)}  ", _word_role(one.state)),
                    (", ".join(one.styles) or ("from the environment" if one.origin == "environment" else ""), "dim"),
                ),
                room,
            )
        )
        lines.extend(_more(one, look, room))
    return lines, [*starts, len(lines)]


def _word_role(state: str) -> str:
    return {"draws": "text", "known": "dim", "untested": "dim"}.get(state, _MARKS.get(state, ("", "", "text"))[2])


def _more(key: KeyLine, look: Look, room: int) -> list[Line]:
    """Why, and the cure, below a key that needs a person."""
    if key.state not in BROKEN:
        return []
    lines: list[Line] = []
    inner = max(10, room - 8)
    if key.reason and key.reason.casefold() not in ("not valid", "key not valid"):
        lines.extend(((" " * 5, ""), (part, "text")) for part in wrap_text(key.reason, inner))
    cure = "" if key.state == "invalid" and key.code in NEW_SECRET else key.cure
    if key.origin == "file":
        told = f"Enter, and paste another    or: shotmill keys add {key.name} --replace"
        cure = f"{cure}    or: shotmill keys remove {key.name}" if cure and "remove" not in cure else cure or told
    arrow = "-> " if look.plain else "→ "
    for index, part in enumerate(wrap_text(cure or key.cure, inner - 3)):
        lines.append(((" " * 5, ""), (arrow if index == 0 else "   ", "accent"), (part, "text")))
    return [fit(line, room) for line in lines]


def quota_table(ring: Keyring, look: Look, room: int) -> list[Line]:
    """A rule, a heading, then one meter with its plots a cloud project, and the keys that share it in words."""
    if not ring.meters:
        return []
    names = _room([one.name for one in ring.meters], 4, room // 5)
    meter_room = min(MOST_BLOCKS, max(one.minute.limit for one in ring.meters))
    minute = max(
        len(THIS_MINUTE) - meter_room - 1,
        3,
        *(cell_len(_used(one.minute.used, one.minute.limit)) for one in ring.meters),
    )
    day = max(5, *(cell_len(_used(one.day.used, one.day.limit)) for one in ring.meters))
    free = room - (1 + names + 2 + meter_room + 1 + minute + 3 + day) - 6
    hour_room = cells_for(60, min(30, max(0, free * 3 // 5)))
    day_room = cells_for(DAY_HOURS, min(DAY_HOURS, max(0, free - hour_room)))
    most = max((figure for one in ring.meters for figure in one.hours), default=0)
    lines = [_rule(look, room), _heading(names, meter_room + 1 + minute, day, hour_room, day_room, room)]
    for one in ring.meters:
        line = _meter(one, names, meter_room, minute, day, hour_room, day_room, most, look)
        shared = shared_words(one)
        beside = shared and width(line) + 3 + cell_len(shared) < room
        lines.append(fit((*line, ("   ", ""), (shared, "dim")) if beside else line, room))
        if shared and not beside:
            lines.append(fit(((" " * (names + 3), ""), (shared, "dim")), room))
    return lines


def _rule(look: Look, room: int) -> Line:
    words_of = " quota, each cloud project "
    return fit(((words_of, "dim"), (("-" if look.plain else "─") * max(0, room - len(words_of) - 1), "line")), room)


def _heading(names: int, minute: int, day: int, hour_room: int, day_room: int, room: int) -> Line:
    text = f" {' ' * names}  {pad_text(THIS_MINUTE, minute)}   {pad_text('today', day, right=True)}"
    if hour_room:
        each = f"hour, a cell {60 // hour_room} min"
        text += f"   {_longest((f'last {each}', each, 'hour'), hour_room)}"
    if day_room:
        each = f"day so far, a cell {DAY_HOURS // day_room} h"
        text += f"   {_longest((each, 'day so far', 'day'), day_room)}"
    return fit(((text, "dim"),), room)


def _longest(texts: Sequence[str], room: int) -> str:
    """The first that fits."""
    return pad_text(next((text for text in texts if len(text) <= room), ""), room)


def _meter(
    one: Meter, names: int, meter: int, minute: int, day: int, hour: int, hours: int, most: int, look: Look
) -> Line:
    drawn = blocks(one.minute.used, one.minute.limit, meter, plain=look.plain)
    line: Line = (
        (f" {pad_text(one.name, names)}  ", "text"),
        *drawn,
        (" " * (meter - width(drawn)), ""),
        (f" {pad_text(_used(one.minute.used, one.minute.limit), minute, right=True)}", "text"),
        (f"   {pad_text(_used(one.day.used, one.day.limit), day, right=True)}", "text"),
    )
    if hour:
        line = (*line, ("   ", ""), *plot(one.minutes, hour, one.minute.limit, plain=look.plain))
    if hours:
        ahead = max(0, DAY_HOURS - len(one.hours))
        line = (*line, ("   ", ""), *plot(one.hours, hours, most, ahead=ahead, plain=look.plain))
    return line


def _used(used: int, limit: int) -> str:
    return f"{words.thousands(used)}/{words.thousands(limit)}"


def _room(texts: Sequence[str], least: int, most: int) -> int:
    return max(least, min(max((cell_len(text) for text in texts), default=0), most))
