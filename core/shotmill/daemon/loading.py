"""What takes long to import, in its order: what answers first, then all that a run may come to need."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil

from shotmill.collector import collector_resting

SDK_AFTER_S = 3.0
"""A project that is opened at once brings the SDK itself; a daemon that is ended at once need not wait for it."""
_ROOMS = ("settings", "story", "quota", "gemini", "takes", "ledger", "engine", "daemon")


def load_server() -> None:
    """What answers at the socket. Blocking: not on the loop, where the doorman answers meanwhile."""
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


async def load_sdk_later() -> None:
    """The SDK before a project asks for it: its import would take a second or two beside the reading of prompts."""
    await asyncio.sleep(SDK_AFTER_S)
    await importlib.import_module("shotmill.gemini.sdk").load_sdk()
