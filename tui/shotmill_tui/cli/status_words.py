"""A status object in words: one line on the run, one a style, one a quota project, then what only the user can mend."""

from __future__ import annotations

from shotmill.engine.key_words import short_of
from shotmill.engine.tried import TRIED
from shotmill.moment import back_at
from shotmill.untrusted import printable
from shotmill_tui.cli import words
from shotmill_tui.cli.table import clipped, table, width
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SHORT_TITLE = 16
"""Cells of a title that has to make room."""
_MARKS = {
    "idle": ("○", "o", "dim"),
    "running": ("●", "*", "blue"),
    "stopping": ("◐", "*", "yellow"),
    "waiting": ("◇", "-", "yellow"),
    "finished": ("✓", "v", "green"),
    "stopped": ("■", "#", "yellow"),
}

SHORT_REASONS = {
    "interrupted": "the daemon ended while it ran",
    "budget": "at the budget",
    "asked": "as you asked",
    "restart": "the daemon restarts and goes on with it",
}


def report(status: dict[str, Any], now: float, terminal: Terminal) -> list[str]:
    """All lines of `shotmill status`."""
    lines = [headline(status, now, terminal)]
    why = reason(status["run"])
    if is_trial(status):
        left = words.number_of(_pending(status), "image was", "images were")
        why = f"the trial is over; {left} not part of it"
    if why:
        lines.append(f"  {why}")
    cure = cure_of(status)
    if cure:
        lines.append(f"    → {cure}")
    if status["styles"]:
        lines += ["", *styles(status["styles"], now, terminal)]
    if status["keys"]:
        lines += ["", *keys(status["keys"], now, terminal)]
    if status["for_you"]:
        lines += ["", *for_you(status["for_you"], terminal)]
    return lines


def headline(status: dict[str, Any], now: float, terminal: Terminal) -> str:
    """`Night train  ● running   93/180 images   ends about 12:09   $3.12 of $10.00`."""
    return next(_headlines(status, now, terminal))


def headline_within(cells: int, status: dict[str, Any], now: float, terminal: Terminal) -> str:
    """The same in as many words as fit: a sum of money that is cut says another sum."""
    line = ""
    for line in _headlines(status, now, terminal):
        if width(line) <= cells:
            return line
    return clipped(line, cells)


def _headlines(status: dict[str, Any], now: float, terminal: Terminal) -> Iterator[str]:
    """With fewer and fewer words; the money is the last that stays."""
    run = status["run"]
    name, stands, drawn = title(status), state(run, now, terminal), images(status["styles"])
    ends, money = end_of(run, now), words.money_of(run)
    count = drawn.removesuffix(" images")
    for said, parts in (
        (name, (drawn, ends, money)),
        (name, (count, ends.replace("about ", ""), money)),
        (clipped(name, SHORT_TITLE), (count, ends.replace("about ", ""), money)),
        (clipped(name, SHORT_TITLE), (count, money)),
        ("", (count, money)),
        ("", (money,)),
    ):
        lead = f"{terminal.paint(said, 'bold')}  {stands}" if said else stands
        yield "   ".join(part for part in (lead, *parts) if part)
    yield money


def title(status: dict[str, Any]) -> str:
    project = status["project"]
    return printable(str(project.get("title") or project["path"].rstrip("/").rpartition("/")[2]), 60)


def state(run: dict[str, Any], now: float, terminal: Terminal) -> str:
    """Mark and word of the run's state, with until when it waits."""
    word = run["state"]
    mark, plain, colour = _MARKS.get(word, ("○", "o", "dim"))
    text = f"{terminal.paint(plain if terminal.plain_marks else mark, colour)} {word}"
    if word == "waiting" and run.get("waiting_until"):
        text += _until(run, now)
    return text


def _until(told: dict[str, Any], now: float) -> str:
    """Till when, or when it is tried again where nobody knows the end."""
    at = back_at(_seconds(told["waiting_until"]), now)
    return f", next try {at}" if told.get("code") in TRIED else f" until {at}"


def images(styles: dict[str, Any]) -> str:
    total = sum(counts["total"] for counts in styles.values())
    if not total:
        return "no prompts"
    return f"{sum(counts['done'] for counts in styles.values()):,}/{total:,} images"


def end_of(run: dict[str, Any], now: float) -> str:
    """When an active run is expected to end; empty when nobody knows."""
    if run["state"] not in ("running", "stopping", "waiting") or run.get("eta_s") is None:
        return ""
    return f"ends about {words.moment(now + run['eta_s'], now)}"


def styles(found: dict[str, Any], now: float, terminal: Terminal) -> list[str]:
    rows = []
    for name, counts in found.items():
        row = [printable(name, 30), f"{counts['done']:,}/{counts['total']:,}", _counted(counts, terminal)]
        rows.append([*row, _style_state(counts, now)])
    return table(rows, right={1})


def _counted(counts: dict[str, Any], terminal: Terminal) -> str:
    parts = [
        (counts["in_flight"], "drawing", "blue"),
        (counts["pending"], "to do", "dim"),
        (counts["failed"], "failed", "red"),
        (counts["blocked"], "blocked", "magenta"),
        (counts["in_doubt"], "in doubt", "orange"),
        (counts["stale"], "stale", "yellow"),
    ]
    said = [f"{count:,} {terminal.paint(word, colour)}" for count, word, colour in parts if count]
    return "  ".join(said) or terminal.paint("all done", "green") * bool(counts["total"])


def _style_state(counts: dict[str, Any], now: float) -> str:
    if counts["state"] not in ("waiting", "paused"):
        return ""
    said = counts["state"] + (_until(counts, now) if counts.get("waiting_until") else "")
    return f"{said}: {printable(counts['reason'], 100)}" if counts.get("reason") else said


def keys(found: dict[str, Any], now: float, terminal: Terminal) -> list[str]:
    """A line a key. The figures are its quota project's: they stand with the first of the keys that share it."""
    rows: list[list[str]] = []
    first: dict[str, str] = {}
    for name, key in found.items():
        project = key["quota_project"]
        figures, shared = ["", "", "", ""], ""
        if project in first:
            shared = terminal.paint(f"shares it with {first[project]}", "dim")
        elif project:
            first[project], figures = printable(name, 30), _figures(key, terminal)
        state = "  ".join(part for part in (shared, _key_state(key, now, terminal)) if part)
        rows.append([printable(name, 30), terminal.paint(printable(project, 30), "dim"), *figures, state])
    return table(rows, right={2, 4})


def _figures(key: dict[str, Any], terminal: Terminal) -> list[str]:
    rpm, rpd = key["rpm"], key["rpd"]
    return [
        f"{rpm['used']}/{rpm['limit']}",
        terminal.paint("this minute", "dim"),
        f"{rpd['used']:,}/{rpd['limit']:,}" if isinstance(rpd["limit"], int) else f"{rpd['used']:,}",
        terminal.paint("today", "dim"),
    ]


def _key_state(key: dict[str, Any], now: float, terminal: Terminal) -> str:
    word = {"no_quota": "may not draw", "invalid": short_of(str(key.get("code") or "invalid"))}.get(
        key["state"], key["state"].replace("_", " ")
    )
    if key["state"] == "ready":
        return ""
    if key["state"] == "cooling" and key.get("until"):  # the provider's words count down and grow old
        back = back_at(_seconds(key["until"]), now)
        return terminal.paint(f"{short_of(str(key.get('code') or 'rests'))}, back {back}", "yellow")
    if key["state"] == "exhausted" and key["rpd"].get("resets_at"):
        return terminal.paint(f"day spent, back {words.moment(_seconds(key['rpd']['resets_at']), now)}", "yellow")
    colour = "red" if key["state"] in ("invalid", "no_quota") else "dim"
    reason = f": {printable(key['reason'], 100)}" if key.get("reason") else ""
    return terminal.paint(word, colour) + reason


def for_you(items: list[dict[str, Any]], terminal: Terminal, most: int = 12) -> list[str]:
    """What only the user can mend, each with its cure; a long list is cut and says so."""
    lines = [f"{len(items)} for you"]
    for item in items[:most]:
        where = " ".join(printable(str(item[name]), 30) for name in ("style", "beat") if item.get(name))
        kind = terminal.paint(item["kind"].replace("_", " "), "yellow")
        what = printable(str(item.get("what") or ""), 160)
        lines.append("  " + "  ".join(part for part in (kind, where, what) if part))
        if item.get("cure"):
            lines.append(f"    → {printable(str(item['cure']), 300)}")
    if len(items) > most:
        lines.append(f"  and {len(items) - most} more: shotmill status --json")
    return lines


def reason(run: dict[str, Any]) -> str:
    """Why a run waits or stopped; empty when there is nothing to say."""
    said = printable(str(run.get("reason") or ""), 200)
    return SHORT_REASONS.get(said, said)


def is_trial(status: dict[str, Any]) -> bool:
    """Whether a run is finished that was limited to some beats, so that the rest is still to be drawn."""
    run = status["run"]
    return run["state"] == "finished" and bool(run.get("limit")) and _pending(status) > 0


def _pending(status: dict[str, Any]) -> int:
    return sum(int(counts["pending"]) for counts in status["styles"].values())


def cure_of(status: dict[str, Any]) -> str:
    """What to do about a run that waits, stopped or was a trial; empty where what is for the user says it already."""
    run = status["run"]
    if is_trial(status):
        return "shotmill start   draws the rest"
    cure = printable(str(run.get("cure") or ""), 300) if run["state"] in ("waiting", "stopped") else ""
    said = (printable(str(item.get("cure") or ""), 300).rstrip(". ") for item in status["for_you"])
    return "" if any(one and cure.startswith(one) for one in said) else cure


def _seconds(moment: Any) -> float:
    return float(moment) if isinstance(moment, int | float) else words.from_iso(str(moment))
