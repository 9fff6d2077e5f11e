"""A place to work in for screens under test: folders of their own, and connections that are played."""

from __future__ import annotations

from pathlib import Path

from shotmill.client.link import Connection
from shotmill.settings.folders import Folders
from shotmill_tui.workplace import Workplace
from tui.scripted import ScriptedConnection


def a_workplace(folder: Path, connection: Connection | None = None) -> Workplace:
    """The user's folders and the project's below `folder`; every project is seen by the same connection."""
    root = folder / "night-train"
    root.mkdir(parents=True, exist_ok=True)
    environ = {"SHOTMILL_HOME": str(folder / "home")}
    return Workplace(
        Folders.of(environ),
        environ,
        root,
        lambda at: connection or ScriptedConnection(),
        lambda at: folder / "home" / "screens" / f"{at.name}.json",
    )
