"""What `shotmill watch` says: whole sentences without marks, colours or abbreviations. Pure functions."""

from __future__ import annotations

import re
import time

from shotmill.moment import back_at
from shotmill.untrusted import printable
from shotmill_tui.cli.status_words import is_trial
from shotmill_tui.cli.words import from_iso, moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PAUSE = re.compile(r"^(?P<said>.*), in (?P<seconds>\d+) s$")
_SAID_BETTER = re.compile(r"^(finished|stopped)(: .*)?, \d+ of \d+ drawn(\. To mend it: .*)?$|^waiting: |^started: ")
_ARROW = re.compile(r"(?<=[^. ])[. ]*? +→ +")
_REASONS = {
    "interrupted": "the daemon ended while it ran",
    "budget": "the budget is reached",
    "asked": "as you asked",
    "restart": "the daemon restarts and goes on with it",
}
_UNITS = ((86400, "day", 3600, "hour"), (3600, "hour", 60, "minute"), (60, "minute", 1, "second"))
_ENDS = {"failed": "failed", "blocked": "blocked", "in_doubt": "in doubt"}


def stamp(at: float, now: float) -> str:
    """`12:04:11` in the user's zone; with the day when that isn't today: `Mon 23:59:58`."""
    then = time.localtime(at)
    today = then[:3] == time.localtime(now)[:3]
    return time.strftime("%H:%M:%S" if today else "%a %H:%M:%S", then)


def day(now: float) -> str:
    """`Tuesday 24 November 2026.`, said when a new day begins."""
    then = time.localtime(now)
    return f"{time.strftime('%A', then)} {then.tm_mday} {time.strftime('%B %Y', then)}."


def log_line(line: dict[str, Any], done: int, total: int) -> str:
    """A line of the log as a sentence, empty where it is no news; `done` of `total` are its style's beats."""
    event, text = str(line.get("event")), plain(line.get("text"))
    if event == "note":
        return _note(line, text)
    where = f"{plain(line.get('style'), 60)} beat {plain(line.get('beat'), 40)}"
    if event == "done":
        return f"{where} done{_facts(line, text)}. {done:,} of {total:,}."
    if event == "again":
        pause = _PAUSE.match(text)
        if pause:
            return sentence(f"{where} again in {count(int(pause['seconds']), 'second')}: {pause['said']}")
        return sentence(f"{where} again: {text}" if text else f"{where} again")
    if event == "exists":
        return f"{where} was there. {done:,} of {total:,}."
    if event in _ENDS:
        return sentence(f"{where} {_ENDS[event]}: {text}" if text else f"{where} {_ENDS[event]}")
    return ""


def _facts(line: dict[str, Any], text: str) -> str:
    facts = []
    if isinstance(line.get("seconds"), int | float):
        facts.append(length(line["seconds"]))
    if line.get("key"):
        facts.append(f"key {plain(line['key'], 60)}")
    return "".join(f", {fact}" for fact in [*facts, *([text] if text else [])])


def _note(line: dict[str, Any], text: str) -> str:
    if line.get("level") == "debug" or not text or _SAID_BETTER.match(text):
        return ""
    where = " beat ".join(plain(line[name], 60) for name in ("style", "beat") if line.get(name))
    head = {"error": "Trouble: ", "warning": "Note: "}.get(str(line.get("level")), "")
    return sentence(f"{head}{where}: {text}" if where else f"{head}{text}")


def summary(status: dict[str, Any], now: float) -> str:
    """`93 of 180 done, ends about 12:09, 3.12 of 10 dollars, 3 for you.`"""
    run = status["run"]
    done, total = images(status)
    parts = [f"{done:,} of {total:,} done"]
    if run["state"] in ("running", "stopping", "waiting") and run.get("eta_s") is not None:
        parts.append(f"ends about {moment(now + run['eta_s'], now)}")
    return ", ".join([*parts, money(run), *_for_you(status)]) + "."


def opening(status: dict[str, Any], now: float) -> str:
    """The first line: which project, and how far it is."""
    run = status["run"]
    return f"{title(status)} is {run['state']}{_until(run.get('waiting_until'), now)}. {summary(status, now)}"


def ending(status: dict[str, Any], *, watched: bool) -> str:
    """The last line. `watched`: its run went on while we looked; else it was over when we came."""
    run = status["run"]
    done, total = images(status)
    parts = [f"{done:,} of {total:,} images" if total else "no prompts", money(run), *_for_you(status)]
    rest = " shotmill start draws the rest." if is_trial(status) else ""
    if not watched:
        word = "ready" if run["state"] == "idle" else run["state"]
        return f"Nothing is being drawn now. {title(status)} is {word}{_because(run)}: {', '.join(parts)}.{rest}"
    elapsed = run.get("elapsed_s")
    took = f" {'in' if run['state'] == 'finished' else 'after'} {length(elapsed)}" if elapsed else ""
    word = f"trial {run['state']}" if rest else run["state"]
    return f"{title(status)} {word}{took}{_because(run)}: {', '.join(parts)}.{rest}"


def waits(who: str, state: dict[str, Any], now: float) -> str:
    """`clear waits until Tue 09:00: the day quota is spent.`; `who` is a style or the run as a whole."""
    reason = plain(state.get("reason"))
    said = f"{who} waits{_until(state.get('waiting_until'), now)}"
    return sentence(f"{said}: {reason}" if reason else said)


def pauses(style: str, reason: str) -> str:
    """A style that needs a person before it goes on."""
    said = f"{plain(style, 60)} is paused, it needs you"
    return sentence(f"{said}: {plain(reason)}" if reason else said)


def for_you(item: dict[str, Any]) -> str:
    """Something that only the user can mend, with its cure."""
    cure = plain(item.get("cure"))
    said = sentence(f"For you, {plain(item.get('kind'), 40)}: {plain(item.get('what'))}")
    return f"{said} To mend it: {sentence(cure)}" if cure else said


def title(status: dict[str, Any]) -> str:
    project = status["project"]
    return plain(project.get("title") or str(project["path"]).rstrip("/").rpartition("/")[2], 80)


def images(status: dict[str, Any]) -> tuple[int, int]:
    """(done, total) over all styles."""
    counts = status["styles"].values()
    return sum(style["done"] for style in counts), sum(style["total"] for style in counts)


def money(run: dict[str, Any]) -> str:
    """`3.12 of 10 dollars`, `3.12 and 0.07 in doubt of 10 dollars`."""
    spent, doubt, budget = run.get("spent_usd") or 0.0, run.get("in_doubt_usd") or 0.0, run.get("budget_usd")
    said = f"{spent:,.2f}" + (f" and {doubt:,.2f} in doubt" if doubt else "")
    if budget is not None:
        said += f" of {budget:,.2f}".removesuffix(".00")
    return f"{said} dollars" + (" of play money" if run.get("play_money") else "")


def length(seconds: float) -> str:
    """`8.1 seconds`, `4 minutes 12 seconds`, `3 hours 40 minutes`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} seconds"
    whole = round(seconds)
    for size, unit, below, below_unit in _UNITS:
        if whole >= size:
            rest = whole % size // below
            return count(whole // size, unit) + (f" {count(rest, below_unit)}" if rest else "")
    return count(whole, "second")


def count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def plain(text: object, limit: int = 400) -> str:
    """One line in words: an arrow before a cure is said."""
    return printable(_ARROW.sub(". To mend it: ", str(text or "")), limit).strip()


def sentence(text: str) -> str:
    """With a full stop, once."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def seconds_of(moment: object) -> float | None:
    """Seconds since the epoch of a moment as the daemon writes it; None for none."""
    if isinstance(moment, int | float):
        return float(moment)
    return from_iso(moment) if isinstance(moment, str) and moment else None


def _until(until: object, now: float) -> str:
    seconds = seconds_of(until)
    return f" until {back_at(seconds, now)}" if seconds is not None and seconds > now else ""


def _because(run: dict[str, Any]) -> str:
    reason = plain(run.get("reason"), 200)
    return f", {_REASONS.get(reason, reason)}" if reason else ""


def _for_you(status: dict[str, Any]) -> list[str]:
    return [f"{len(status['for_you']):,} for you"] if status["for_you"] else []
