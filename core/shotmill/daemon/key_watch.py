"""The keys of this machine as the daemon has them: `keys.toml`, and what clients' environments brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from shotmill.engine.project import OpenProject
from shotmill.settings.folders import Folders
from shotmill.settings.keys import Key, KeyRing, UnusableKey, known_ones, load_keys
from shotmill.settings.placeholders import is_placeholder
from shotmill.story.model import Style


class KeyWatch:
    """`ring` is what was read last. Keys from an environment are in memory only, for as long as the daemon lives."""

    def __init__(self, folders: Folders) -> None:
        self.ring = KeyRing()
        self.environment: dict[str, str] = {}
        self._folders = folders
        self._seen: tuple[int, int] | None = None

    def read(self) -> None:
        """Read anew; blocking. Raises `SettingsError`, and keeps the old keys then, until the file changes again."""
        self._seen = self._stamp()
        self.ring = load_keys(self._folders, self.environment)

    def take(self, keys: Mapping[str, str]) -> None:
        """Keys from a client's environment. One that is empty there replaces a placeholder only: the key of another
        terminal stays."""
        for name, value in keys.items():
            if value or is_placeholder(self.environment.get(name, "")):
                self.environment[name] = value
        self.read()

    @property
    def is_stale(self) -> bool:
        """Whether keys.toml is another one than was read."""
        return self._stamp() != self._seen

    def unusable(self, project: OpenProject, pools: Mapping[str, Sequence[Key]]) -> list[tuple[str, str, str]]:
        """(name, reason, cure) of keys that a project would use and can't: first those that a style without any usable
        key names and this machine lacks, then those it names, else all of the file's."""
        styles = [project.settings.style(style.name) for style in project.styles]
        named = {name for style in styles for name in style.keys or ()}
        everything = any(style.keys is None for style in styles)
        found = [key for key in self.ring.unusable if everything or key.name in named]
        stuck = {name for style in project.styles if not pools.get(style.name) for name in self._named(project, style)}
        lacking = stuck - {key.name for key in self.ring.keys} - {key.name for key in self.ring.unusable}
        have = known_ones([key.name for key in self.ring.keys])
        missing = [
            UnusableKey(
                name,
                f"a style names it in shotmill.toml, and this machine has no key of that name{have}",
                f"shotmill keys add {name}, or take it out of the style's keys in shotmill.toml",
            )
            for name in sorted(lacking)
        ]
        return [(key.name, key.reason, key.cure) for key in (*missing, *found)]

    @staticmethod
    def _named(project: OpenProject, style: Style) -> tuple[str, ...]:
        return tuple(project.settings.style(style.name).keys or ())

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = Path(self._folders.keys_file).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size
