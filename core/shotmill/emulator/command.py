"""`python -m shotmill.emulator`: the emulator by itself, or as a child of the process that needs it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from shotmill.emulator import faults
from shotmill.emulator.answers import Setup
from shotmill.emulator.faults import Script, read_script
from shotmill.emulator.keys import default_keyring, read_keyring
from shotmill.emulator.server import Emulator
from shotmill.errors import ExitCode, ShotmillError, UsageError

_KEYS_FORM = """\
A keys file (everything but a key's name is optional; null is no limit):

    {"quota_projects": {"film-1": {"rpm": 9, "rpd": 500, "tpm": null, "ipm": null, "spend_usd": null,
                                   "billing_account": "studio", "state": "ok"}},
     "keys": [{"name": "anna", "api_key": "emulator-key-anna-0001", "quota_project": "film-1", "state": "ok"}]}

A state is ok, invalid, leaked, suspended, service_disabled, restricted,
billing_disabled, no_quota, prepay_depleted or spend_capped.

"""


def parser() -> argparse.ArgumentParser:
    """The arguments, with the forms of both files in `--help`."""
    made = argparse.ArgumentParser(
        prog="shotmill emulator",
        description="The Gemini API's image models on this machine. Prints one line of JSON when it listens; "
        "what it saw is at /emulator.",
        epilog=_KEYS_FORM + (faults.__doc__ or ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("--port", type=int, default=0, metavar="N", help="port to listen on (0: any that is free)")
    add("--host", default="127.0.0.1", help="an address of this machine's loopback")
    add(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="divides latency and multiplies limits; a minute stays one",
    )
    add("--seed", type=int, default=0, metavar="N", help="the same seed gives the same pictures, times and chances")
    add("--keys", type=Path, metavar="FILE", help="keys and their quota projects (default: six keys, five projects)")
    add("--faults", type=Path, metavar="FILE", help="a script of faults")
    add("--format", choices=("jpeg", "png", "mixed"), default="mixed", help="the pictures' format")
    add("--latency", type=float, default=8.0, metavar="SECONDS", help="the median time of an answer, before --speed")
    add("--no-drafts", action="store_true", help="answers hold one picture each, never drafts before it")
    add("--cards", action="store_true", help="captions on a ground of one colour for pictures: little work")
    add("--with-parent", action="store_true", help="end when standard input closes")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Runs until it is told to end; the exit code is 0, 2 for wrong usage, 130 for Ctrl-C."""
    arguments = parser().parse_args(argv)
    try:
        return asyncio.run(_serve(_setup(arguments), arguments.host, arguments.port, with_parent=arguments.with_parent))
    except ShotmillError as error:
        print(f"shotmill emulator: {error.message}\n  {error.cure}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # in the moment before the signal handlers stand
        return ExitCode.INTERRUPTED


def _setup(arguments: argparse.Namespace) -> Setup:
    if not arguments.speed > 0 or not arguments.latency >= 0 or not 0 <= arguments.port <= 65535:
        raise UsageError("--speed is more than 0, --latency 0 or more, --port from 0 to 65535", cure="see --help")
    return Setup(
        keyring=read_keyring(arguments.keys) if arguments.keys else default_keyring(),
        script=read_script(arguments.faults, arguments.seed) if arguments.faults else Script(seed=arguments.seed),
        speed=arguments.speed,
        seed=arguments.seed,
        latency_s=arguments.latency,
        kind=arguments.format,
        drafts=not arguments.no_drafts,
        cards=arguments.cards,
    )


async def _serve(setup: Setup, host: str, port: int, *, with_parent: bool) -> int:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    loop.add_signal_handler(signal.SIGTERM, end, int(ExitCode.DONE))
    loop.add_signal_handler(signal.SIGINT, end, int(ExitCode.INTERRUPTED))
    if with_parent:
        _when_input_closes(lambda: loop.call_soon_threadsafe(end, int(ExitCode.DONE)))
    async with Emulator(setup, host, port) as emulator:
        print(json.dumps(emulator.ready()), flush=True)
        if sys.stderr.isatty():
            print(f"The emulator listens. What it saw: {emulator.base_url}/emulator  Ctrl-C ends it.", file=sys.stderr)
        return await ended


def _when_input_closes(tell: Callable[[], object]) -> None:
    """Waits in a thread of its own: any kind of standard input can be read to its end that way."""

    def read_to_the_end() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass  # no standard input at all: the parent is gone too
        tell()

    threading.Thread(target=read_to_the_end, name="emulator-parent", daemon=True).start()
