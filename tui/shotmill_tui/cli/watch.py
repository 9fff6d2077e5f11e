"""`shotmill watch`: a run in whole lines, in words, for screen readers, files and pipes. Starts no daemon."""

from __future__ import annotations

import os
import time
from pathlib import Path

from shotmill.errors import ExitCode, UnreachableError
from shotmill_tui.cli.place import add_project, find_project, folders
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from shotmill.client.link import Connection, LinkState
    from shotmill_tui.cli.narrator import Narrator

GONE_FOR = 10.0
"""Seconds without any daemon until the watching ends; a restart takes less."""
TICK_S = 0.5


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument(
        "--plain", action="store_true", help="words and whole lines; it has no other form, so this changes nothing"
    )
    parser.epilog = (
        "One line for each thing that happens, a summary once a minute at most, times in your zone. It ends with the "
        "run. Ctrl-C ends the watching only. A few lines that refresh in place: shotmill status --watch"
    )


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill_tui.cli import watch_words
    from shotmill_tui.cli.talk import Talk

    root = find_project(asked.project)
    if Talk.with_running(root) is None:
        from shotmill.engine.offline import offline_status

        now = time.time()
        say([f"{watch_words.stamp(now, now)} {watch_words.ending(offline_status(root), watched=False)}"], terminal)
        return ExitCode.DONE
    return watch(root, terminal)


def watch(root: Path, terminal: Terminal) -> int:
    """Follow the project's run to its end."""
    import asyncio

    from shotmill.client.connection import DaemonConnection

    try:
        asyncio.run(Watch(DaemonConnection(folders(), root, os.environ), terminal).to_the_end())
    except KeyboardInterrupt:
        terminal.note("Only the watching ended, the run goes on. To stop it: shotmill stop")
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


def say(lines: list[str], terminal: Terminal) -> None:
    """Whole lines, out at once also where standard output is a file or a pipe."""
    for line in lines:
        terminal.line(line)
    if lines:
        terminal.out.flush()


class Watch:
    """Listens and speaks; what is said is the narrator's."""

    def __init__(self, connection: Connection, terminal: Terminal) -> None:
        from shotmill_tui.cli.narrator import Narrator

        self._connection = connection
        self._terminal = terminal
        self._narrator: Narrator = Narrator()
        self._link: LinkState | None = None

    async def to_the_end(self) -> None:
        """Until the run ends. Raises `UnreachableError` when the daemon is gone for good."""
        import asyncio

        listening = asyncio.create_task(self._listen())
        ticking = asyncio.create_task(self._tick())
        try:
            await asyncio.wait([listening, ticking], return_when=asyncio.FIRST_COMPLETED)
            for task in (listening, ticking):
                if task.done():
                    task.result()
        finally:
            for task in (listening, ticking):
                task.cancel()
            await asyncio.gather(listening, ticking, return_exceptions=True)

    async def _listen(self) -> None:
        from contextlib import aclosing

        from shotmill.client.link import LinkChanged

        async with aclosing(self._connection.updates()) as updates:  # type: ignore[type-var]
            async for update in updates:
                if isinstance(update, LinkChanged):
                    self._link = update.state
                say(self._narrator.hear(update, time.time()), self._terminal)
                if self._narrator.over:
                    return

    async def _tick(self) -> None:
        import asyncio

        from shotmill.client.link import DaemonGone

        while True:
            await asyncio.sleep(TICK_S)
            say(self._narrator.tick(time.time()), self._terminal)
            if isinstance(self._link, DaemonGone) and time.time() - self._link.since > GONE_FOR:
                raise UnreachableError(
                    "The daemon is gone, and the watching ends with it. What was drawn is safe.",
                    cure="shotmill start goes on drawing, shotmill watch goes on watching",
                    code="daemon_gone",
                )
