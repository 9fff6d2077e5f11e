"""Reach the daemon, starting it where none is there.

Connect; else take the starters' lock, connect once more (another command may have been faster), start a process that
outlives us, and wait on a pipe for the word `READY` or for the true reason why not.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from shotmill.client import http, lock, place, surroundings
from shotmill.client.host import UNIT, Way, look_at_host, way_to_start
from shotmill.errors import ExitCode, ShotmillError, UnreachableError

if TYPE_CHECKING:
    from shotmill.settings.folders import Folders

READY_WITHIN = 20.0
"""Seconds; slow disks take long over the first import."""


class DaemonInfo(NamedTuple):
    """Who answers. `version` is the daemon's; `started` whether this call started it."""

    pid: int
    version: str
    state: str
    survives_logout: str
    started: bool


def ensure_daemon(folders: Folders, environ: Mapping[str, str], project: Path | None = None) -> DaemonInfo:
    """The daemon that answers, started if need be, with this environment's keys handed over. One that is started begins
    to read the `project` that is to be opened next.

    Raises `UnreachableError` (exit 6), or what the daemon itself says keeps it from starting.
    """
    place.make_private(folders.run)
    place.make_private(folders.socket.parent)
    info = find_daemon(folders)
    if info is None:
        with lock.held(folders.run / "start.lock", timeout=READY_WITHIN + 10):
            info = find_daemon(folders) or _start(folders, environ, project)
    hand_over_keys(folders, environ)
    return info


def find_daemon(folders: Folders, timeout: float = 10.0) -> DaemonInfo | None:
    """The daemon that answers now, or None where none runs; never starts one.

    A process that holds the lock but does not answer is an error, not an invitation to start a second one.
    """
    try:
        answer = http.checked(http.exchange(folders.socket, "GET", "/v1/daemon", timeout=timeout))
    except UnreachableError as fault:
        if fault.code != UnreachableError.code:
            raise
        if not lock.is_held(folders.run / "daemon.lock"):
            return None
        return _wait_for_holder(folders, timeout)
    return _info(answer.body, answer.version, started=False)


def hand_over_keys(folders: Folders, environ: Mapping[str, str]) -> None:
    """Send the keys that stand in this environment over the socket; they live in the daemon's memory only.

    A variable that is not set here is said to be empty: the daemon lets go of a placeholder then, and keeps a key.
    """
    from shotmill.settings.keys import wanted_environment

    keys = {name: environ.get(name, "") for name in wanted_environment(folders)}
    http.request(folders.socket, "PUT", "/v1/environment", {"keys": keys})


def _start(folders: Folders, environ: Mapping[str, str], project: Path | None) -> DaemonInfo:
    way = way_to_start(look_at_host(environ))
    if way == "unit" and _start_unit(environ):
        return _started(folders)
    if way == "scope":
        said = _spawn(folders, environ, "scope", project)
        if said:
            return _judged(said, folders)
        # systemd-run itself gave up, as it does over `su` and in cron: the daemon still has to start
    said = _spawn(folders, environ, "plain", project)
    return _judged(said, folders)


def _start_unit(environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            ["systemctl", "--user", "start", UNIT],  # noqa: S607
            env=surroundings.for_daemon(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=READY_WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _spawn(folders: Folders, environ: Mapping[str, str], way: Way, project: Path | None) -> bytes:
    """Start the process; what it wrote to its pipe until it closed it, or until the time was up."""
    reader, writer = os.pipe()
    command = [sys.executable, "-P", "-m", "shotmill.daemon", "run", "--ready-fd", str(writer)]
    if way == "scope":
        command = ["systemd-run", "--user", "--scope", "--quiet", "--collect", "--", *command]
    told = {"SHOTMILL_LOGOUT": way, **({surroundings.OPENS: str(project)} if project is not None else {})}
    try:
        try:
            _launch(command, folders, {**surroundings.for_daemon(environ), **told}, writer)
        finally:
            os.close(writer)
        import shotmill.settings.keys  # noqa: F401 - what comes next, while there is time

        return _read_line(reader, time.monotonic() + READY_WITHIN)
    finally:
        os.close(reader)


def _launch(command: list[str], folders: Folders, environ: dict[str, str], ready: int) -> None:
    folders.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = os.open(folders.daemon_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd="/",
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            close_fds=True,
            pass_fds=(ready,),
            start_new_session=True,
        )
    except OSError as fault:
        raise UnreachableError(f"The daemon could not be started: {fault}.", cure="shotmill doctor") from fault
    finally:
        os.close(log)
    # A screen may outlive the daemon it started; without a wait the dead one would stay as a zombie.
    threading.Thread(target=process.wait, name="reap-daemon", daemon=True).start()


def _read_line(reader: int, deadline: float) -> bytes:
    said = b""
    while not said.endswith(b"\n") and len(said) < 65536:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return said or b"{}\n"
        part = os.read(reader, 65536)
        if not part:
            break
        said += part
    return said


def _judged(said: bytes, folders: Folders) -> DaemonInfo:
    if said.strip() == b"READY":
        return _started(folders)
    raise _reason(said, folders)


def _reason(said: bytes, folders: Folders) -> ShotmillError:
    log = folders.daemon_log
    if not said:
        last = _last_line(log)
        return UnreachableError(
            f"The daemon ended while it started{': ' + last if last else '.'}", cure=f"Its log: {log}", code="died"
        )
    try:
        error: Any = json.loads(said)
    except ValueError:
        error = None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return UnreachableError(
            f"The daemon was not ready within {READY_WITHIN:.0f} s.",
            cure=f"Try again; its log: {log}",
            code="no_answer",
        )
    cure = str(error.get("cure") or "shotmill doctor")
    if str(log) not in cure:
        cure += f"   (log: {log})"
    return ShotmillError(
        f"The daemon did not start: {error['message']}",
        cure=cure,
        code=str(error.get("code", UnreachableError.code)),
        exit_code=_exit_code(error.get("exit_code")),
    )


def _exit_code(value: object) -> ExitCode:
    try:
        return ExitCode(value) if isinstance(value, int) else ExitCode.UNREACHABLE
    except ValueError:
        return ExitCode.UNREACHABLE


def _last_line(log: Path) -> str:
    from shotmill.secrets import redact
    from shotmill.untrusted import printable

    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return printable(redact(lines[-1]), 300) if lines else ""


def _started(folders: Folders) -> DaemonInfo:
    answer = http.checked(http.exchange(folders.socket, "GET", "/v1/daemon"))
    return _info(answer.body, answer.version, started=True)


def _wait_for_holder(folders: Folders, timeout: float) -> DaemonInfo | None:
    """A daemon that holds its lock without a socket is starting, ending or mending its socket: give it a moment."""
    deadline = time.monotonic() + timeout
    while lock.is_held(folders.run / "daemon.lock"):
        try:
            answer = http.checked(http.exchange(folders.socket, "GET", "/v1/daemon", timeout=timeout))
            return _info(answer.body, answer.version, started=False)
        except UnreachableError as fault:
            if fault.code != UnreachableError.code or time.monotonic() >= deadline:
                raise http.too_late(timeout) from fault
        time.sleep(0.1)
    return None


def _info(body: dict[str, Any], version: str, *, started: bool) -> DaemonInfo:
    return DaemonInfo(
        pid=int(body.get("pid", 0)),
        version=str(body.get("version") or version),
        state=str(body.get("state", "")),
        survives_logout=str(body.get("survives_logout", "")),
        started=started,
    )
