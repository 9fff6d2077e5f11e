"""The user's programs that run when a run is finished, waits, or goes wrong; by the daemon, so also while nobody looks.

They stand under `[hooks]` in `config.toml`, which is read anew at each run's start. No run waits for anything here.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine
from typing import Any, Literal, TypeVar

from shotmill.daemon import hook_words
from shotmill.daemon.hook_process import HookEnd, hook_environment, run_hook
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.project import OpenProject
from shotmill.engine.run import Run
from shotmill.engine.tools import Tools
from shotmill.errors import ShotmillError
from shotmill.settings.config import Config, load_config
from shotmill.settings.folders import Folders
from shotmill.untrusted import printable, printable_lines

T = TypeVar("T")
Event = Literal["finished", "waiting", "failed"]
CLOSE_S = 2.0
"""How long a daemon that ends waits for hooks that still run."""
_GONE_WRONG = (BeatState.FAILED, BeatState.BLOCKED, BeatState.IN_DOUBT)
_log = logging.getLogger("shotmill.hooks")


class Hooks:
    """All hooks of a daemon: for each event of a project one at a time, and after it the newest news."""

    def __init__(self, folders: Folders, tools: Tools) -> None:
        self._folders = folders
        self._tools = tools
        self._tasks: set[asyncio.Task[Any]] = set()
        self._running: set[tuple[str, Event]] = set()
        self._next: dict[tuple[str, Event], str] = {}
        self._complained: dict[tuple[str, Event], tuple[tuple[str, ...], str]] = {}

    def watch(self, project: OpenProject, run: Run) -> None:
        """Follow a run that begins."""
        run.watcher = RunHooks(self, project, self._tools, self.spawn(self._config(project)))

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that ends with the daemon at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Give what runs a moment, then end it."""
        self._next.clear()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=CLOSE_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(self, project: OpenProject, event: Event, argv: tuple[str, ...], summary: str) -> None:
        """Run the hook; while it runs already, leave the news for after it."""
        which = (project.id, event)
        if which in self._running:
            self._next[which] = summary
            return
        self._running.add(which)
        try:
            news: str | None = summary
            while news is not None:
                end = await run_hook(argv, _environment(project, event, news))
                self._tell(project, event, argv, end)
                news = self._next.pop(which, None)
        finally:
            self._running.discard(which)

    def _tell(self, project: OpenProject, event: Event, argv: tuple[str, ...], end: HookEnd) -> None:
        """The daemon's log hears of each, the project's log once of each trouble."""
        name = f"hook {event} of {printable(str(project.root), 200)}"
        _log.log(logging.WARNING if end.trouble else logging.INFO, "%s %s", name, end.trouble or "is done")
        for line in printable_lines(end.output.rstrip()) if end.output.strip() else ():
            _log.info("%s said: %s", name, line)
        which = (project.id, event)
        if not end.trouble:
            self._complained.pop(which, None)
        elif self._complained.get(which) != (argv, end.trouble):
            self._complained[which] = argv, end.trouble
            cure = f"change it in {self._folders.config_file}; what it wrote is in {self._folders.daemon_log}"
            project.tell("warning", "note", f"your hook for {event} {end.trouble} → {cure}")

    async def _config(self, project: OpenProject) -> Config:
        try:
            return await self._tools.in_thread(lambda: load_config(self._folders))
        except ShotmillError as error:
            said = " ".join(error.message.split())
            project.tell(
                "error", "note", f"no hook will run: {said} {'→ ' + error.cure if error.cure else ''}".rstrip()
            )
            return Config()


class RunHooks:
    """One run's news, turned into events: `shotmill.engine.watcher.Watcher`."""

    def __init__(self, hooks: Hooks, project: OpenProject, tools: Tools, config: asyncio.Task[Config]) -> None:
        self._hooks = hooks
        self._project = project
        self._tools = tools
        self._config = config
        self._waits = hook_words.WaitWatch()
        self._timer: asyncio.Task[None] | None = None
        self._failed = False

    def settled(self, beat: Beat, state: BeatState) -> None:
        if state is BeatState.DONE:
            self._waits.drew()
            self._no_timer()
        elif state in _GONE_WRONG and not self._failed:
            self._failed = True
            self._fire("failed", hook_words.beat_failed(self._project.title, beat.style, beat.id, state, beat.reason))

    def turned(self, run: Run) -> None:
        if run.state != "waiting":
            return
        now = self._tools.clock.now()
        at = self._waits.waits(run.waiting_until, now)
        if at is None:
            return
        if at <= now:
            self._tell_wait(run)
        elif self._timer is None:
            self._timer = asyncio.create_task(self._tell_later(run, at - now))

    def ended(self, run: Run) -> None:
        self._no_timer()
        project, board = self._project, self._project.board
        if run.state == "finished":
            gaps = sum(style.counts[state] for style in board.styles for state in _GONE_WRONG)
            self._fire("finished", hook_words.finished(project.title, board.drawn, board.total, gaps))
        elif run.reason not in ("asked", "restart"):
            self._fire("failed", hook_words.stopped(project.title, run.reason, board.drawn, board.total))

    async def _tell_later(self, run: Run, seconds: float) -> None:
        """Short waits end before; one that is being tried out just now is told of when the run turns again."""
        await self._tools.clock.sleep(seconds)
        self._timer = None
        if run.state == "waiting":
            self._tell_wait(run)

    def _no_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell_wait(self, run: Run) -> None:
        self._waits.told()
        self._no_timer()
        now = self._tools.clock.now()
        self._fire("waiting", hook_words.waiting(self._project.title, run.reason, run.waiting_until, now))

    def _fire(self, event: Event, summary: str) -> None:
        self._hooks.spawn(self._run(event, summary))

    async def _run(self, event: Event, summary: str) -> None:
        hooks = (await asyncio.shield(self._config)).hooks
        argv = {"finished": hooks.finished, "waiting": hooks.waiting, "failed": hooks.failed}[event]
        if argv:
            await self._hooks.run(self._project, event, argv, summary)


def _environment(project: OpenProject, event: Event, summary: str) -> dict[str, str]:
    said = {
        "SHOTMILL_EVENT": event,
        "SHOTMILL_PROJECT": str(project.root),
        "SHOTMILL_TITLE": hook_words.plain(project.title),
        "SHOTMILL_SUMMARY": summary,
    }
    return hook_environment(os.environ, said)
