"""`shotmill demo`: a sample film on the emulator, so that everything can be tried without a key or a cent."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from shotmill.errors import UsageError
from shotmill_tui.cli.start import sentences, start_run, wait
from shotmill_tui.cli.terminal import Terminal, moves_cursor
from shotmill_tui.cli.words import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

DEFAULT_FOLDER = "shotmill-demo"
BEATS, SPEED, SEED = 30, 4.0, 0
MOST_BEATS, MOST_SPEED = 20_000, 1000.0

_FRESH = "For a fresh one name another folder, shotmill demo OTHER-FOLDER, or remove this one first."


def arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("dir", nargs="?", default=DEFAULT_FOLDER, metavar="DIR", help=f"its folder (default: ./{DEFAULT_FOLDER})")
    add("--headless", action="store_true", help="no screen: wait with a progress bar until it ends")
    add("--beats", type=int, metavar="N", help=f"beats in each of the three styles (default: {BEATS})")
    add("--speed", type=float, metavar="X", help=f"divides latency and multiplies limits (default: {SPEED:g})")
    add("--seed", type=int, metavar="N", help="the same seed gives the same pictures")
    add("--json", action="store_true", help="with --headless: the status at the end")


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill_tui.cli.sample import folder

    _check(asked)
    root = Path.cwd() / asked.dir
    if folder.is_sample(root):
        folder.adjust(root, asked.speed, asked.seed)
        terminal.note(f"The sample in {root} goes on.")
        if asked.beats is not None:
            terminal.note(f"It keeps the beats it was made with: --beats {asked.beats} is for a new one. {_FRESH}")
    else:
        count = asked.beats or BEATS
        folder.make(root, count, SPEED if asked.speed is None else asked.speed, asked.seed or SEED)
        terminal.note(f"Made a sample project in {root}: {number_of(count, 'beat')} in 3 styles.")
    terminal.note("Starting it: the daemon, the emulator and the first images take some seconds.")
    answer = start_run(root, {}, terminal)
    if _is_drawn(answer["status"]):
        terminal.note(f"Everything of this sample is drawn already. {_FRESH}")
    draws = terminal.out.isatty() and terminal.asked.isatty() and moves_cursor(os.environ)
    if asked.headless or asked.json or not draws:
        if not asked.json:
            terminal.note(sentences(answer, time.time())[0])
        return wait(root, answer, terminal)
    from shotmill_tui.cli.attach import open_screen

    return open_screen(root, terminal)


def _is_drawn(status: dict[str, Any]) -> bool:
    return all(style["done"] >= style["total"] for style in status["styles"].values())


def _check(asked: Namespace) -> None:
    if asked.beats is not None and not 1 <= asked.beats <= MOST_BEATS:
        raise UsageError(f"--beats is from 1 to {MOST_BEATS}.", cure="shotmill demo -h")
    if asked.speed is not None and not 0 < asked.speed <= MOST_SPEED:
        raise UsageError(f"--speed is more than 0, at most {MOST_SPEED:g}.", cure="shotmill demo -h")
