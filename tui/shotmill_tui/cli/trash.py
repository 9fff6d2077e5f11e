"""The project's trash, `.shotmill/trash/{moment}Z/` in UTC: what was set aside, at the paths it had in the project."""

from __future__ import annotations

import os
import time
from pathlib import Path

from shotmill.errors import ShotmillError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Trash:
    """One project's trash. Moves are renames within the project: quick, and whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / ".shotmill" / "trash"

    def take(self, paths: Sequence[Path], name: str = "") -> Path:
        """Move `paths` (inside the project) away; answers with the folder they are in now."""
        place = self._free(name or _now())
        for path in paths:
            _move(self._root / path, place / path)
        return place

    def last(self) -> list[Path]:
        """What an undo would bring back, as paths inside the project."""
        place = self._newest()
        return [] if place is None else sorted(_tops(place, place))

    def source(self, path: Path) -> Path:
        """Where a path of `last` lies now."""
        place = self._newest()
        return path if place is None else place / path

    def restore(self) -> str:
        """Bring the newest back; what stands in its place now is set aside, and where to is the answer. That is the
        newest then: another undo changes the two again.
        """
        place = self._newest()
        if place is None:
            return ""
        kept: Path | None = None
        for path in self.last():
            if os.path.lexists(self._root / path):
                kept = kept or self._free(_now())
                _move(self._root / path, kept / path)
            _move(place / path, self._root / path)
        for folder, _, _ in os.walk(place, topdown=False):
            Path(folder).rmdir()
        return "" if kept is None else str(kept.relative_to(self._root))

    def _newest(self) -> Path | None:
        if not self._folder.is_dir():
            return None
        names = [path for path in self._folder.iterdir() if path.is_dir() and path.name[:1].isdigit()]
        return max(names, key=lambda path: path.name, default=None)

    def _free(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            place = self._folder / (name if number == 1 else f"{name}-{number:03}")
            try:
                place.mkdir()
                return place
            except FileExistsError:
                continue
        raise ShotmillError(f"There is no free name in {self._folder}", cure="Try again in a second")


def _now() -> str:
    """A moment by which names sort, wherever the machine is and whatever its clock does in autumn."""
    return time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime())


def _tops(folder: Path, top: Path) -> list[Path]:
    """The things that were moved: files, and folders other than those that only lead to them."""
    found: list[Path] = []
    for path in folder.iterdir():
        inside = path.relative_to(top)
        if inside == Path(".shotmill"):
            found += _tops(path, top)
        else:
            found.append(inside)
    return found


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as fault:
        raise ShotmillError(
            f"{source} can't be moved to {target}: {fault.strerror}",
            cure="shotmill reset --undo brings back what was moved before it",
        ) from fault
