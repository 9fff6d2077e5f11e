"""`shotmill stop`: end a run after the images in flight, or now."""

from __future__ import annotations

from pathlib import Path

from shotmill.errors import ExitCode
from shotmill.untrusted import printable
from shotmill_tui.cli.place import add_project, find_open_project, named_from
from shotmill_tui.cli.status_words import title
from shotmill_tui.cli.talk import Talk
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import about, number_of, price

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("--now", action="store_true", help="do not wait for the images in flight: they become in doubt")
    parser.add_argument("--yes", action="store_true", help="with --now: do not ask")
    parser.add_argument("--json", action="store_true", help="the daemon's answer as an object")


def run(asked: Namespace, terminal: Terminal) -> int:
    root = find_open_project(asked.project)
    talk = Talk.with_running(root)
    if talk is None:
        return _nothing(root, asked, terminal)
    if asked.now and not _agreed(root, talk.status(), asked, terminal):
        terminal.note("Nothing was changed.\n  → shotmill stop   waits for them")
        return ExitCode.STOPPED
    answer = talk.ask("POST", "/v1/projects/{id}/stop", {"now": asked.now})
    if asked.json:
        terminal.data(answer)
    else:
        terminal.note(f"{named(root, answer)}: {sentence(answer, named_from(Path.cwd(), root))}")
    return ExitCode.DONE


def named(root: Path, answer: dict[str, Any]) -> str:
    """The project by its title, with its folder where that is not this one: the only one that runs may be another."""
    shown = title(answer["status"]) if "status" in answer else root.name
    return printable(shown, 60) if Path.cwd() == root else f"{printable(shown, 60)} in {printable(str(root))}"


def price_of_now(status: dict[str, Any]) -> str:
    """What `--now` gives up, before it does; empty where nothing is out."""
    left = status["run"]["stop_now"]
    out, received = int(left["in_doubt"]), int(left["received"])
    if status["run"]["state"] not in ("running", "stopping", "waiting") or not out:
        return ""
    to_come = status["run"].get("eta_s")
    is_soon = status["run"]["state"] == "stopping" and to_come
    wait = f" Waiting for {'it' if out == 1 else 'them'} takes about {about(to_come)}." if is_soon else ""
    kept = f" {number_of(received, 'answer is', 'answers are')} received already and kept." if received else ""
    return (
        f"{number_of(out, 'image is', 'images are')} out and may be paid for: stopping now leaves "
        f"up to {price(left['in_doubt_usd'], status['run'])} in doubt.{kept}{wait}"
    )


def sentence(answer: dict[str, Any], name: str = "") -> str:
    """What a stop did, in one sentence; `name` is how a command names the project here, nothing in its own folder."""
    in_flight, doubt = answer.get("in_flight") or 0, answer.get("in_doubt_usd") or 0.0
    unwritten = printable(str(answer.get("unwritten") or ""), 400)
    if answer["outcome"] == "not_running":
        return "nothing runs."
    if answer["outcome"] == "stopping" and in_flight and not unwritten:
        to_come = answer.get("wait_s")
        wait = f", about {about(to_come)}" if to_come else ""
        again = f"shotmill start{f' {name}' if name else ''}"
        return f"stopping, {number_of(in_flight, 'image')} still to come{wait}. {again} takes it back."
    in_doubt, received = answer.get("in_doubt", in_flight), answer.get("received") or 0
    said = "stopped."
    if received:
        said += f" {number_of(received, 'answer is', 'answers are')} received and kept, saved when there is room."
    if in_doubt:
        said += (
            f" {number_of(in_doubt, 'image was', 'images were')} out and may have been paid for: "
            f"{price(doubt, (answer.get('status') or {}).get('run', {}))} in doubt. shotmill doubt lists them."
        )
    said = said if in_doubt or received else "stopped; nothing was out."
    return f"{said} Nothing more is sent, but {unwritten.rstrip('.')}." if unwritten else said


def _agreed(root: Path, status: dict[str, Any], asked: Namespace, terminal: Terminal) -> bool:
    """Say what it will cost; ask where somebody can be asked."""
    price = price_of_now(status)
    if not price:
        return True
    terminal.note(f"{named(root, {'status': status})}: {price}")
    return asked.yes or not terminal.interactive or terminal.confirm("Stop now?")


def _nothing(root: Path, asked: Namespace, terminal: Terminal) -> int:
    if asked.json:
        terminal.data({"outcome": "not_running", "in_flight": 0, "in_doubt_usd": 0.0})
    else:
        terminal.note(f"{named(root, {})}: nothing runs.")
    return ExitCode.DONE
