"""What a screen may touch on this machine beside the daemon: the user's folders and the project's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shotmill.client.link import Connection
from shotmill.settings.folders import Folders


@dataclass(frozen=True, slots=True)
class Workplace:
    """`root` is the project on the screen, `connect` gives a line to another one, `memory` the file where its place
    on the screen is kept."""

    folders: Folders
    environ: Mapping[str, str]
    root: Path
    connect: Callable[[Path], Connection]
    memory: Callable[[Path], Path | None]
