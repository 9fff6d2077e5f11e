"""`shotmill start`: start or resume a run, and with `--wait` stay until it ends."""

from __future__ import annotations

import os
import time
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError
from shotmill.untrusted import printable
from shotmill_tui.cli import status_words
from shotmill_tui.cli.choice import add_choice, choice, doubtful_model
from shotmill_tui.cli.place import add_project, find_project, folders, named_from
from shotmill_tui.cli.talk import Talk
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import moment, number_of, price

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from shotmill_tui.cli.ending import Chosen

START_WITHIN = 300.0
"""Seconds; a first start looks at every image that is there, and opens those that no record speaks of."""


def arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add_project(parser)
    add_choice(parser)
    add("--budget", type=float, metavar="USD", help="a limit for this run, beside the project's budget")
    add("--wait", action="store_true", help="stay with a progress bar until the run ends")
    add("--json", action="store_true", help="the daemon's answer, or with --wait the status at the end")


def run(asked: Namespace, terminal: Terminal) -> int:
    root = find_project(asked.project)
    for line in doubtful_model(root):
        terminal.note(line)
    if not asked.json:
        for line in told_of_logout():
            terminal.note(line)
    if not _pays_again(root, asked, terminal):
        terminal.note("Nothing was started.\n  → put them back, then: shotmill start")
        return ExitCode.STOPPED
    answer = start_run(root, order(asked), terminal)
    try:
        if not asked.json:
            for line in sentences(answer, time.time()):
                terminal.note(line)
        if asked.wait:
            return wait(root, answer, terminal, chosen_by(asked))
    except KeyboardInterrupt:  # before the waiting has begun to hear it
        terminal.note("Only this command ended, the run goes on.")
        return ExitCode.INTERRUPTED
    if asked.json:
        terminal.data(answer)
    return ExitCode.DONE


def _pays_again(root: Path, asked: Namespace, terminal: Terminal) -> bool:
    """Before all that is left is drawn: whether images that are gone are to be paid for again, where a person can be
    asked. Elsewhere, and of a part, the start says how many they are as it begins.
    """
    if asked.json or not terminal.interactive or any((asked.style, asked.shot, asked.beat, asked.limit)):
        return True
    from shotmill.engine.gone import told_gone

    status = Talk.starting(root).status()
    notes = told_gone(int(status["run"]["gone"]), Path(str(status["project"]["path"])))
    if not notes or status["run"]["play_money"]:
        return True
    terminal.note(f"look: {notes[0]}")
    return terminal.confirm("Draw them again?")


def told_of_logout() -> list[str]:
    """Before the daemon has work: whether a logout would end it, and the one command that keeps it."""
    from shotmill.client.host import keeps_after_logout, look_at_host, way_to_start
    from shotmill.client.spawn import find_daemon

    host = look_at_host(os.environ)
    try:
        info = find_daemon(folders())
    except ShotmillError:
        return []  # the start itself says what is the matter with it
    command = keeps_after_logout(info.survives_logout if info is not None else way_to_start(host), host)
    return [f"Logging out may end the daemon; this keeps it: {command}"] if command else []


def order(asked: Namespace) -> dict[str, Any]:
    """The body of a start request."""
    return {**choice(asked), "budget_usd": asked.budget}


def start_run(root: Path, order: dict[str, Any], terminal: Terminal) -> dict[str, Any]:
    """Tell the daemon to start; a strange endpoint is asked about once, where somebody can be asked."""
    try:
        return _post(root, order)
    except ShotmillError as fault:
        if fault.code != "endpoint_refused" or terminal.json or not terminal.interactive:
            raise
        from shotmill_tui.cli.endpoint import ask_to_allow

        if not ask_to_allow(root, terminal):
            raise
    return _post(root, order)


def _post(root: Path, order: dict[str, Any]) -> dict[str, Any]:
    return Talk.starting(root).ask("POST", "/v1/projects/{id}/start", order, START_WITHIN)


_WAYS = ("Look: shotmill", "Stop: shotmill stop", "How far: shotmill status")


def sentences(answer: dict[str, Any], now: float) -> list[str]:
    """What became of a start: how many images, what they cost, where to look."""
    said = printable(str(answer.get("message") or ""), 400)
    status = answer["status"]
    title = status_words.title(status)
    if answer["outcome"] == "nothing_to_do":
        return [f"{title}: {said or 'nothing to draw.'}"]
    if answer["outcome"] in ("resumed", "running"):
        return [f"{title}: {said}"] if said else [f"{title} runs."]
    run = status["run"]
    parts = [f"{number_of(answer['images'], 'image')} to draw", f"about {price(answer['cost_usd'], run)}"]
    if run.get("eta_s") is not None:
        parts.append(f"ends about {moment(now + run['eta_s'], now)}")
    notes = [f"look: {printable(str(note), 400)}" for note in answer.get("notes", ())]
    name = named_from(Path.cwd(), Path(str(status["project"]["path"])))
    ways = "    ".join(f"{way} {name}".rstrip() for way in _WAYS)
    return [f"{title}: {', '.join(parts)}.", *notes, ways]


def chosen_by(asked: Namespace) -> Chosen:
    """What the run is for, as far as a client can know it: `--limit` is the daemon's to work out."""
    from shotmill.story.beat_id import beat_id
    from shotmill_tui.cli.ending import Chosen

    return Chosen(frozenset(asked.style), frozenset(asked.shot), frozenset(map(beat_id, asked.beat)))


def wait(root: Path, answer: dict[str, Any], terminal: Terminal, chosen: Chosen | None = None) -> int:
    """Stay until the run of `answer` has ended; the exit code says how it did, for the beats that were chosen."""
    try:
        from shotmill_tui.cli.ending import ALL
        from shotmill_tui.cli.waiting import wait_for_end

        # A run that was there before has filters of its own.
        mine = ALL if chosen is None or answer["outcome"] == "running" else chosen
        return wait_for_end(root, terminal, mine, silent=answer["outcome"] == "nothing_to_do")
    except KeyboardInterrupt:  # in the moment before the waiting itself hears it
        terminal.note("Only the waiting ended, the run goes on.")
        return ExitCode.INTERRUPTED
