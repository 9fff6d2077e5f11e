"""The daemon's process: lock, socket, an answer at once, then everything that is heavy; and its end.

Exit codes of `daemon run`: 0 ended as asked or idle, 3 ended at once with requests in doubt, 70 an unexpected fault,
74 its state can't be used, 75 another daemon is running.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from logging.handlers import RotatingFileHandler
from pathlib import Path

from shotmill.clock import SystemClock
from shotmill.daemon.life import Life
from shotmill.daemon.socket_place import AlreadyRunning, DaemonLock, DaemonSocket
from shotmill.errors import ShotmillError
from shotmill.secrets import redact
from shotmill.settings.folders import Folders

ENDED, FORCED, FAULT, STATE, RUNNING = 0, 3, 70, 74, 75
HEAL_S = 5.0
CLOSE_STREAMS_S = 1.0
END_NOW_S = 5.0
_log = logging.getLogger("shotmill")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="shotmill daemon run")
    parser.add_argument("verb", choices=["run"], nargs="?", default="run")
    parser.add_argument("--ready-fd", type=int, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the keys
    os.umask(0o077)
    folders = Folders.of(os.environ)
    ready = _Ready(arguments.ready_fd)
    try:
        lock = DaemonLock(Path(folders.run))
        lock.take()
        os.umask(0o022)
        _log_to(Path(folders.daemon_log))
        return asyncio.run(_serve(folders, ready))
    except AlreadyRunning as error:
        ready.tell(error)
        return RUNNING
    except ShotmillError as error:
        _log.error("%s %s", error.message, error.cure)
        ready.tell(error)
        return STATE
    except Exception as error:
        _log.exception("the daemon ends with an unexpected fault")
        ready.tell(ShotmillError(redact(f"{type(error).__name__}: {error}"), cure=f"see {folders.daemon_log}"))
        return FAULT


class _Ready:
    """The line that whoever started the daemon waits for: READY, or the reason why not."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def tell(self, error: ShotmillError | None = None) -> None:
        if self._descriptor is None:
            if error is not None:
                print(f"shotmill daemon: {error.message}\n  → {error.cure}", file=sys.stderr)
            return
        said = "READY"
        if error is not None:
            fields = {"code": error.code, "message": error.message, "cure": error.cure, "exit_code": error.exit_code}
            said = json.dumps(fields)
        with contextlib.suppress(OSError):
            os.write(self._descriptor, f"{said}\n".encode())
            os.close(self._descriptor)
        self._descriptor = None


async def _serve(folders: Folders, ready: _Ready) -> int:
    from aiohttp import web

    clock = SystemClock()
    place = DaemonSocket(Path(folders.socket))
    life = Life(clock, str(folders.socket), os.environ.get("SHOTMILL_LOGOUT", "plain"))
    threads = ThreadPoolExecutor(max_workers=min(8, 2 + (os.cpu_count() or 2)), thread_name_prefix="work")
    _on_signals(life)
    listener = place.bind()

    from shotmill.daemon.server import make_app
    from shotmill.daemon.workshop import Workshop

    workshop = Workshop(folders, clock, threads)
    runner = web.AppRunner(make_app(workshop, life), access_log=None, shutdown_timeout=CLOSE_STREAMS_S)
    await runner.setup()
    site = web.SockSite(runner, listener)
    await site.start()
    background: list[asyncio.Task[None]] = []
    try:
        try:
            await asyncio.to_thread(workshop.open)
        except ShotmillError as error:
            life.fail(error)
            raise
        life.become_ready()
        ready.tell()
        _log.info("ready, process %d", os.getpid())
        background = [
            asyncio.create_task(life.measure_lag()),
            asyncio.create_task(workshop.watch_keys()),
            asyncio.create_task(_heal(place, runner)),
            asyncio.create_task(_end_when_idle(life, workshop)),
        ]
        await life.stop_asked.wait()
        code = await _drain(life, workshop)
    finally:
        life.ending.set()
        for task in background:
            task.cancel()
        await runner.cleanup()
        await workshop.close()
        place.remove()
        threads.shutdown(wait=False, cancel_futures=True)
    _log.info("ended with %d", code)
    return code


async def _drain(life: Life, workshop: object) -> int:
    """Let what is in flight land; told a second time, stop waiting: what is out then is in doubt."""
    from shotmill.daemon.workshop import Workshop

    assert isinstance(workshop, Workshop)  # noqa: S101 - narrows the lazily imported type
    flying = await workshop.drain()
    _log.info("draining, %d requests in flight", flying)
    landed = asyncio.create_task(workshop.landed())
    forced = asyncio.create_task(life.stop_now.wait())
    await asyncio.wait({landed, forced}, return_when=asyncio.FIRST_COMPLETED)
    forced.cancel()
    if not landed.done():
        landed.cancel()
        with contextlib.suppress(TimeoutError):  # a disk that refuses: the next start finds out what was out
            async with asyncio.timeout(END_NOW_S):
                await workshop.end_now()
        return FORCED
    return ENDED


def _on_signals(life: Life) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: life.end(now=life.stop_asked.is_set()))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


async def _heal(place: DaemonSocket, runner: object) -> None:
    """A socket that was removed (a cleaner of /tmp, a wiped folder) is bound again."""
    from aiohttp import web

    assert isinstance(runner, web.AppRunner)  # noqa: S101 - narrows the lazily imported type
    while True:
        await asyncio.sleep(HEAL_S)
        if not place.still_there():
            try:
                await web.SockSite(runner, place.bind()).start()
                _log.warning("the socket was gone and is bound again: %s", place.path)
            except (OSError, ShotmillError) as error:
                _log.error("the socket is gone and can't be bound again: %s", error)


async def _end_when_idle(life: Life, workshop: object) -> None:
    from shotmill.daemon.workshop import Workshop

    assert isinstance(workshop, Workshop)  # noqa: S101 - narrows the lazily imported type
    while True:
        await asyncio.sleep(5.0)
        if workshop.active_runs:
            life.heard()
        elif life.idle():
            _log.info("no run and no client for ten minutes")
            life.end(now=False)


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def _log_to(path: Path) -> None:
    """The daemon's own log, 5 files of 5 MB, for its user only; nothing in it holds a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=5 << 20, backupCount=4, encoding="utf-8", errors="replace")
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    path.chmod(0o600)
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("google_genai", "aiohttp.access", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False
