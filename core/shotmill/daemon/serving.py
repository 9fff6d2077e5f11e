"""The daemon at work: at its socket from the first moment, then everything that is heavy; its end in phases.

starting → ready → draining (nothing new is sent, what is in flight lands) → streams are told, records closed → gone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shotmill.clock import Clock, SystemClock
from shotmill.daemon import handover
from shotmill.daemon.backing_up import back_up_hourly
from shotmill.daemon.crashes import MANY, PAUSE_S, Crashes, written
from shotmill.daemon.doorman import Doorman
from shotmill.daemon.life import Life
from shotmill.daemon.loading import load_server, load_the_rest, load_workshop, read_ahead
from shotmill.daemon.loop_faults import LoopFaults
from shotmill.daemon.loop_lag import LoopLag
from shotmill.daemon.service import Service
from shotmill.daemon.socket_place import BACKLOG, DaemonLock, DaemonSocket
from shotmill.errors import ShotmillError
from shotmill.settings.folders import Folders

if TYPE_CHECKING:
    from aiohttp import web

    from shotmill.daemon.lines import Lines
    from shotmill.daemon.ready import Ready
    from shotmill.daemon.workshop import Workshop

ENDED, FORCED, FAULT, STATE, RUNNING = 0, 3, 70, 74, 75
HEAL_S = 5.0
STATE_S = 1.0
CLOSE_STREAMS_S = 1.0
BROKEN_S = 20.0
"""How long requests in flight may land when the daemon itself can't go on."""
_log = logging.getLogger("shotmill")


@dataclass(frozen=True, slots=True)
class Given:
    """What the process was started with."""

    folders: Folders
    lock: DaemonLock
    ready: Ready
    service: Service
    keys: Mapping[str, str]
    logout: str
    shared_disk: bool
    lag: LoopLag
    opens: str = ""
    """The project that whoever started it will open next."""


async def serve(given: Given) -> int:
    """From the socket to the end; the exit code. Raises `ShotmillError` where the state can't be used."""
    clock = SystemClock()
    place = DaemonSocket(Path(given.folders.socket))
    life = Life(clock, str(given.folders.socket), given.logout, given.lag)
    _on_signals(life)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(LoopFaults())
    listener = place.bind()
    os.umask(0o022)  # images are for whoever may read the project
    crashes = Crashes(Path(given.folders.run))
    last_life = await asyncio.to_thread(crashes.last_life, written(given.folders))
    early_deaths = await asyncio.to_thread(crashes.begin, clock.now())
    left = await asyncio.to_thread(handover.take, Path(given.folders.run), clock.now())
    doorman = Doorman(listener, life)
    threads = ThreadPoolExecutor(max_workers=min(8, 2 + (os.cpu_count() or 2)), thread_name_prefix="work")
    workshop = await _loaded(given, clock, life, threads)
    workshop.last_life = last_life

    from shotmill.daemon.lines import Lines

    lines = Lines()
    runner = await _answer_through(lines, workshop, life)
    await doorman.hand_over(lines)
    servers = [await loop.create_unix_server(lines, sock=listener, backlog=BACKLOG)]
    background: list[asyncio.Task[None]] = []
    try:
        await _open(workshop, life, crashes)
        _tell_deaths(early_deaths, workshop, managed=given.service.manages)
        workshop.take_environment({**given.keys, **(left.keys if left is not None else {})})
        _tell_ready(life, given)
        background = [
            *_in_background(life, workshop, given, wanted=left is not None),
            asyncio.create_task(_heal(place, lines, servers)),
        ]
        await life.stop_asked.wait()
        code = await _drain(life, workshop, given)
    finally:
        life.ending.set()
        for task in background:
            task.cancel()
        for server in servers:
            server.close()
        await runner.cleanup()
        await workshop.close()
        place.remove()
        threads.shutdown(wait=False, cancel_futures=True)
    if life.restarts:
        _leave(given.folders, workshop, clock.now())
    if life.broken is None:
        await asyncio.to_thread(crashes.end)
    _log.info("ended with %d", code)
    return code


async def _loaded(given: Given, clock: Clock, life: Life, threads: ThreadPoolExecutor) -> Workshop:
    """With all that it works with, and the server; meanwhile its database is opened and a great project read ahead."""
    ahead = await read_ahead(Path(given.opens)) if given.opens else None
    await asyncio.to_thread(load_workshop)
    workshop = _make_workshop(given, clock, life, threads)
    workshop.ahead = ahead
    await asyncio.to_thread(workshop.begin_to_open)
    await asyncio.to_thread(load_server)
    return workshop


async def _open(workshop: Workshop, life: Life, crashes: Crashes) -> None:
    """Whoever asks is told why where that is refused, and it counts for no life."""
    try:
        await asyncio.to_thread(workshop.open)
    except ShotmillError as error:
        life.fail(error)
        await asyncio.to_thread(crashes.refused)
        raise


def _tell_ready(life: Life, given: Given) -> None:
    life.become_ready()
    given.ready.tell()
    given.service.tell("READY=1", "STATUS=ready")
    _log.info("ready, process %d", os.getpid())


def _make_workshop(given: Given, clock: Clock, life: Life, threads: ThreadPoolExecutor) -> Workshop:
    from shotmill.daemon.workshop import Workshop

    loop = asyncio.get_running_loop()

    def writer_died(error: BaseException) -> None:
        loop.call_soon_threadsafe(life.break_down, *_of_writer(error))

    workshop = Workshop(given.folders, clock, threads, writer_died, shared_disk=given.shared_disk)
    workshop.tools.is_ours = given.lock.is_there
    return workshop


async def _answer_through(lines: Lines, workshop: Workshop, life: Life) -> web.AppRunner:
    from aiohttp import web

    from shotmill.daemon.lines import KEEP_S
    from shotmill.daemon.server import make_app

    runner = web.AppRunner(
        make_app(workshop, life, lines),
        access_log=None,
        shutdown_timeout=CLOSE_STREAMS_S,
        keepalive_timeout=KEEP_S,
        lingering_time=0,  # a body that was refused for its size is not read to its end
    )
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - it is there after `setup`
    lines.serve(runner.server)
    return runner


def _tell_deaths(early: int, workshop: Workshop, *, managed: bool) -> None:
    """What daemons before this one came to; a service manager that starts one after the other is slowed."""
    if workshop.last_life is not None:
        said = workshop.last_life.told(workshop.clock.now())
        _log.warning("%s: it ended without order; runs that it had are interrupted, what had arrived is safe", said)
    if managed and early >= MANY:
        _log.warning("%d daemons died within minutes: nothing is sent for %.0f s", early, PAUSE_S)
        workshop.tools.quiet_until = max(workshop.tools.quiet_until, workshop.clock.now() + PAUSE_S)


def _in_background(life: Life, workshop: Workshop, given: Given, *, wanted: bool) -> list[asyncio.Task[None]]:
    """What goes on beside the requests. Runs are gone on with where that is `wanted`, or a service manager is there."""
    from shotmill.daemon.go_on import go_on
    from shotmill.daemon.settings_watch import SettingsWatch

    works = [
        life.lag.keep(),
        workshop.watch_keys(),
        SettingsWatch(workshop).keep(),
        load_the_rest(workshop),
        _watch_state(given.lock, life),
        _end_when_idle(life, workshop),
        back_up_hourly(workshop),
        given.service.keep_watchdog(),
        go_on(workshop, workshop.interrupted, wanted=wanted or given.service.manages),
    ]
    return [asyncio.create_task(work) for work in works]


def _of_writer(error: BaseException) -> tuple[int, ShotmillError]:
    from shotmill.ledger.trouble import LedgerDamagedError

    if isinstance(error, LedgerDamagedError):
        return STATE, error
    said = f"the database's writer died: {type(error).__name__}: {error}"
    return FAULT, ShotmillError(said, cure="shotmill daemon restart", code="ledger")


def _leave(folders: Folders, workshop: Workshop, now: float) -> None:
    """For the daemon that goes on; its lock is still held here, so no other one reads it."""
    try:
        handover.leave(Path(folders.run), handover.Handover(workshop.keys.environment), now)
    except OSError as error:
        _log.error("nothing could be handed over: %s", error)


async def _drain(life: Life, workshop: Workshop, given: Given) -> int:
    """Let what is in flight land; told a second time, stop waiting: what is out then is in doubt."""
    from shotmill.daemon import draining

    go_on, broken = life.restarts or (life.by_signal and given.service.manages), life.broken
    flying = await draining.drain(workshop, go_on=go_on, broken=broken[1] if broken is not None else None)
    given.service.tell("STOPPING=1", f"STATUS=waiting for {flying} images in flight")
    _log.info("draining, %d requests in flight", flying)
    if life.broken is not None:
        _log.error("%s", life.broken[1].told)
        for project in workshop.projects.values():
            project.tell("error", "note", f"the daemon ends: {life.broken[1].told}")
    landed = asyncio.create_task(draining.landed(workshop))
    forced = asyncio.create_task(life.stop_now.wait())
    patience = BROKEN_S if life.broken is not None else None
    await asyncio.wait({landed, forced}, return_when=asyncio.FIRST_COMPLETED, timeout=patience)
    forced.cancel()
    if landed.done():
        return life.broken[0] if life.broken is not None else ENDED
    landed.cancel()
    await draining.end_now(workshop)
    return life.broken[0] if life.broken is not None else FORCED


def _on_signals(life: Life) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: life.end(now=life.stop_asked.is_set(), by_signal=True))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


async def _heal(place: DaemonSocket, lines: Lines, servers: list[asyncio.Server]) -> None:
    """A socket that was removed (a cleaner of /tmp, a wiped folder) is bound again."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(HEAL_S)
        if not place.still_there():
            try:
                servers.append(await loop.create_unix_server(lines, sock=place.bind(), backlog=BACKLOG))
                _log.warning("the socket was gone and is bound again: %s", place.path)
            except (OSError, ShotmillError) as error:
                _log.error("the socket is gone and can't be bound again: %s", error)


async def _watch_state(lock: DaemonLock, life: Life) -> None:
    """Without its folder the daemon is not the one daemon any more, and its records are nobody's."""
    while True:
        await asyncio.sleep(STATE_S)
        if not lock.is_there():
            break
    error = ShotmillError(
        f"the state folder was deleted or moved away under the daemon: {lock.path.parent.parent}",
        cure="put it back, then: shotmill start   (the projects' own journals are whole)",
        code="state_gone",
    )
    life.break_down(STATE, error)


async def _end_when_idle(life: Life, workshop: Workshop) -> None:
    while True:
        await asyncio.sleep(5.0)
        if workshop.active_runs:
            life.heard()
        elif life.idle():
            _log.info("no run and no client for ten minutes")
            life.end(now=False)
