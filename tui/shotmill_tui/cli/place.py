"""Which project a command is about: the one that is named, the folder we stand in, or the only one that runs."""

from __future__ import annotations

import os
from pathlib import Path

from shotmill.errors import UnreachableError, UsageError
from shotmill.project_folder import NoProjectError, is_project
from shotmill.settings.folders import Folders
from shotmill.untrusted import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import Any

ACTIVE = ("running", "waiting", "stopping")


class NoChoiceError(NoProjectError):
    """This folder is no project and no single one runs; `running` are those that do (status objects)."""

    def __init__(self, folder: Path, running: list[dict[str, Any]]) -> None:
        names = ", ".join(printable(str(status["project"]["path"])) for status in running)
        if running:
            super().__init__(folder, more=f". Running: {names}", cure="Name one of them last: shotmill status PROJECT")
        else:
            super().__init__(folder)
        self.running = running


def folders() -> Folders:
    """The user's folders, as this process' environment has them."""
    return Folders.of(os.environ)


def add_project(parser: ArgumentParser) -> None:
    """The `PROJECT` that most commands take last."""
    parser.add_argument("project", nargs="?", metavar="PROJECT", help="the project's folder (default: this folder)")


def find_project(named: str | None) -> Path:
    """The project's absolute path. Raises `UsageError` for no such folder, `NoProjectError` for one that is none, or
    `NoChoiceError` where none was named and there is no choice.
    """
    if named is not None:
        folder = named_folder(named)
        if not is_project(folder):
            raise NoProjectError(folder)
        return folder
    here = Path.cwd()
    if is_project(here):
        return here
    running = [status for status in known_to_daemon() or () if status["run"]["state"] in ACTIVE]
    if len(running) == 1:
        return Path(running[0]["project"]["path"])
    raise NoChoiceError(here, running)


def find_open_project(named: str | None) -> Path:
    """`find_project`, and also a project that the daemon has open though its folder is none any more: to look at it
    and to stop it nothing of the folder is needed."""
    folder = Path(os.path.abspath(named or os.curdir))  # noqa: PTH100 - a symlink stays as the user knows it
    if not is_project(folder):
        real = os.path.realpath(folder)
        if any(os.path.realpath(status["project"]["path"]) == real for status in known_to_daemon() or ()):
            return folder
    return find_project(named)


def named_folder(named: str) -> Path:
    """The folder as an absolute path; it has to be there."""
    folder = Path(os.path.abspath(named))  # noqa: PTH100 - a symlink stays as the user knows it
    try:
        is_there = folder.exists()
    except OSError as fault:  # a network share that does not answer
        from shotmill.takes.place import place_error

        raise place_error(folder, fault) from fault
    if not is_there:
        raise UsageError(f"There is no folder {printable(str(folder))}", cure="Check the path, or: shotmill ps")
    if not folder.is_dir():
        raise UsageError(f"{printable(str(folder))} is not a folder", cure="A project is a folder: name that")
    return folder


def named_from(here: Path, root: Path) -> str:
    """A project as a command names it in the folder `here`: nothing in its own, a way down from a folder above it, else
    the whole path; as a shell wants it."""
    if here == root:
        return ""
    from shlex import quote

    below = root.is_relative_to(here)
    # `shotmill ./status` is a folder, `shotmill status` is none.
    return printable(quote(f"./{root.relative_to(here)}" if below else str(root)))


def known_to_daemon() -> list[dict[str, Any]] | None:
    """The status of every project that is open in the daemon; None without a daemon."""
    from shotmill.client import http

    try:
        projects = http.request(folders().socket, "GET", "/v1/status")["projects"]
    except UnreachableError as fault:
        if fault.code != UnreachableError.code:
            raise
        return None
    return list(projects)
