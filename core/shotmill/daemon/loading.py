"""What takes long to import, in its order: what answers first, then all that a run may come to need."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

from shotmill.collector import collector_resting

if TYPE_CHECKING:
    from shotmill.engine.reading import Reader

REST_AFTER_S = 3.0
"""A project that is opened at once has the processors to itself, and brings the SDK; a daemon that is ended at once
need not wait for it."""
_ROOMS = ("settings", "story", "quota", "gemini", "takes", "ledger", "engine", "doctor", "daemon")


def read_ahead(root: Path) -> Reader:
    """Have what is great in a project read by other processes while this one loads itself. Blocking."""
    with collector_resting():
        from shotmill.engine.reading import Reader

        reader = Reader(root.resolve())
        reader.begin()
        return reader


def load_workshop() -> None:
    """What the daemon works with. Blocking: not on the loop, where the doorman answers meanwhile."""
    with collector_resting():
        import shotmill.daemon.workshop  # noqa: F401


def load_server() -> None:
    """What answers at the socket. Blocking, too."""
    with collector_resting():
        import shotmill.daemon.server  # noqa: F401


def load_every_module() -> None:
    """Every module of the daemon's rooms, and the models' data: nothing is looked for in files any more."""
    for room in _ROOMS:
        package = importlib.import_module(f"shotmill.{room}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.name.endswith((".__main__", ".decoder")):
                importlib.import_module(module.name)
    importlib.import_module("shotmill.settings.models").all_models()


async def load_sdk() -> None:
    """The SDK before a project asks for it: its import would take a second or two beside the reading of prompts."""
    await importlib.import_module("shotmill.gemini.sdk").load_sdk()
