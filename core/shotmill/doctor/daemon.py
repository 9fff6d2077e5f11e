"""The daemon: whether it answers, why not, which version it is, whether it outlives a logout, what it finds itself."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import shotmill
from shotmill.client import http, lock
from shotmill.client.host import Host, keeps_after_logout, look_at_host, way_to_start
from shotmill.doctor.check import Check, Surroundings, Test, Verdict, broken, fine, look
from shotmill.doctor.status import ASK_WITHIN, live_status
from shotmill.errors import ShotmillError, UnreachableError
from shotmill.untrusted import printable

STARTS_WITHIN = 1.0
"""Seconds between a daemon's lock and its socket, when it has just been started."""


def check_daemon(around: Surroundings) -> list[Check]:
    """Whether it runs, and if so what it knows that nobody else can."""
    deadline = time.monotonic() + STARTS_WITHIN
    pid = holder(around)
    if pid and process_state(pid) == "T":
        return _stopped(around, pid)
    while True:
        try:
            info = http.request(around.folders.socket, "GET", "/v1/daemon", timeout=ASK_WITHIN)
            logout = judged_logout(str(info.get("survives_logout")), look_at_host(around.environ))
            return [*judged(info), *logout, *judged_proxy(info, around.environ), *_own_checks(around, info)]
        except UnreachableError as fault:
            pid = holder(around)
            if fault.code != UnreachableError.code:
                return _silent(around, fault, pid)
            if not pid:
                host = look_at_host(around.environ)
                return [*_gone(around), *judged_logout(way_to_start(host), host)]
            if time.monotonic() > deadline:
                return _without_socket(around, pid)
            time.sleep(0.1)


def holder(around: Surroundings) -> int:
    """The process that holds the daemon's lock; 0 where none does. A number in the file alone says nothing."""
    path = around.folders.run / "daemon.lock"
    try:
        return int(path.read_text().split()[0]) if lock.is_held(path) else 0
    except (OSError, ValueError, IndexError):
        return 0


def process_state(pid: int) -> str:
    """The kernel's letter for a process (`T`: stopped by a signal, `D`: waits for a disk); empty where unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def judged(info: dict[str, Any]) -> list[Check]:
    version = printable(str(info.get("version")), 40)
    said = f"runs, process {info.get('pid')}, version {version}"
    if version != shotmill.__version__:
        said += f"; this is {shotmill.__version__}"
        return look("daemon", "Daemon", said, "shotmill daemon restart   (no image is lost)")
    trouble = printable(str(info.get("trouble") or ""), 300)
    if trouble:
        return broken("daemon", "Daemon", f"it is about to end: {trouble}", "shotmill daemon status")
    return fine("daemon", "Daemon", said, more=str(info.get("socket", "")))


def judged_proxy(info: dict[str, Any], environ: Mapping[str, str]) -> list[Check]:
    """The daemon goes by the proxy of where it was started, which need not be what this terminal names."""
    if "proxy" not in info:
        return []  # one of a version that does not say
    its = printable(str(info["proxy"]), 200)
    here = environ.get("https_proxy") or environ.get("HTTPS_PROXY") or ""
    ours = printable(here.rpartition("@")[2].rpartition("//")[2].partition("/")[0], 200)
    said = f"the daemon's requests go {f'through {its}' if its else 'straight, through no proxy'}"
    if its == ours:
        return [Check("daemon.proxy", "Daemon's proxy", Verdict.FINE, said, page="stuck")]
    said += f"; this terminal names {ours or 'none'}"
    cure = "shotmill daemon restart   from the terminal whose proxy is right"
    return [Check("daemon.proxy", "Daemon's proxy", Verdict.LOOK, said, cure, page="stuck")]


def _stopped(around: Surroundings, pid: int) -> list[Check]:
    said = f"process {pid} is stopped by a signal, so it does not answer; nothing is lost"
    return broken("daemon", "Daemon", said, f"kill -CONT {pid}", more=str(around.folders.client_log))


def _silent(around: Surroundings, fault: UnreachableError, pid: int) -> list[Check]:
    """Something holds the socket and does not answer as a daemon does."""
    if pid and process_state(pid) == "D":
        said = f"process {pid} waits for a disk that does not answer"
        return broken("daemon", "Daemon", said, "Look at the disk (dmesg, mount); it goes on by itself when that does")
    said = fault.message + (f" (process {pid})" if pid else "")
    cure = fault.cure or (f"kill {pid}, then: shotmill start" if pid else "shotmill daemon restart")
    return broken("daemon", "Daemon", said, cure, more=str(around.folders.client_log))


def _without_socket(around: Surroundings, pid: int) -> list[Check]:
    said = f"process {pid} runs, but its socket {around.folders.socket} is gone; it binds it again within seconds"
    return look("daemon", "Daemon", said, f"shotmill doctor   in 5 s; if it stays so: kill {pid}, then shotmill start")


def _gone(around: Surroundings) -> list[Check]:
    """No process holds the lock. One that ended without order left the note of its start."""
    if unordered_end(around.folders.run) is None:
        return fine("daemon", "Daemon", "not running; it starts by itself when it is needed")
    said = "it ended without order: killed, crashed, or the machine went down. What was received is safe"
    return look("daemon", "Daemon", said, "shotmill start   goes on where it was", more=str(around.folders.daemon_log))


def unordered_end(run: Path) -> float | None:
    """When a daemon that never ended in order had started; None where the last one did."""
    try:
        starts = json.loads((run / "starts.json").read_text())
        return float(starts[-1]) if starts else None
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return None


def judged_logout(way: str, host: Host) -> list[Check]:
    """`way`: how the daemon was started, or would be (unit, scope, plain)."""
    cure = keeps_after_logout(way, host)
    if cure:
        return _leave(look("logout", "Logout", "the daemon may be ended when you log out", cure))
    said = "the daemon outlives it" if host.systemd else "nothing on this machine ends programs at logout"
    return _leave(fine("logout", "Logout", said))


def _leave(checks: list[Check]) -> list[Check]:
    """What becomes of a run when its screen or its session goes is the tenth trouble's."""
    return [replace(check, page="leave") for check in checks]


def _own_checks(around: Surroundings, info: dict[str, Any]) -> list[Check]:
    """What the daemon finds itself; one of another version may not know the question."""
    path = "/v1/doctor"
    status = live_status(around) if around.root is not None else None
    if status is not None:
        path += f"?project={quote(str(status['project'].get('id') or ''), safe='')}"
    try:
        answer = http.request(around.folders.socket, "GET", path, timeout=ASK_WITHIN)
    except UnreachableError:
        raise
    except ShotmillError as fault:
        if info.get("version") != shotmill.__version__:
            return []
        return look("daemon.own", "Daemon's checks", printable(fault.message, 300), fault.cure or "shotmill logs")
    return [Check.from_json(each) for each in answer.get("checks", []) if isinstance(each, dict)]


TESTS = (
    Test(
        "daemon",
        "Daemon",
        check_daemon,
        "connection",
        "whether it runs, answers, is of this version; what it knows: keys, quotas, the run, its pace, the clock",
        seconds=STARTS_WITHIN + 5 * ASK_WITHIN,
    ),
)
