"""Quota, one meter a cloud project, with the keys that share it in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from shotmill_tui.drawing.look import Look
from shotmill_tui.model import words
from shotmill_tui.model.meters import blocks
from shotmill_tui.model.pieces import Line, crop_text, fit, pad_text, spread, width, wrap_text
from shotmill_tui.model.view import Quota, Window

if TYPE_CHECKING:
    from shotmill_tui.model.keyring import Meter

ONE_LINE = 60
MOST_BLOCKS = 10
LEAST_REASON = 10
HOUR = 3600


def quota_lines(quotas: Sequence[Quota], look: Look, room: int) -> list[Line]:
    """One line a cloud project from 60 cells on; below that its keys stand on a second line."""
    if not quotas:
        return [fit((("no key for this style", "dim"),), room)]
    name_room = min(max(cell_len(one.name) for one in quotas), max(4, room // 4))
    minute_room = max(len(_minute(one)) for one in quotas)
    day_room = max(len(_day(one)) for one in quotas)
    meter_room = min(MOST_BLOCKS, max(one.minute.limit for one in quotas))
    lines: list[Line] = []
    for one in quotas:
        name = (pad_text(one.name, name_room), "text" if one.state in ("ready", "cooling", "untested") else "dim")
        gap = (" " * (2 if room >= ONE_LINE else 1), "")
        if one.state == "cooling" and trouble_of(one, look):
            lines.append(_cooling(one, name, look, room, meter_room, minute_room))
        elif trouble := trouble_of(one, look):
            cure = _cure(one, look)
            told: Line = (name, gap, trouble)
            near: Line = (*told, ("   ", ""), *cure) if cure else told
            lines.append(fit(near, room) if room >= ONE_LINE else spread(told, cure, room))
        elif room >= ONE_LINE:
            line, shared = _wide(one, name, look, meter_room, minute_room, day_room), shared_words(one)
            beside = room - width(line) - 3 >= cell_len(shared)
            lines.append(fit((*line, ("   ", ""), (shared, "dim")) if beside else line, room))
            if shared and not beside:
                lines.extend(_below(shared, name_room + 2, room))
        else:
            lines.append(_narrow(one, name, look, room, minute_room, day_room))
            if shared := shared_words(one):
                lines.extend(_below(shared, name_room + 1, room))
    return lines


def _below(text: str, indent: int, room: int) -> list[Line]:
    return [fit(((" " * indent, ""), (part, "dim")), room) for part in wrap_text(text, room - indent)]


def trouble_of(quota: Quota, look: Look) -> tuple[str, str] | None:
    """Why nothing goes out there, until when; None while it can be used."""
    back = f", back {words.moment(quota.until, look.now, look.zone)}" if quota.until else ""
    if quota.state == "exhausted":
        return f"day spent{back}", "again"
    if quota.state == "no_quota":
        return quota.reason or "may draw 0 images a day", "failed"
    if quota.state == "invalid":
        return quota.reason or "key not valid", "failed"
    if quota.state == "cooling" and quota.until and quota.until > look.now:
        return f"{quota.reason or 'rests'}, {rest_of(quota.until, look)}", "again"
    return None


def rest_of(until: float, look: Look) -> str:
    """`42 s` while it is worth counting, `back Tue 08:00` from an hour on."""
    if until - look.now < HOUR:
        return words.length(until - look.now)
    return f"back {words.moment(until, look.now, look.zone)}"


def ticks(quotas: Sequence[Quota], look: Look) -> bool:
    """Whether some of it changes by the clock alone: a slot, or an end of a rest, that is to come or just came."""
    ahead = (moment for one in quotas for moment in (one.next_slot_at, one.until) if moment is not None)
    return any(moment > look.now - 2 for moment in ahead)


def _cooling(quota: Quota, name: tuple[str, str], look: Look, room: int, meter_room: int, minute_room: int) -> Line:
    """Bar and count as ever; then the reason, cut so that it never costs the time that it takes."""
    gap = (" " * (2 if room >= ONE_LINE else 1), "")
    figures = f" {pad_text(_minute(quota), minute_room, right=True)}"
    wait = f", {rest_of(quota.until or look.now, look)}"
    reason = quota.reason or "rests"
    free = room - width((name,)) - 2 * width((gap,)) - len(figures) - len(wait)
    meter_room = max(0, min(meter_room, free - min(cell_len(reason), max(LEAST_REASON, free // 2))))
    meter = _meter(quota, look, meter_room)
    told = crop_text(reason, free - meter_room) + wait
    return fit(
        (name, gap, *meter, (" " * (meter_room - width(meter)), ""), (figures, "text"), gap, (told, "again")), room
    )


def _cure(quota: Quota, look: Look) -> Line:
    return look.hint("keys", "to mend") if quota.state in ("invalid", "no_quota") else ()


def _wide(quota: Quota, name: tuple[str, str], look: Look, meter_room: int, minute_room: int, day_room: int) -> Line:
    meter = _meter(quota, look, meter_room)
    return (
        name,
        ("  ", ""),
        *meter,
        (" " * (meter_room - width(meter)), ""),
        (f" {pad_text(_minute(quota), minute_room, right=True)}", "text"),
        (" this minute   ", "dim"),
        (pad_text(_day(quota), day_room, right=True), "text"),
        (" today", "dim"),
    )


def _narrow(quota: Quota, name: tuple[str, str], look: Look, room: int, minute_room: int, day_room: int) -> Line:
    right: Line = (("today ", "dim"), (pad_text(_day(quota), day_room, right=True), "text"))
    used = width((name,)) + 1 + 1 + minute_room + 2 + width(right)
    if used > room:
        right = right[1:]
        used -= 6
    meter_room = max(0, min(MOST_BLOCKS, room - used))
    meter = _meter(quota, look, meter_room)
    figures = f" {pad_text(_minute(quota), minute_room, right=True)}"
    return spread((name, (" ", ""), *meter, (figures, "text")), right, room)


def _meter(quota: Quota, look: Look, room: int) -> Line:
    return blocks(quota.minute.used, quota.minute.limit, room, plain=look.plain)


def _minute(quota: Quota) -> str:
    return f"{quota.minute.used}/{quota.minute.limit}"


def _day(quota: Quota) -> str:
    return f"{words.thousands(quota.day.used)}/{words.thousands(quota.day.limit)}"


def shared_words(of: Quota | Meter) -> str:
    """`anna and ben share it`; nothing where the only key bears the project's name and the limits are the settings'."""
    sharing = _sharing(of.keys) if of.keys != (of.name,) else ""
    return ", ".join(filter(None, (sharing, _named_limit(of.minute, of.day))))


def _named_limit(minute: Window, day: Window) -> str:
    """Of limits that are the provider's own words in a refusal, not the settings'."""
    if minute.named and day.named:
        return "the provider's limits"
    return "the provider's limit" if minute.named or day.named else ""


def _sharing(keys: Sequence[str]) -> str:
    if len(keys) < 2:
        return "".join(f"key {key}" for key in keys)
    if len(keys) > 4:
        return f"{', '.join(keys[:3])} and {len(keys) - 3} more share it"
    return f"{', '.join(keys[:-1])} and {keys[-1]} share it"
