"""The daemon: whether it answers, which version it is, whether it outlives a logout, and what it finds itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import shotmill
from shotmill.client import http, place
from shotmill.doctor.check import Check, Surroundings, Test, broken, fine, look
from shotmill.errors import UnreachableError
from shotmill.untrusted import printable

ASK_WITHIN = 5.0


def check_socket_folder(around: Surroundings) -> list[Check]:
    folder = around.folders.socket.parent
    try:
        found = folder.lstat()
    except OSError:
        return fine("socket", "Socket folder", "not made yet", more=str(folder))
    trouble = place.trouble_with(found, os.getuid())
    if trouble:
        why, cure = trouble
        return broken("socket", "Socket folder", f"{folder} {why}", cure.format(folder=folder))
    return fine("socket", "Socket folder", "only you may enter it", more=str(folder))


def check_daemon(around: Surroundings) -> list[Check]:
    """Whether it runs, and if so what it knows that nobody else can."""
    try:
        info = http.request(around.folders.socket, "GET", "/v1/daemon", timeout=ASK_WITHIN)
    except UnreachableError as fault:
        if fault.code != UnreachableError.code:
            return broken("daemon", "Daemon", fault.message, fault.cure or "shotmill daemon restart")
        return fine("daemon", "Daemon", "not running; it starts by itself when it is needed")
    return [*judged(info), *_survives(info), *_own_checks(around)]


def judged(info: dict[str, Any]) -> list[Check]:
    version = printable(str(info.get("version")), 40)
    said = f"process {info.get('pid')}, version {version}"
    if version != shotmill.__version__:
        said += f"; this is {shotmill.__version__}"
        return look("daemon", "Daemon", said, "shotmill daemon restart   (no image is lost)")
    return fine("daemon", "Daemon", said, more=str(info.get("socket", "")))


def _survives(info: dict[str, Any]) -> list[Check]:
    way = info.get("survives_logout")
    if way == "unit":
        return fine("logout", "Logout", "a service manager keeps the daemon")
    lingers = Path(f"/var/lib/systemd/linger/{_user_name()}").exists()
    if not Path("/run/systemd/system").exists():
        return fine("logout", "Logout", "nothing on this machine ends programs at logout")
    if way == "scope" and lingers:
        return fine("logout", "Logout", "the daemon outlives it")
    said = "the daemon may be ended when you log out"
    return look("logout", "Logout", said, "loginctl enable-linger, then: shotmill daemon restart")


def _user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _own_checks(around: Surroundings) -> list[Check]:
    path = "/v1/doctor"
    if around.root is not None:
        path += f"?project={quote(_project(around), safe='')}" if _project(around) else ""
    answer = http.request(around.folders.socket, "GET", path, timeout=ASK_WITHIN)
    return [Check.from_json(each) for each in answer.get("checks", []) if isinstance(each, dict)]


def _project(around: Surroundings) -> str:
    """The project's id if the daemon has it open already; a check opens nothing."""
    for status in http.request(around.folders.socket, "GET", "/v1/status", timeout=ASK_WITHIN).get("projects", []):
        if around.root is not None and os.path.realpath(status["project"]["path"]) == os.path.realpath(around.root):
            return str(status["project"].get("id") or "")
    return ""


TESTS = (
    Test("socket", "Socket folder", check_socket_folder),
    Test("daemon", "Daemon", check_daemon, seconds=4 * ASK_WITHIN),
)
