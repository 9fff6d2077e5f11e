"""A run in the doctor's words: why it goes, waits or stands, and what only a person can mend. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shotmill.clock import from_iso
from shotmill.doctor.check import Check, Verdict, broken, fine, look
from shotmill.engine.for_you import MOST_FOR_YOU
from shotmill.engine.waiting import BY_ITSELF, GOES_ON, until_words
from shotmill.untrusted import printable

_CURES = {
    "interrupted": GOES_ON,
    "budget": "raise budget_usd in shotmill.toml, then: shotmill start",
    "asked": "shotmill start",
    "restart": "shotmill start",
}


def judged_run(status: Mapping[str, Any], now: float) -> list[Check]:
    """The run, each style that stands, and what waits for a person, from a status object."""
    of_run = [*_run(status, now), *_styles(status, now)]
    return [*(replace(check, page=check.page or "stops") for check in of_run), *_for_you(status)]


def _run(status: Mapping[str, Any], now: float) -> list[Check]:
    run = status["run"]
    state, reason = str(run["state"]), printable(str(run.get("reason") or ""), 300).rstrip(". ")
    far = _far(status)
    if state == "idle":
        return fine("run", "Run", f"nothing was started yet, {far}")
    if state == "running":
        return fine("run", "Run", f"running, {far}")
    if state == "stopping":
        return _stopping(status, far)
    if state == "waiting":
        said = f"waiting: {reason}{_until(run, now)}, {far}"
        return look("run", "Run", said, _cure(run) or BY_ITSELF)
    if state == "finished":
        return _finished(status, far)
    if reason == "interrupted" and not any(_left(style) for style in status["styles"].values()):
        return fine("run", "Run", f"ended before its end was written down, {far}: nothing is left to draw")
    return _stopped(reason, far, _cure(run))


def _stopping(status: Mapping[str, Any], far: str) -> list[Check]:
    flying = sum(int(style["in_flight"]) for style in status["styles"].values())
    reserved = float(status["run"].get("reserved_usd") or 0.0)
    to_come = status["run"].get("eta_s")
    wait = f"; about {max(1, round(to_come))} s to come" if to_come else "; they land any moment" if flying else ""
    said = f"stopping after {flying} image{'' if flying == 1 else 's'} in flight, {far}{wait}"
    play = " play money" if status["run"].get("play_money") else ""
    paid = f"up to ${reserved:.2f}{play} may have been paid for images that are given up"
    cure = f"Wait, or: shotmill stop --now   ({paid})"
    return [Check("run", "Run", Verdict.LOOK, said, cure, page="cant-stop")]


def _cure(told: Mapping[str, Any]) -> str:
    return printable(str(told.get("cure") or ""), 300)


def _finished(status: Mapping[str, Any], far: str) -> list[Check]:
    gaps = {
        name: count
        for name in ("failed", "blocked", "in_doubt")
        if (count := sum(int(style[name]) for style in status["styles"].values()))
    }
    if not gaps:
        is_trial = status["run"].get("limit") and any(style["pending"] for style in status["styles"].values())
        if is_trial:
            return fine("run", "Run", f"the trial is finished, {far}; shotmill start draws the rest")
        return fine("run", "Run", f"finished, {far}")
    left = _left_out(status, gaps.get("failed", 0))
    told = gaps | {"failed": gaps.get("failed", 0) - left, "left out": left}
    said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in told.items() if count)
    if set(gaps) == {"failed"} and left == gaps["failed"]:
        return fine("run", "Run", f"finished with gaps: {said}, {far}; shotmill start --retry-failed draws them")
    cure = "shotmill doubt" if set(gaps) == {"in_doubt"} else "shotmill start --retry-failed"
    return look("run", "Run", f"finished with gaps: {said}, {far}", f"{cure}   (shotmill status lists them)")


def _left_out(status: Mapping[str, Any], failed: int) -> int:
    """How many of the failed a person left out: those that are not for anybody, where all that are have room there."""
    for_you = list(status.get("for_you", ()))
    if len(for_you) >= MOST_FOR_YOU:
        return 0
    return int(max(0, failed - sum(entry["kind"] == "failed" for entry in for_you)))


def _stopped(reason: str, far: str, known: str) -> list[Check]:
    if reason in ("asked", "restart", ""):
        return fine("run", "Run", f"stopped as asked, {far}; shotmill start goes on")
    of_budget = known if reason == "budget" else ""  # there are two: the status knows which
    cure = of_budget or _CURES.get(reason) or known or "Mend what the other lines name, then: shotmill start"
    judge = look if reason in _CURES else broken
    return judge("run", "Run", f"stopped: {reason}, {far}", cure)


def _styles(status: Mapping[str, Any], now: float) -> list[Check]:
    """Styles that are paused, or wait while others go on."""
    checks: list[Check] = []
    for name, style in status["styles"].items():
        reason = printable(str(style.get("reason") or ""), 300).rstrip(". ")
        shown = printable(str(name), 60)
        if style["state"] == "paused":
            said = f"[{shown}] paused after equal failures: {reason}"
            checks += broken(f"style.{shown}", f"Style {shown}", said, _cure(style))
        elif style["state"] == "waiting" and status["run"]["state"] == "running":
            said = f"[{shown}] waits: {reason}{_until(style, now)}"
            checks += look(f"style.{shown}", f"Style {shown}", said, _cure(style) or BY_ITSELF)
    return checks


def _for_you(status: Mapping[str, Any]) -> list[Check]:
    """One check for each kind of thing that only the user can mend. Keys and disk have checks of their own."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for entry in status.get("for_you", ()):
        kinds.setdefault(str(entry["kind"]), []).append(entry)
    checks = []
    for kind in ("blocked", "failed", "in_doubt"):
        entries = kinds.get(kind)
        if entries:
            first = entries[0]
            said = f"{len(entries)} {kind.replace('_', ' ')}: {_place(first)}{printable(str(first['what']), 300)}"
            more = "\n".join(f"{_place(entry)}{printable(str(entry['what']), 300)}" for entry in entries)
            cure = printable(str(first["cure"]), 300)
            page = "doubt" if kind == "in_doubt" else "errors"
            checks.append(Check(f"beats.{kind}", "Beats", Verdict.LOOK, said, cure, more, page))
    return checks


def _until(told: Mapping[str, Any], now: float) -> str:
    until = told.get("waiting_until")
    return until_words(str(told.get("code") or ""), from_iso(until) if until else None, now)


def _place(entry: Mapping[str, Any]) -> str:
    return f"[{printable(str(entry['style']), 60)}] Beat {printable(str(entry['beat']), 60)}: "


def _left(style: Mapping[str, Any]) -> int:
    return int(style["total"]) - int(style["done"])


def _far(status: Mapping[str, Any]) -> str:
    styles = status["styles"].values()
    return f"{sum(int(style['done']) for style in styles)} of {sum(int(style['total']) for style in styles)} drawn"
