"""`shotmill keys list`: the keys of this machine with what is known of each, from the daemon where it runs."""

from __future__ import annotations

import os
import time

from shotmill.engine.key_words import invalid_as, short_of
from shotmill.errors import ExitCode, ShotmillError
from shotmill.moment import back_at
from shotmill.settings.names import ENVIRONMENT_KEY
from shotmill.untrusted import printable
from shotmill_tui.cli.place import NoChoiceError, find_project, folders
from shotmill_tui.cli.table import table
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from shotmill.settings.keys import KeyRing

_STATES = {
    "draws": ("draws", "green"),
    "known": ("known to the provider, has not drawn yet", "blue"),
    "untested": ("not tried yet", "dim"),
    "cooling": ("rests", "yellow"),
    "exhausted": ("the day's quota is spent", "yellow"),
    "no_quota": ("may not draw", "red"),
    "invalid": ("not valid", "red"),
    "refused": ("refused", "red"),
}


def list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("project", nargs="?", metavar="PROJECT", help="what is known at this project's endpoint")
    parser.add_argument("--json", action="store_true", help="an object, as programs read it")


def list_keys(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.settings.keys import load_keys

    ring = load_keys(folders(), os.environ)
    states = known_states(asked.project)
    rows: list[dict[str, Any]] = [
        {"name": key.name, "masked": key.secret.masked, "quota_project": key.quota_project}
        | {"billing_account": key.billing_account, "rpm": key.rpm, "rpd": key.rpd, "origin": key.origin, "usable": True}
        | _known(states, ring.shared.get(key.fingerprint, (key.name,)), key.secret.masked)
        for key in ring.keys
    ]
    unusable = [{"name": key.name, "usable": False, "reason": key.reason, "cure": key.cure} for key in ring.unusable]
    if asked.json:
        terminal.data({"keys": rows + unusable, "notes": list(ring.notes)})
        return ExitCode.DONE
    for key, line in zip(rows, table([_row(key, ring, terminal) for key in rows]), strict=True):
        terminal.line(line)
        if key.get("cure"):
            terminal.line(f"    → {printable(str(key['cure']), 300)}")
    for key in unusable:
        terminal.line(f"  {key['name']}  {terminal.paint('not usable', 'red')}: {key['reason']}\n    → {key['cure']}")
    for note in ring.notes:
        terminal.note(note)
    if not rows and not unusable:
        terminal.note("No key is on this machine.\n  → shotmill keys add NAME")
    elif not states:
        terminal.note("What each may do is known while the daemon runs: shotmill keys test asks the provider.")
    return ExitCode.DONE


def _known(states: dict[tuple[str, str], dict[str, Any]], names: tuple[str, ...], masked: str) -> dict[str, Any]:
    """What is known of a key under any of its names: runs and tests use one of them."""
    found = (states[name, masked] for name in names if (name, masked) in states)
    return next(found, {"state": "untested" if states else None})


def known_states(named: str | None) -> dict[tuple[str, str], dict[str, Any]]:
    """What the daemon knows of each key, by name and last characters; nothing without a daemon, or of another kind."""
    from shotmill.client import http
    from shotmill_tui.cli.talk import Talk

    try:
        try:
            talk = Talk.with_running(find_project(named))
        except NoChoiceError:
            talk = None
        query = talk.path("/v1/keys?project={id}") if talk is not None else "/v1/keys"
        answer = http.request(folders().socket, "GET", query)
    except ShotmillError:
        if named is not None:
            find_project(named)  # a folder that is not there is the user's to know
        return {}
    kept = ("state", "draws", "tested", "reason", "code", "cure", "until")
    return {
        (str(key["name"]), str(key["masked"])): {name: key.get(name) for name in kept} for key in answer.get("keys", [])
    }


def _row(key: dict[str, Any], ring: KeyRing, terminal: Terminal) -> list[str]:
    limits = [f"{key[name]} a {unit}" for name, unit in (("rpm", "minute"), ("rpd", "day")) if key[name]]
    origin = "from the environment" if key["origin"] == "environment" else ""
    if key["name"] == ENVIRONMENT_KEY and not ring.env_by_default:
        origin += ', used only where a style names it: keys = ["env"]'
    return [key["name"], key["masked"], key["quota_project"], *_says(key, terminal), ", ".join(limits), origin]


def _says(key: dict[str, Any], terminal: Terminal) -> list[str]:
    if not key.get("state"):
        return [""]
    words, colour = _STATES.get(str(key["state"]), (str(key["state"]), "dim"))
    if key["state"] == "known" and key.get("tested"):
        words += f" (asked {moment(float(key['tested']['at']), time.time())})"
    code = str(key.get("code") or "")
    if key["state"] in ("cooling", "exhausted") and key.get("until"):  # the provider's words count down and grow old
        back = back_at(float(key["until"]), time.time())
        return [terminal.paint(f"{short_of(code or 'day_quota')}, back {back}", colour)]
    if key["state"] == "invalid":
        words = invalid_as(code)
    reason = printable(str(key.get("reason") or ""), 120)
    return [terminal.paint(words, colour) + (f": {reason}" if reason else "")]
