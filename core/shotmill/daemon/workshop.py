"""The daemon's work without its socket: the open projects, their runs, the keys. All on one event loop."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from shotmill.clock import Clock
from shotmill.daemon.backing_up import back_up_soon
from shotmill.daemon.crashes import LastLife
from shotmill.daemon.hooks import Hooks
from shotmill.daemon.key_test import KeyTests
from shotmill.daemon.key_watch import KeyWatch
from shotmill.daemon.places import Places
from shotmill.daemon.project_lock import ProjectLock
from shotmill.daemon.rebuild import read_journals
from shotmill.engine.detail import beat_detail
from shotmill.engine.project import OpenProject
from shotmill.engine.reading import Reader
from shotmill.engine.run import Run
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.status import View
from shotmill.engine.tools import Tools
from shotmill.errors import ShotmillError, UsageError
from shotmill.ledger.journals import Interrupted
from shotmill.ledger.ledger import Ledger
from shotmill.ledger.wall_clock import this_boot
from shotmill.quota.book import QuotaBook
from shotmill.settings.folders import Folders
from shotmill.takes.decoders import MOST, Decoders
from shotmill.takes.spool import Spool

WATCH_S = 2.0
KEPT_S = 7 * 86_400.0
KEPT_BYTES = 2 << 30
_log = logging.getLogger(__name__)


class Workshop:
    """What the API's handlers call. Every method raises `ShotmillError` for what a person can mend."""

    def __init__(
        self,
        folders: Folders,
        clock: Clock,
        threads: Executor,
        on_ledger_death: Callable[[BaseException], None] | None = None,
        *,
        shared_disk: bool = False,
    ) -> None:
        self.folders = folders
        self.clock = clock
        self.shared_disk = shared_disk
        self.ledger = Ledger(Path(folders.database), on_ledger_death)
        self.decoders = Decoders()
        self._decoding = ThreadPoolExecutor(max_workers=2 * MOST, thread_name_prefix="decoding")
        spool = Spool(Path(folders.spool))
        self.tools = Tools(clock, self.ledger, spool, threads, self._decoding, self.decoders)
        self.hooks = Hooks(folders, self.tools)
        self.projects: dict[str, OpenProject] = {}
        self.runs: dict[str, Run] = {}
        self.draining = False
        self.last_life: LastLife | None = None
        """The daemon's life before this one, where it ended without order."""
        self.interrupted: Sequence[Interrupted] = ()
        """The runs that this home's daemon before did not bring to their end."""
        self.keys = KeyWatch(folders)
        self.key_tests = KeyTests(self.ledger)
        self.places = Places(self.ledger, lambda: self.keys.ring, lambda: self.projects.values())
        self.ahead: Reader | None = None
        """Of a project that will be opened in a moment, and has begun to be read."""
        self._locks: dict[str, ProjectLock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.opening = asyncio.Lock()
        self._starting: dict[str, asyncio.Lock] = {}
        self.ends: dict[str, asyncio.Event] = {}
        """Set when a project's run has ended and written its last lines; gone from here then."""
        self._out: Counter[str] = Counter()  # runs of each project that have requests out, or may send some
        self.handed_over: set[str] = set()
        """The runs that the next daemon goes on with."""

    def begin_to_open(self) -> None:
        """Have the database opened, which is mostly the disk's time; `open` waits for it."""
        self.tools.reserve.relieve()
        self.ledger.begin_to_open(self.clock.now(), shared_disk=self.shared_disk)

    def open(self) -> None:
        """Open the database, read the keys, and what the journals know better; blocking, for a thread at the start."""
        now = self.clock.now()
        self.begin_to_open()
        rebuilt = self.ledger.open(now, shared_disk=self.shared_disk)
        if (boot := this_boot()) is not None:
            self.tools.quiet_until = max(self.tools.quiet_until, self.ledger.settle_clock(boot, now))
        self.keys.read()
        read_journals(self.ledger, rebuilt, self.tools.spool, self.keys.ring, now)
        self.tools.quiet_until = max(self.tools.quiet_until, self.ledger.quiet_until())
        self.interrupted = self.ledger.interrupted()
        self._tidy_spool(now)
        self.tools.reserve.make()

    def _tidy_spool(self, now: float) -> None:
        """What is left of attempts that came to an end is kept for a week; what may still be taken in, and answers that
        were paid for and of no use, until a person deletes them."""
        spool = self.tools.spool
        spooled = {path.stem for path in spool.folder.glob("*.part")}
        try:
            paid_in_vain = spool.sealed() - self.ledger.kept(spooled)
            spool.collect(now - KEPT_S, KEPT_BYTES, paid_in_vain | (spooled - self.ledger.finished(spooled)))
        except OSError as error:
            _log.warning("the spool can't be tidied: %s", error)

    def reader_of(self, root: Path) -> Reader:
        """The one that has begun to read there already, or a new one."""
        ahead = self.ahead
        if ahead is None or ahead.root != root:
            return Reader(root)
        self.ahead = None
        return ahead

    async def forget_ahead(self) -> None:
        """Nobody opened it."""
        ahead, self.ahead = self.ahead, None
        if ahead is not None:
            await self.tools.in_thread(ahead.close)

    @property
    def active_runs(self) -> list[Run]:
        return [run for run in self.runs.values() if run.active]

    def take_environment(self, keys: Mapping[str, str]) -> None:
        """Keys from a client's environment; runs use them at once."""
        self.keys.take(keys)
        self._keys_changed()

    def project(self, identity: str) -> OpenProject:
        found = self.projects.get(identity)
        if found is None:
            raise ShotmillError(
                "this project is not open", cure="open it with POST /v1/projects", code="unknown_project"
            )
        return found

    def view(self, project: OpenProject) -> View:
        """The project as it is now."""
        pools = self.places.keys_of(project)
        unusable = [] if self.places.is_emulated(project) else self.keys.unusable(project, pools)
        book = self.book_of(project)
        beside = self._beside(project, book)
        return View(project, self.runs.get(project.id), book, pools, unusable, self.clock.now(), beside)

    def _beside(self, project: OpenProject, book: QuotaBook | None) -> list[Scheduler]:
        """Those of other projects' runs that are under way and draw with the same model from the same book."""
        found = [run.scheduler for of, run in self.runs.items() if run.active and of != project.id]
        alike = [other for other in found if other.book is book and other.model == project.settings.gemini.model]
        return [other for other in alike if not other.held]

    async def agree(self, project: OpenProject, usd: float) -> None:
        """The user agreed to spend that much on what is left of this project."""
        await self.ledger.agree(project.id, usd)
        project.agreed_usd = max(project.agreed_usd, usd)
        project.feed.topic("status")

    def is_active(self, project: OpenProject) -> bool:
        """Whether a run of the project is under way."""
        run = self.runs.get(project.id)
        return run is not None and run.active

    def resume_style(self, project: OpenProject, style: str) -> dict[str, Any]:
        run = self.runs.get(project.id)
        if run is None or not run.active or style not in run.scheduler.lanes:
            raise ShotmillError("no run of this style is there to go on", cure="shotmill start", code="not_running")
        run.scheduler.resume_style(style)
        run.place.book.mended(run.scheduler.lanes[style].keys)
        run.wake()
        project.feed.topic("status", "quota", "keys", "pace")
        return {"status": self.view(project).status()}

    def beat(self, project: OpenProject, style: str, beat: str) -> dict[str, Any]:
        found = project.board.find(style, beat)
        if found is None:
            raise UsageError("there is no such beat", cure="names are as in the prompts file", code="unknown_beat")
        return beat_detail(project, found)

    async def watch_keys(self) -> None:
        """Take over changes of keys.toml while runs go on."""
        while True:
            await self.clock.sleep(WATCH_S)
            try:
                await self.refresh_keys()
            except ShotmillError as error:
                for project in self.projects.values():
                    project.tell("error", "note", f"keys.toml is not used as it is now: {error.told}")

    async def refresh_keys(self) -> None:
        """Read keys.toml anew if it changed. Raises `SettingsError`, once for each change; the old keys stay then."""
        if self.keys.is_stale:
            await self.tools.in_thread(self.keys.read)
            self._keys_changed()

    async def close(self) -> None:
        await self.forget_ahead()
        await self.hooks.close()
        await self.places.close()
        for project in self.projects.values():
            await self.tools.in_thread(project.log.close)
        await self.tools.in_thread(self.decoders.close)
        self._decoding.shutdown(wait=False, cancel_futures=True)
        self.ledger.close()

    async def _drive(self, project: OpenProject, run: Run, noted: str) -> None:
        self.in_background(back_up_soon(self))
        try:
            await self.note_run(lambda: self.ledger.run_began(project.id, run.id, noted, self.clock.now()))
            await run.drive()
        finally:
            if run.state == "finished" or run.id not in self.handed_over:
                await self.note_run(lambda: self.ledger.run_ended(project.id, run.id))
            self.unlock(project)
            self.ends.pop(project.id).set()
            await run.landed()
            self._out[project.id] -= 1
            await self.leave(project)

    async def leave(self, project: OpenProject) -> None:
        """Let go of what a run needs (its emulator), once nothing of any run of the project is out."""
        if not self._out.get(project.id):
            await self.places.leave(project)

    async def note_run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """For the next daemon; a disk that refuses costs no more than that it does not go on by itself."""
        try:
            await work()
        except ShotmillError as error:
            _log.warning("%s", error.message)

    def starting(self, project: OpenProject) -> asyncio.Lock:
        """Held by one start of a project at a time."""
        return self._starting.setdefault(project.id, asyncio.Lock())

    async def released(self, project: OpenProject) -> None:
        """Wait until a run that has ended has written its last lines."""
        event = self.ends.get(project.id)
        if event is not None:
            await event.wait()

    async def lock(self, project: OpenProject) -> None:
        """Raises `NothingRunsError` when another daemon draws this project."""
        lock = ProjectLock(project.layout.dot / "lock")
        await lock.take_soon(self.clock)
        self._locks[project.id] = lock

    def unlock(self, project: OpenProject) -> None:
        """Other daemons may draw it again; nothing where it was not locked."""
        lock = self._locks.pop(project.id, None)
        if lock is not None:
            lock.release()

    def book_of(self, project: OpenProject) -> QuotaBook | None:
        """The quotas of the project's endpoint; None for one that may not be sent keys."""
        try:
            return self.places.book(self.places.endpoint_name(project))
        except ShotmillError:
            return None

    def _keys_changed(self) -> None:
        self.places.limits_changed()
        for project in self.projects.values():
            run = self.runs.get(project.id)
            if run is not None and run.active:
                run.use_pools(self.places.keys_of(project))
            project.feed.topic("status", "quota", "keys", "pace")

    def drive(self, project: OpenProject, run: Run, noted: str) -> None:
        """Let a run go; what it holds is given back at its end. `noted` is what a later daemon would go on by."""
        self.runs[project.id] = run
        run.beside = lambda: self._beside(project, run.place.book)
        self.ends[project.id] = asyncio.Event()
        self._out[project.id] += 1
        project.loaded_at = 0.0  # what it draws is not what was read
        self.hooks.watch(project, run)
        self.in_background(self._drive(project, run, noted))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
