"""`shotmill daemon`: the daemon by hand."""

from __future__ import annotations

import os
import time

import shotmill
from shotmill.client import http, lock
from shotmill.errors import ExitCode, UnreachableError
from shotmill.untrusted import printable
from shotmill_tui.cli import status_words
from shotmill_tui.cli.commands import Action, run_action
from shotmill_tui.cli.place import folders, known_to_daemon
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import about, length, number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

DRAINED_WITHIN = 400.0
"""Seconds an orderly end may take: the longest request there is, and what follows it."""

TAKEN_UP_WITHIN = 20.0
"""Seconds the next daemon may take to open a project and go on with its run."""

AT_ONCE = 20.0
"""Seconds an end without waiting may take."""


def run_words(words: list[str], terminal: Terminal) -> int:
    return run_action("shotmill daemon", ACTIONS, words, terminal)


def _none(parser: ArgumentParser) -> None:
    """No arguments of its own."""


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="an object, as programs read it")


def _now(parser: ArgumentParser) -> None:
    parser.add_argument("--now", action="store_true", help="do not wait for images in flight: they become in doubt")


def _run(asked: Namespace, terminal: Terminal) -> int:
    """In the foreground, in this very process: a service manager watches what it started."""
    from shotmill.daemon.command import main

    return main(["run"])


def _start(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.client.spawn import ensure_daemon

    info = ensure_daemon(folders(), os.environ)
    terminal.note(f"The daemon {'is started' if info.started else 'runs already'} (process {info.pid}).")
    return ExitCode.DONE


def _stop(asked: Namespace, terminal: Terminal) -> int:
    answer = stop_daemon({"now": asked.now}, terminal)
    terminal.note("No daemon is running." if answer is None else "The daemon is stopped.")
    return ExitCode.DONE


def _restart(asked: Namespace, terminal: Terminal) -> int:
    """The old daemon leaves its successor what only it has in memory, and the successor goes on with the runs."""
    from shotmill.client.spawn import ensure_daemon
    from shotmill.daemon import handover

    were_active = [status for status in known_to_daemon() or () if status["run"]["state"] in ("running", "waiting")]
    left = stop_daemon({"now": asked.now, "restart": True}, terminal) or {}
    try:
        info = ensure_daemon(folders(), os.environ)
    except BaseException:
        handover.forget(folders().run)  # keys, for nobody
        raise
    terminal.note(f"The daemon is started again (process {info.pid}, version {info.version}).")
    for status in were_active:
        path = str(status["project"]["path"])
        if left.get("goes_on") and _goes_on(path):
            terminal.note(f"{status_words.title(status)} goes on.")
        else:
            terminal.note(f"{status_words.title(status)} was running.\n  → shotmill start {printable(path)}")
    return ExitCode.DONE


def _goes_on(path: str) -> bool:
    """Whether the new daemon has taken up a project's run, or ended it."""
    deadline = time.monotonic() + TAKEN_UP_WITHIN
    while time.monotonic() < deadline:
        for status in known_to_daemon() or ():
            if str(status["project"]["path"]) == path and status["run"]["state"] not in ("idle", "stopped"):
                return True
        time.sleep(0.1)
    return False


def stop_daemon(body: dict[str, Any], terminal: Terminal) -> dict[str, Any] | None:
    """Tell the daemon to end and wait until it has; what it answered, None where none ran."""
    place = folders()
    try:
        answer = http.request(place.socket, "POST", "/v1/daemon/stop", body)
    except UnreachableError as fault:
        if fault.code != UnreachableError.code or lock.is_held(place.run / "daemon.lock"):
            raise
        return None
    in_flight = answer.get("in_flight") or 0
    if in_flight and not body["now"]:
        terminal.note(f"Waiting for {number_of(in_flight, 'image')} in flight.")
    _wait_until_gone(AT_ONCE if body["now"] else DRAINED_WITHIN)
    return answer


def _wait_until_gone(within: float) -> None:
    place = folders()
    deadline = time.monotonic() + within
    while lock.is_held(place.run / "daemon.lock"):
        if time.monotonic() > deadline:
            raise UnreachableError(
                f"The daemon has not ended within {about(within)}.", cure="shotmill daemon stop --now", code="no_answer"
            )
        time.sleep(0.05)


def _status(asked: Namespace, terminal: Terminal) -> int:
    place = folders()
    try:
        info = http.request(place.socket, "GET", "/v1/daemon")
    except UnreachableError as fault:
        if fault.code != UnreachableError.code:
            raise
        info = {"running": False, "pid": None, "version": None, "socket": str(place.socket), "uptime_s": 0.0}
        info["loop_lag_ms"] = {"p50": 0.0, "max": 0.0}
    if asked.json:
        terminal.data(info)
    else:
        for line in [*in_words(info), f"  logs     {place.daemon_log}, and beside it client.log"]:
            terminal.line(line)
    return ExitCode.DONE


def in_words(info: dict[str, Any]) -> list[str]:
    if not info["running"]:
        return ["No daemon is running.", f"  socket  {info['socket']}"]
    version = str(info["version"])
    other = "" if version == shotmill.__version__ else f"  (this is {shotmill.__version__}: shotmill daemon restart)"
    state = f", {info['state']}" if info.get("state") not in ("ready", None) else ""
    lag = info["loop_lag_ms"]
    return [
        f"The daemon runs for {length(info['uptime_s'])}{state}.",
        f"  process  {info['pid']}",
        f"  version  {version}{other}",
        f"  socket   {info['socket']}",
        *[f"  started  {_WAYS[way]}" for way in [info.get("survives_logout")] if way in _WAYS],
        f"  lag      {lag['p50']:.1f} ms, at most {lag['max']:.1f} ms in the last minute",
    ]


_WAYS = {
    "unit": "by its user unit: shotmill daemon install wrote it",
    "scope": "in a scope of its own, beside the session that started it",
    "plain": "plainly, within the session that started it: shotmill doctor says whether a logout ends it",
}


def _level_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("level", choices=("info", "debug"), metavar="LEVEL", help="debug, or info as usual")


def _log_level(asked: Namespace, terminal: Terminal) -> int:
    """Of the daemon that runs: the next one begins as usual."""
    http.request(folders().socket, "PUT", "/v1/log", {"level": asked.level})
    if asked.level == "debug":
        terminal.note("Every step is logged from now on: each lease, wait, request and outcome.")
        terminal.note("  → shotmill logs -f --level debug")
    else:
        terminal.note("The logs tell what they usually tell.")
    return ExitCode.DONE


def _install(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.daemon.unit import install

    for line in install(os.environ):
        terminal.note(line)
    return ExitCode.DONE


def _uninstall(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.daemon.unit import uninstall

    for line in uninstall(os.environ):
        terminal.note(line)
    return ExitCode.DONE


ACTIONS = {
    "run": Action("in the foreground, for a service manager", _none, _run),
    "start": Action("see that it runs", _none, _start),
    "stop": Action("end it after the images in flight, or now", _now, _stop),
    "restart": Action("end it and start it again; runs go on, no image is lost", _now, _restart),
    "status": Action("whether it runs, and how it does", _json, _status),
    "log-level": Action("log every step (debug) from now on, or as usual (info)", _level_arguments, _log_level),
    "install": Action("let the user's service manager (systemd) start it, and keep it", _none, _install),
    "uninstall": Action("take that back", _none, _uninstall),
}
