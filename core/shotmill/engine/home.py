"""The folder that a project was opened in: nothing is written to another one that stands at its path by now."""

from __future__ import annotations

from threading import Lock

from shotmill.clock import Clock
from shotmill.errors import ShotmillError
from shotmill.project_folder import is_project
from shotmill.takes.identity import keep_aside, read_id, write_id
from shotmill.takes.layout import Layout
from shotmill.takes.place import PlaceError, told
from shotmill.untrusted import printable


class Home:
    """Known by the id in its `.shotmill`; by its inode where that was deleted or can't be read; then the id is
    written anew, and what could not be read stays beside it.

    `is_restored` says that this happened and nobody was told yet.
    """

    def __init__(self, layout: Layout, identity: str, clock: Clock) -> None:
        self.root = layout.root
        self.is_restored = False
        self._layout = layout
        self._identity = identity
        self._clock = clock
        self._inode: tuple[int, int] | None = None  # as it was when the id was last seen in it
        self._restoring = Lock()

    def require(self) -> None:
        """Raise `PlaceError` unless the project's own folder is at its path: `place_gone` where there is none,
        `other_folder` where it holds another id, or none and was another folder before. Blocking."""
        found, inode = self._look()
        if found != self._identity:
            if not self._lost_its_id(found, inode):
                raise PlaceError(
                    f"{printable(str(self.root))}: another folder is at its place, without this project's id.",
                    cure="Put the project's folder back, or: shotmill stop --now",
                    code="other_folder",
                )
            self._restore()
        self._inode = inode

    def is_other(self) -> bool:
        """Whether another folder is for certain at the project's path. Blocking; changes nothing."""
        try:
            found, inode = self._look()
        except (ShotmillError, OSError):
            return False
        return found != self._identity and not self._lost_its_id(found, inode)

    def _restore(self) -> None:
        with self._restoring:
            if read_id(self._layout) is None:
                if self._layout.identity.exists():
                    keep_aside(self._layout)
                write_id(self._layout, self._identity, self._clock.now())
                self.is_restored = True

    def _look(self) -> tuple[str | None, tuple[int, int]]:
        with told(self.root):
            facts = self.root.stat()
        return read_id(self._layout), (facts.st_dev, facts.st_ino)

    def _lost_its_id(self, found: str | None, inode: tuple[int, int]) -> bool:
        """The folder itself, though `.shotmill` is gone. An empty one may have the number of one that was deleted."""
        return found is None and inode == self._inode and is_project(self.root)
