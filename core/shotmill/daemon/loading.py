"""What takes long to import, in its order: what answers first, then all that a run may come to need."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from shotmill.collector import collector_resting
from shotmill.errors import ShotmillError

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop
    from shotmill.engine.reading import Reader

REST_AFTER_S = 3.0
"""A project that is opened at once has the processors to itself, and brings the SDK; a daemon that is ended at once
need not wait for it."""
AHEAD_WITHIN_S = 3.0
"""Of a folder that answers later, on a share that hangs, nothing is read ahead."""
_ROOMS = ("settings", "story", "quota", "gemini", "takes", "ledger", "engine", "doctor", "daemon")
_log = logging.getLogger(__name__)


async def read_ahead(root: Path) -> Reader | None:
    """Have what is great in a project read by other processes while this one loads itself. None where that can't be
    begun: whoever opens the project is told what is wrong with it, and the daemon has others to start for."""
    begun: Future[Reader | None] = Future()
    Thread(target=_read_ahead, args=(root, begun), name="read-ahead", daemon=True).start()
    await asyncio.wait([asyncio.wrap_future(begun)], timeout=AHEAD_WITHIN_S)
    return None if begun.cancel() else begun.result()


def _read_ahead(root: Path, begun: Future[Reader | None]) -> None:
    reader = None
    try:
        reader = _reader_at_work(root)
    except Exception as error:
        _log.warning("%s is not read ahead: %s", root, error)
    if begun.set_running_or_notify_cancel():
        begun.set_result(reader)
    elif reader is not None:
        reader.close()


def _reader_at_work(root: Path) -> Reader:
    with collector_resting():
        from shotmill.engine.reading import Reader

    reader = Reader(root.resolve())
    reader.begin()
    _log.info("%s is read ahead", root)
    return reader


def load_workshop() -> None:
    """What the daemon works with. Blocking: not on the loop, where the doorman answers meanwhile."""
    with collector_resting():
        import shotmill.daemon.workshop  # noqa: F401


def load_server() -> None:
    """What answers at the socket, and how it ends: an upgrade in place may come at once. Blocking, too."""
    with collector_resting():
        import shotmill.daemon.draining
        import shotmill.daemon.server  # noqa: F401


async def load_the_rest(workshop: Workshop) -> None:
    """All that a run may come to need, a decoder too: an upgrade in place takes the files of this version away."""
    await asyncio.sleep(REST_AFTER_S)
    await workshop.forget_ahead()
    try:
        await asyncio.to_thread(load_every_module)
    except ImportError as error:
        _log.error("files of this version are gone, as after an upgrade: %s  → shotmill daemon restart", error)
        return
    try:
        await asyncio.to_thread(workshop.decoders.start)
    except ShotmillError as error:
        _log.error("%s %s", error.message, error.cure)
    _log.info("every module is loaded")

    from shotmill.gemini.sdk import load_sdk

    await load_sdk()  # before a project asks for it: its import would take a second beside the reading of prompts


def load_every_module() -> None:
    """Every module of the daemon's rooms, and the models' data: nothing is looked for in files any more."""
    for room in _ROOMS:
        package = importlib.import_module(f"shotmill.{room}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.name.endswith((".__main__", ".decoder")):
                importlib.import_module(module.name)
    importlib.import_module("shotmill.settings.models").all_models()
