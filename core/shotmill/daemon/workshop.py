"""The daemon's work without its socket: the open projects, their runs, the keys. All on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from shotmill.clock import Clock, iso
from shotmill.daemon.key_test import test_key, unusable_verdict
from shotmill.daemon.places import Places
from shotmill.daemon.project_lock import ProjectLock
from shotmill.engine.board import BeatState
from shotmill.engine.detail import beat_detail
from shotmill.engine.project import OpenProject
from shotmill.engine.recovery import recover
from shotmill.engine.run import Run, fresh_start
from shotmill.engine.scheduler import Scheduler, Terms
from shotmill.engine.selection import Options, Selection, select
from shotmill.engine.status import View
from shotmill.engine.tools import Tools
from shotmill.errors import ExitCode, NothingRunsError, ShotmillError, UsageError
from shotmill.ledger.ledger import Ledger
from shotmill.settings.folders import Folders
from shotmill.settings.keys import Key, KeyRing, UnusableKey, load_keys
from shotmill.takes.entries import Settled, SettledHow
from shotmill.takes.identity import identify
from shotmill.takes.layout import Layout
from shotmill.takes.record import ProjectRecord
from shotmill.takes.spool import Spool
from shotmill.untrusted import printable

WATCH_S = 2.0


class Workshop:
    """What the API's handlers call. Every method raises `ShotmillError` for what a person can mend."""

    def __init__(self, folders: Folders, clock: Clock, threads: Executor) -> None:
        self.folders = folders
        self.clock = clock
        self.ledger = Ledger(Path(folders.database))
        self.tools = Tools(clock, self.ledger, Spool(Path(folders.spool)), threads)
        self.projects: dict[str, OpenProject] = {}
        self.runs: dict[str, Run] = {}
        self.draining = False
        self.ring = KeyRing()
        self.places = Places(self.ledger, lambda: self.ring, lambda: self.projects.values())
        self._environment: dict[str, str] = {}
        self._locks: dict[str, ProjectLock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening = asyncio.Lock()
        self._keys_seen: tuple[int, int] | None = None

    def open(self) -> None:
        """Open the database and read the keys; blocking, for a thread at the start."""
        self.ledger.open()
        self._read_keys()

    @property
    def active_runs(self) -> list[Run]:
        return [run for run in self.runs.values() if run.active]

    def take_environment(self, keys: Mapping[str, str]) -> None:
        """Keys from a client's environment: in memory only, for as long as the daemon lives."""
        self._environment.update(keys)
        self._read_keys()
        self._keys_changed()

    async def open_project(self, path: str) -> OpenProject:
        """Open a folder, or look at it anew when no run is using it. Saves first what an earlier daemon left."""
        root = _folder(path)
        async with self._opening:
            found = next((project for project in self.projects.values() if project.root == root), None)
            if found is None:
                return await self._open(root)
            run = self.runs.get(found.id)
            if (run is None or not run.active) and not found.inspecting:
                await self.tools.in_thread(found.load)
                found.watch()
            return found

    def project(self, identity: str) -> OpenProject:
        found = self.projects.get(identity)
        if found is None:
            raise ShotmillError(
                "this project is not open", cure="open it with POST /v1/projects", code="unknown_project"
            )
        return found

    def view(self, project: OpenProject) -> View:
        """The project as it is now."""
        pools = self.places.pools(project)
        unusable = [] if self.places.is_emulated(project) else self._unusable(project, pools_of(pools))
        book = self._book_or_none(project)
        return View(project, self.runs.get(project.id), book, pools_of(pools), unusable, self.clock.now())

    async def start(self, project: OpenProject, options: Options) -> dict[str, Any]:
        """Start a run, take a stop back, or answer with the run that is there."""
        run = self.runs.get(project.id)
        if run is not None and run.active:
            return self._join(project, run)
        if self.draining:
            raise ShotmillError("the daemon is stopping", cure="try again in a moment", code="draining")
        if project.inspecting:
            await project.inspected()
        await self.tools.in_thread(project.load)
        project.watch()
        await project.inspected()
        selection = select(project.board, options)
        await self.tools.in_thread(lambda: _check_writable(project))
        place = await self.places.place_of(project)
        pools = {name: pool.keys for name, pool in self.places.pools(project).items()}
        doubts = self._doubts_to_redraw(project, options)
        if not selection.beats and not doubts:
            await self.places.leave(project)
            return self._nothing_to_do(project, selection)
        try:
            self._check_keys(project, pools, selection)
            self._check_budget(project, options)
            self._lock(project)
        except ShotmillError:
            await self.places.leave(project)
            raise
        self.places.limits_changed()
        place.book.mended([key for pool in pools.values() for key in pool])
        for name, pool in self.places.pools(project).items():
            if pool.passed_over:
                project.tell("warning", "note", f"{name}: keys that this machine lacks: {', '.join(pool.passed_over)}")
        await fresh_start(project, selection.renewed, self.clock.now())
        await self._redraw(project, doubts)
        for beat in selection.beats:
            beat.wanted = True
        scheduler = Scheduler(
            project.board,
            pools,
            place.book,
            project.settings.gemini.model,
            self._terms(project, options, len(doubts)),
            project.money,
        )
        run = Run(self.tools.new_id()[:16], self.tools, place, project, scheduler, options)
        self.runs[project.id] = run
        project.tell("info", "note", f"started: {scheduler.pending} images to draw")
        self._spawn(self._drive(project, run))
        project.feed.topic("status", "quota", "keys", "pace")
        message = f"started: {scheduler.pending} images, about ${scheduler.pending * project.price_usd:.2f}"
        if selection.cut_off:
            message += f"; left out, since what they continue from is not drawn: {_names(selection)}"
        return {"outcome": "started", "message": message, "run": run.id, "status": self.view(project).status()}

    async def stop(self, project: OpenProject, *, now: bool) -> dict[str, Any]:
        run = self.runs.get(project.id)
        if run is None or not run.active:
            status = self.view(project).status()
            return {"outcome": "not_running", "in_flight": 0, "message": "nothing is running", "status": status}
        in_flight = run.scheduler.in_flight
        longest = max((self.clock.now() - flight.attempt.sent_at for flight in run.flights.values()), default=0.0)
        price = in_flight * project.price_usd
        if now:
            in_doubt = await run.stop_now()
            await run.wait()
            message = f"stopped; {in_doubt} requests were out and are in doubt"
            outcome = "stopped"
        else:
            run.stop()
            project.tell("info", "note", f"stopping after {in_flight} images in flight")
            message = f"stopping after {in_flight} images in flight" if in_flight else "stopped; nothing was in flight"
            outcome = "stopping"
        return {
            "outcome": outcome,
            "in_flight": in_flight,
            "longest_s": round(longest, 1),
            "in_doubt_usd": round(price, 4),
            "message": message,
            "status": self.view(project).status(),
        }

    async def doubt(self, project: OpenProject, do: str, style: str | None, beat: str | None) -> dict[str, Any]:
        """List what may have been paid for, or settle it: drawn again by choice, or left out."""
        doubts = [
            (key, attempt, intent)
            for key, known in project.record.beats.items()
            for attempt, intent in known.doubts.items()
            if (style is None or key[0] == style) and (beat is None or key[1] == beat)
        ]
        listed = [
            {
                "attempt": attempt,
                "style": key[0],
                "beat": key[1],
                "sent_at": iso(intent.at),
                "price_usd": intent.price_usd,
                "reason": _reason(project.record, key),
            }
            for key, attempt, intent in doubts
        ]
        if do == "list":
            return {"doubts": listed, "settled": 0, "status": self.view(project).status()}
        if do not in ("retry", "skip"):
            raise UsageError(f"{printable(do, 20)!r} is not a way to settle a doubt", cure="retry, skip, or list")
        now = self.clock.now()
        how: SettledHow = "retry" if do == "retry" else "skip"
        await project.note(*(Settled(now, attempt, *key, how) for key, attempt, _ in doubts), durable=True)
        run = self.runs.get(project.id)
        for key in {key for key, _, _ in doubts}:
            found = project.board.find(*key)
            if found is None or found.state is not BeatState.IN_DOUBT:
                continue
            project.board.set(found, BeatState.PENDING if do == "retry" else BeatState.FAILED, "left out")
            if do == "retry" and run is not None and run.active:
                run.scheduler.add([found])
                run.wake()
        project.feed.topic("status")
        answer = {"doubts": listed, "settled": len(doubts), "status": self.view(project).status()}
        if do == "retry" and doubts and (run is None or not run.active):
            beats = tuple(dict.fromkeys(key[1] for key, _, _ in doubts))
            styles = tuple(dict.fromkeys(key[0] for key, _, _ in doubts))
            await self.start(project, Options(styles=styles, beats=beats))
            answer["status"] = self.view(project).status()
        return answer

    async def agree(self, project: OpenProject, usd: float) -> None:
        """The user agreed to spend that much on what is left of this project."""
        await self.ledger.agree(project.id, usd)
        project.agreed_usd = max(project.agreed_usd, usd)
        project.feed.topic("status")

    async def test_keys(self, name: str | None, path: str | None) -> list[dict[str, Any]]:
        """Ask the project's endpoint (Google's without one) to list its models with each key: costs nothing."""
        project = await self.open_project(path) if path else None
        if project is not None:
            client = (await self.places.place_of(project)).provider
            keys = list({key.name: key for pool in self.places.pools(project).values() for key in pool.keys}.values())
        else:
            client, keys = self.places.google(), list(self.ring.keys)
        chosen = [key for key in keys if name is None or key.name == name]
        unusable = [key for key in self.ring.unusable if name is None or key.name == name]
        if name is not None and not chosen and not unusable:
            known = ", ".join(key.name for key in keys) or "none"
            raise UsageError(
                f"there is no key {printable(name, 40)!r}; known are: {known}", cure=f"shotmill keys add {name}"
            )
        found = await asyncio.gather(*(test_key(client, key) for key in chosen))
        if project is not None and not self._is_active(project):
            await self.places.leave(project)
        return [*found, *(unusable_verdict(key) for key in unusable)]

    def _is_active(self, project: OpenProject) -> bool:
        run = self.runs.get(project.id)
        return run is not None and run.active

    def resume_style(self, project: OpenProject, style: str) -> dict[str, Any]:
        run = self.runs.get(project.id)
        if run is None or not run.active or style not in run.scheduler.lanes:
            raise ShotmillError("no run of this style is there to go on", cure="shotmill start", code="not_running")
        run.scheduler.resume_style(style)
        run.place.book.mended(run.scheduler.lanes[style].keys)
        run.wake()
        project.feed.topic("status", "pace")
        return {"status": self.view(project).status()}

    def beat(self, project: OpenProject, style: str, beat: str) -> dict[str, Any]:
        found = project.board.find(style, beat)
        if found is None:
            raise UsageError("there is no such beat", cure="names are as in the prompts file", code="unknown_beat")
        return beat_detail(project, found)

    async def close_project(self, project: OpenProject) -> None:
        """Forget a folder, so that its records can be moved away."""
        run = self.runs.get(project.id)
        if run is not None and run.active:
            raise ShotmillError("a run is active", cure="shotmill stop", code="running", exit_code=ExitCode.USAGE)
        del self.projects[project.id]
        self.runs.pop(project.id, None)
        await self.tools.in_thread(project.log.close)

    async def watch_keys(self) -> None:
        """Take over changes of keys.toml while runs go on."""
        while True:
            await self.clock.sleep(WATCH_S)
            if self._keys_stamp() != self._keys_seen:
                try:
                    await self.tools.in_thread(self._read_keys)
                except ShotmillError as error:
                    for project in self.projects.values():
                        project.tell("error", "note", f"keys.toml is not used as it is now: {error.message}")
                    self._keys_seen = self._keys_stamp()
                    continue
                self._keys_changed()

    async def drain(self) -> int:
        """Let what is in flight land; nothing new leaves. Returns how many requests that is."""
        self.draining = True
        runs = self.active_runs
        flying = sum(run.scheduler.in_flight for run in runs)
        for run in runs:
            run.stop()
        return flying

    async def landed(self) -> None:
        await asyncio.gather(*(run.wait() for run in self.active_runs))

    async def end_now(self) -> None:
        for run in self.active_runs:
            await run.stop_now()

    async def close(self) -> None:
        await self.places.close()
        for project in self.projects.values():
            await self.tools.in_thread(project.log.close)
        self.ledger.close()

    async def _open(self, root: Path) -> OpenProject:
        layout = Layout(root)
        identity = await self.tools.in_thread(lambda: identify(layout, self.clock.now(), self.ledger.root_of))
        project = OpenProject(root, identity, self.tools)
        try:
            await self.tools.in_thread(project.load)
        except BaseException:
            project.log.close()
            raise
        await self.ledger.register(identity, root, self.clock.now())
        project.agreed_usd = await self.ledger.agreed_usd(identity)
        saved, in_doubt = await recover(project, self.tools)
        if saved or in_doubt:
            await self.tools.in_thread(project.load)
            project.tell("warning", "note", f"interrupted earlier: {saved} images saved, {in_doubt} requests in doubt")
        self.projects[identity] = project
        project.watch()
        return project

    async def _drive(self, project: OpenProject, run: Run) -> None:
        try:
            await run.drive()
        finally:
            self._locks.pop(project.id).release()
            if not run.flights:
                await self.places.leave(project)

    def _join(self, project: OpenProject, run: Run) -> dict[str, Any]:
        if run.state == "stopping":
            run.resume()
            message, outcome = "the stop is taken back", "resumed"
        else:
            message, outcome = "a run is under way; filters and options of this start were not applied", "running"
        return {"outcome": outcome, "message": message, "run": run.id, "status": self.view(project).status()}

    def _nothing_to_do(self, project: OpenProject, selection: Selection) -> dict[str, Any]:
        message = "nothing to draw"
        if selection.cut_off:
            message = f"nothing to draw: what these continue from is not drawn: {_names(selection)}"
        return {"outcome": "nothing_to_do", "message": message, "run": None, "status": self.view(project).status()}

    def _check_keys(self, project: OpenProject, pools: Mapping[str, tuple[Key, ...]], selection: Selection) -> None:
        styles = {beat.style for beat in selection.beats}
        if any(pools[style] for style in styles) or not styles:
            return
        unusable = self._unusable(project, pools)
        if unusable:
            said = "; ".join(f"{name}: {reason}" for name, reason, _ in unusable)
            raise NothingRunsError(f"no usable key: {said}", cure=unusable[0][2], code="no_key")
        raise NothingRunsError(
            "there is no key on this machine",
            cure="shotmill keys add NAME, or set GEMINI_API_KEY where you start Shotmill",
            code="no_key",
        )

    def _unusable(self, project: OpenProject, pools: Mapping[str, tuple[Key, ...]]) -> list[tuple[str, str, str]]:
        """Keys that this project would use and can't: those it names, else all of the file's."""
        named = {name for style in project.styles for name in project.settings.style(style.name).keys or ()}
        everything = any(project.settings.style(style.name).keys is None for style in project.styles)
        found = [key for key in self.ring.unusable if everything or key.name in named]
        lacking = named - {key.name for key in self.ring.keys} - {key.name for key in self.ring.unusable}
        if lacking and not any(pools.values()):
            found += [
                UnusableKey(name, "this machine has no key of that name", f"shotmill keys add {name}")
                for name in sorted(lacking)
            ]
        return [(key.name, key.reason, key.cure) for key in found]

    def _check_budget(self, project: OpenProject, options: Options) -> None:
        price = project.price_usd
        for limit, cure in (
            (project.settings.budget_usd, "raise budget_usd in shotmill.toml"),
            (options.budget_usd, "start with a higher --budget"),
        ):
            gone = project.money.gone if limit is project.settings.budget_usd else 0.0
            if limit is not None and gone + price > limit + 1e-9:
                raise ShotmillError(
                    f"the budget of ${limit:.2f} has no room for one more image at ${price:.4f}; ${gone:.2f} are spent",
                    cure=cure,
                    code="budget",
                    exit_code=ExitCode.BUDGET,
                )

    def _doubts_to_redraw(self, project: OpenProject, options: Options) -> list[tuple[str, str]]:
        """Beats in doubt that a run may draw again within its allowance, those that hold most others back first."""
        allowance = int((project.settings.generation.in_doubt_usd + 1e-9) / project.price_usd)
        found = [
            (-beat.tail, style.name, beat.id)
            for style in project.board.styles
            if not options.styles or style.name in options.styles
            for beat in style.beats
            if beat.state is BeatState.IN_DOUBT
            and (not options.beats or beat.id in options.beats)
            and (not options.shots or beat.prompt.shot in options.shots)
        ]
        found.sort(key=lambda entry: entry[0])
        return [(style, beat) for _, style, beat in found[:allowance]]

    async def _redraw(self, project: OpenProject, doubts: list[tuple[str, str]]) -> None:
        now = self.clock.now()
        for key in doubts:
            known = project.record.beat(*key)
            beat = project.board.find(*key)
            if known is None or beat is None:
                continue
            await project.note(*(Settled(now, attempt, *key, "retry") for attempt in list(known.doubts)), durable=True)
            beat.wanted = True
            project.board.set(beat, BeatState.PENDING)
            project.tell("warning", "again", "was in doubt; drawn again within in_doubt_usd", beat=beat)

    def _terms(self, project: OpenProject, options: Options, redrawn: int) -> Terms:
        settings = project.settings
        return Terms(
            price_usd=project.price_usd,
            attempts=settings.generation.attempts,
            in_doubt_usd=settings.generation.in_doubt_usd - redrawn * project.price_usd,
            pause_after=settings.generation.pause_after,
            budget_usd=settings.budget_usd,
            run_budget_usd=options.budget_usd,
        )

    def _lock(self, project: OpenProject) -> None:
        lock = ProjectLock(project.layout.dot / "lock")
        lock.take()
        self._locks[project.id] = lock

    def _book_or_none(self, project: OpenProject) -> Any:
        try:
            return self.places.book(self.places.endpoint_name(project))
        except ShotmillError:
            return None

    def _read_keys(self) -> None:
        self._keys_seen = self._keys_stamp()
        self.ring = load_keys(self.folders, self._environment)

    def _keys_stamp(self) -> tuple[int, int] | None:
        try:
            found = Path(self.folders.keys_file).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _keys_changed(self) -> None:
        self.places.limits_changed()
        for project in self.projects.values():
            run = self.runs.get(project.id)
            if run is not None and run.active:
                run.use_pools({name: pool.keys for name, pool in self.places.pools(project).items()})
            project.feed.topic("status", "quota", "keys", "pace")

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def pools_of(pools: Mapping[str, Any]) -> dict[str, tuple[Key, ...]]:
    return {name: pool.keys for name, pool in pools.items()}


def _folder(path: str) -> Path:
    root = Path(path)
    if not root.is_absolute():
        raise UsageError("a project is named by its absolute path")
    if not root.is_dir():
        raise UsageError(f"{printable(path, 200)} is no folder", cure="name the folder that holds prompts/")
    return root.resolve()


def _check_writable(project: OpenProject) -> None:
    """Try what a run will do: make folders and a file below each place that it writes to."""
    for folder in (project.layout.dot, project.root / "generated_images", project.root):
        probe = folder / ".shotmill-probe"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise NothingRunsError(
                f"{folder} can't be written: {error.strerror}",
                cure=f"make it a folder of yours: sudo chown -R $(id -un) '{folder}' (or: chmod u+w '{folder}')",
                code="not_writable",
            ) from error


def _names(selection: Selection) -> str:
    names = [f"{beat.style} {beat.id}" for beat in selection.cut_off[:5]]
    return ", ".join(names) + (f" and {len(selection.cut_off) - 5} more" if len(selection.cut_off) > 5 else "")


def _reason(record: ProjectRecord, key: tuple[str, str]) -> str:
    known = record.beat(*key)
    return known.last.message or known.last.code if known is not None and known.last is not None else ""
