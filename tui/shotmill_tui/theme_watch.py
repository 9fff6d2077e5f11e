"""Theme files while a screen is open: read again when one of them changed, came or went."""

from __future__ import annotations

from pathlib import Path

from shotmill_tui.themes import Fault, Palette, load_themes

Stamp = tuple[int, int, int]  # of a file: when it changed, its size, its inode (editors put a new file in its place)


class ThemeFolders:
    """The folders that themes come from. `look` may block on a slow disk."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders
        self._stamps = self._stamped()

    def read(self) -> tuple[dict[str, Palette], list[Fault]]:
        return load_themes(self._folders)

    def look(self) -> tuple[dict[str, Palette], list[Fault]] | None:
        """All themes and faults anew; None while no file changed."""
        stamps = self._stamped()
        if stamps == self._stamps:
            return None
        self._stamps = stamps
        return self.read()

    def _stamped(self) -> dict[Path, Stamp]:
        stamps: dict[Path, Stamp] = {}
        for folder in self._folders:
            try:
                for file in folder.glob("*.toml"):
                    found = file.stat()
                    stamps[file] = (found.st_mtime_ns, found.st_size, found.st_ino)
            except OSError:  # it goes while we look: the next look sees it
                continue
        return stamps


class Wardrobe:
    """The themes of a screen and the name under which Textual knows each.

    Textual does not repaint for a theme that is registered again under the name in use; a changed one gets a new name.
    """

    def __init__(self, palettes: dict[str, Palette], faults: list[Fault] | None = None) -> None:
        self.palettes = palettes
        self.faults = faults or []
        self._versions: dict[str, int] = {}

    def name(self, palette: str) -> str:
        """Textual's name for a theme."""
        version = self._versions.get(palette, 0)
        return f"{palette}@{version + 1}" if version else palette

    def replace(self, palettes: dict[str, Palette], faults: list[Fault], worn: str) -> list[str]:
        """The themes that are new or changed. The one that is worn stays as it was while its file has a fault."""
        kept = {worn: self.palettes[worn]} if worn not in palettes and worn in self.palettes else {}
        fresh = {**palettes, **kept}
        changed = [name for name, one in fresh.items() if self.palettes.get(name) != one]
        for name in changed:
            if name in self.palettes:
                self._versions[name] = self._versions.get(name, 0) + 1
        self.palettes, self.faults = fresh, faults
        return changed
