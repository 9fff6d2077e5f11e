"""What the user set for every screen in config.toml, and where a screen keeps what it is told to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from shotmill.settings.config import Notify
from shotmill.settings.folders import Folders
from shotmill_tui.themes import own_folder


@dataclass(frozen=True, slots=True)
class Preferences:
    """`bindings`: the keys of actions that are bound anew. Without `folders` nothing is kept, no copy and no theme."""

    bindings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    notify: Notify = field(default_factory=Notify)
    folders: Folders | None = None

    @property
    def theme_folders(self) -> list[Path]:
        """Those that come along, then the user's own, which win."""
        return [own_folder(), *([self.folders.config / "themes"] if self.folders else [])]

    @property
    def copies(self) -> Path | None:
        """The file that holds what was copied last."""
        return self.folders.cache / "clipboard.txt" if self.folders else None
