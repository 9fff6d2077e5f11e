"""Which way a daemon is started on this machine, whether it outlives a logout then, and what would let it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Literal, NamedTuple

UNIT = "shotmill.service"

Way = Literal["unit", "scope", "plain"]


class Host(NamedTuple):
    """What this machine offers for keeping a process beyond a logout."""

    unit_installed: bool
    user_bus: bool
    systemd_run: bool
    systemctl: bool
    own_home: bool  # SHOTMILL_HOME: the installed unit serves the usual folders, not these
    systemd: bool = False  # only its logind ends what a user leaves behind
    lingers: bool = False  # what the user's service manager keeps goes on without a login


def way_to_start(host: Host) -> Way:
    """A unit lives longest, a scope of its own outlives the terminal's session, plain is always possible."""
    if host.unit_installed and host.systemctl and host.user_bus and not host.own_home:
        return "unit"
    if host.systemd_run and host.user_bus:
        return "scope"
    return "plain"


def keeps_after_logout(way: str, host: Host) -> str:
    """The one command that lets a daemon that was started that way outlive a logout; empty where it does.

    The user's service manager ends with the last login, and units and scopes with it, unless the user lingers
    (loginctl(1)). What was started plainly belongs to the session, which may take it along (KillUserProcesses).
    """
    if not host.systemd or way not in ("unit", "scope", "plain"):
        return ""
    linger = "" if host.lingers else "loginctl enable-linger"
    again = "shotmill daemon restart" if way == "plain" else ""
    return " && ".join(command for command in (linger, again) if command)


def look_at_host(environ: Mapping[str, str]) -> Host:
    """What `way_to_start` has to know, asked of the file system; nothing is started."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    config = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    return Host(
        unit_installed=(config / "systemd/user" / UNIT).exists(),
        user_bus=bool(runtime) and (Path(runtime) / "bus").is_socket(),
        systemd_run=which("systemd-run", path=environ.get("PATH")) is not None,
        systemctl=which("systemctl", path=environ.get("PATH")) is not None,
        own_home=bool(environ.get("SHOTMILL_HOME")),
        systemd=Path("/run/systemd/system").exists(),
        lingers=Path("/var/lib/systemd/linger", _user_name()).exists(),
    )


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
