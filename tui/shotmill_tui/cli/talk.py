"""A command's questions to the daemon about one project."""

from __future__ import annotations

import os

import shotmill
from shotmill.client import http
from shotmill.errors import UnreachableError
from shotmill_tui.cli.place import folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


class Talk:
    """One project in the daemon that answers; `{id}` in a path stands for it."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._socket = folders().socket

    @classmethod
    def with_running(cls, root: Path) -> Talk | None:
        """The project in the daemon that runs, to look at or to stop; None without one. Never starts a daemon."""
        try:
            return cls._open(root, look=True)
        except UnreachableError as fault:
            if fault.code != UnreachableError.code:
                raise
            return None

    @classmethod
    def starting(cls, root: Path) -> Talk:
        """The project in the daemon, which is started if need be. Raises for one of another version."""
        start_daemon(root)
        return cls._open(root, look=False)

    @classmethod
    def _open(cls, root: Path, *, look: bool) -> Talk:
        body = {"path": str(root), "look": look}
        return cls(str(http.request(folders().socket, "POST", "/v1/projects", body, 60.0)["id"]))

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, within: float = 30.0) -> dict[str, Any]:
        """The answer's object; raises `ShotmillError`."""
        return http.request(self._socket, method, self.path(path), body, within)

    def path(self, path: str) -> str:
        """The path with this project in the place of `{id}`."""
        return path.replace("{id}", self._project)

    def status(self) -> dict[str, Any]:
        return self.ask("GET", "/v1/projects/{id}")

    def others(self) -> list[dict[str, Any]]:
        """The status of every other project that the daemon has open."""
        found = self.ask("GET", "/v1/status")["projects"]
        return [status for status in found if status["project"]["id"] != self._project]


def start_daemon(root: Path | None = None) -> None:
    """See that a daemon of this version answers; `root` is the project that it is to open next."""
    from shotmill.client import spawn

    info = spawn.ensure_daemon(folders(), os.environ, root)
    if info.version != shotmill.__version__:
        from shotmill.client.version import other_version

        raise other_version(info.version)
