"""`shotmill doubt`: images that were asked for, perhaps paid for, and never came."""

from __future__ import annotations

import time

from shotmill.errors import UsageError
from shotmill.untrusted import printable
from shotmill_tui.cli.place import ACTIVE, find_project
from shotmill_tui.cli.table import table
from shotmill_tui.cli.talk import Talk
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import from_iso, moment, number_of, price

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

ACTIONS = ("retry", "skip")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="[PROJECT] [retry|skip]", help="draw them again, or leave them out")
    parser.add_argument("--style", help="only this style")
    parser.add_argument("--beat", help="only this beat")
    parser.add_argument("--json", action="store_true", help="the daemon's answer as an object")


def run(asked: Namespace, terminal: Terminal) -> int:
    named, action = split(asked.words)
    talk = Talk.starting(find_project(named))
    answer = talk.ask("POST", "/v1/projects/{id}/doubt", {"do": action, "style": asked.style, "beat": asked.beat})
    settled, run = answer["settled"], answer["status"]["run"]
    if asked.json:
        terminal.data(answer)
    elif action == "list":
        _list(answer["doubts"], run, terminal)
    elif not settled:
        terminal.note(_nothing(run))
    else:
        done = "To be drawn again" if action == "retry" else "Left out"
        terminal.note(f"{done}: {number_of(settled, 'beat')}.")
        if action == "retry" and settled and answer["status"]["run"]["state"] not in ACTIVE:
            terminal.note("  → shotmill start")
    return 0


def split(words: list[str]) -> tuple[str | None, str]:
    """The project that is named and the action, in whichever order they came."""
    rest = list(words)
    action = next((word for word in reversed(rest) if word in ACTIONS), "list")
    if action != "list":
        rest.reverse()
        rest.remove(action)
    if len(rest) > 1:
        raise UsageError(
            f"shotmill doubt: what is {printable(rest[0], 60)!r}?", cure="shotmill doubt [PROJECT] [retry|skip]"
        )
    return (rest[0] if rest else None), action


def _nothing(run: dict[str, Any]) -> str:
    """What is still in doubt of its money stays in the project's sum for images that were settled before."""
    gone = float(run.get("in_doubt_usd") or 0.0)
    if not gone:
        return "Nothing is in doubt."
    why = "drawn again, left out, or answered with what can't be read"
    return f"Nothing to settle. {price(gone, run)} stay in the sum as perhaps paid: {why}."


def _list(doubts: list[dict[str, Any]], run: dict[str, Any], terminal: Terminal) -> None:
    if not doubts:
        terminal.note(_nothing(run))
        return
    now = time.time()
    rows = []
    for doubt in doubts:
        sent = doubt["sent_at"]
        when = from_iso(sent) if isinstance(sent, str) else float(sent)
        rows.append(
            [
                terminal.paint("?", "orange"),
                printable(doubt["style"], 30),
                printable(doubt["beat"], 30),
                f"sent {moment(when, now)}",
                f"perhaps paid: {price(doubt['price_usd'] or 0.0, run)}",
                printable(str(doubt.get("reason") or ""), 80),
            ]
        )
    for line in table(rows, right={2}):
        terminal.line(line)
    terminal.note("  → shotmill doubt retry (perhaps pays twice), or: shotmill doubt skip")
