"""`shotmill daemon`: the daemon by hand."""

from __future__ import annotations

import os
import time

import shotmill
from shotmill.client import http, lock
from shotmill.errors import ExitCode, UnreachableError
from shotmill_tui.cli.commands import Action, run_action
from shotmill_tui.cli.place import folders
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import about, length, number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

DRAINED_WITHIN = 400.0
"""Seconds an orderly end may take: the longest request there is, and what follows it."""

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
    if not stop_daemon(terminal, now=asked.now):
        terminal.note("No daemon is running.")
    return ExitCode.DONE


def _restart(asked: Namespace, terminal: Terminal) -> int:
    """Runs that were on go on, and keys from an environment are handed over to the new daemon."""
    from shotmill.client.spawn import ensure_daemon

    stop_daemon(terminal, now=asked.now, restart=True)
    info = ensure_daemon(folders(), os.environ)
    terminal.note(f"The daemon is started again (process {info.pid}, version {info.version}).")
    return ExitCode.DONE


def stop_daemon(terminal: Terminal, *, now: bool, restart: bool = False) -> bool:
    """Tell the daemon to end and wait until it has; False where none ran."""
    place = folders()
    try:
        answer = http.request(place.socket, "POST", "/v1/daemon/stop", {"now": now, "restart": restart})
    except UnreachableError as fault:
        if fault.code != UnreachableError.code or lock.is_held(place.run / "daemon.lock"):
            raise
        return False
    in_flight = answer.get("in_flight") or 0
    if in_flight and not now:
        terminal.note(f"Waiting for {number_of(in_flight, 'image')} in flight.")
    _wait_until_gone(AT_ONCE if now else DRAINED_WITHIN)
    if not restart:
        terminal.note("The daemon is stopped.")
    return True


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
        for line in in_words(info):
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
        f"  lag      {lag['p50']:.1f} ms, at most {lag['max']:.1f} ms in the last minute",
    ]


ACTIONS = {
    "run": Action("in the foreground, for a service manager", _none, _run),
    "start": Action("see that it runs", _none, _start),
    "stop": Action("end it after the images in flight, or now", _now, _stop),
    "restart": Action("end it and start it again; runs go on, no image is lost", _now, _restart),
    "status": Action("whether it runs, and how it does", _json, _status),
}
